import { BehaviorSubject, type Observable, ReplaySubject } from 'rxjs';

/** A value kept in memory that can be used as it is as the code of a readable and writable property. */
export interface State<T> {
  /** The present value, if there is one, then every one set. */
  readonly value: Observable<T>;
  /** Sets the value; gives it back, as a property's `write` does. */
  readonly write: (value: T) => T;
  /** Sets the value. */
  set(value: T): void;
  /** The present value; undefined if there is none yet. */
  get(): T | undefined;
}

/** Makes a State; without `initial` it has no value until one is set. */
export function state<T>(initial?: T): State<T> {
  const subject = initial === undefined ? new ReplaySubject<T>(1) : new BehaviorSubject<T>(initial);
  let present = initial;
  const set = (value: T): void => {
    present = value;
    subject.next(value);
  };
  return {
    value: subject.asObservable(),
    write: (value) => {
      set(value);
      return value;
    },
    set,
    get: () => present,
  };
}
