import { Observable, Subject } from 'rxjs';

/** A value that is set on the hot path: a subscriber gets the latest one, if there is one, then every one set. */
export class Latest<T> {
  readonly #subject = new Subject<T>();
  #value: T | undefined;
  /** The latest value and all that follow. */
  readonly values: Observable<T>;

  constructor(initial?: T) {
    this.#value = initial;
    this.values = new Observable((subscriber) => {
      if (this.#value !== undefined) subscriber.next(this.#value);
      return this.#subject.subscribe(subscriber);
    });
  }

  /** The latest value; undefined while there is none. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Sets the value, whether it differs or not. */
  set(value: T): void {
    this.#value = value;
    this.#subject.next(value);
  }
}
