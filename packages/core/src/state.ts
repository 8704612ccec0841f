import { Observable, type Subscriber } from 'rxjs';

/** A value kept in memory that can be used as it is as the code of a property. */
export interface State<T> {
  /** The present value, if there is one, then every one set. */
  readonly value: Observable<T>;
  /** Sets the value; gives it back, as a property's `write` does. */
  write(value: T): T;
  /** Sets the value, whether it differs or not. */
  set(value: T): void;
  /** The present value; undefined if there is none yet. */
  get(): T | undefined;
}

/** Who is handed a state's values by a plain call. */
export interface StateListener {
  take(value: unknown): void;
}

const NOBODY: readonly never[] = [];

/** A state that is its own stream. A property listens to it by a plain call; a Subject would make a closure for each value. */
export class StateStream<T> extends Observable<T> implements State<T> {
  /** Never changed in place: one may come or go while a value is told. */
  #subscribers: readonly Subscriber<T>[] = NOBODY;
  #listener: StateListener | undefined;
  #present: T | undefined;

  constructor(initial: T | undefined) {
    super((subscriber) => {
      this.#subscribers = [...this.#subscribers, subscriber];
      if (this.#present !== undefined) subscriber.next(this.#present);
      return () => {
        this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
      };
    });
    this.#present = initial;
  }

  get value(): Observable<T> {
    return this;
  }

  get(): T | undefined {
    return this.#present;
  }

  set(value: T): void {
    this.#present = value;
    this.#listener?.take(value);
    for (const subscriber of this.#subscribers) subscriber.next(value);
  }

  write(value: T): T {
    this.set(value);
    return value;
  }

  /** Hands a listener the present value, then every one set. False, and nothing happens, if there is one already. */
  listen(listener: StateListener): boolean {
    if (this.#listener) return false;
    this.#listener = listener;
    if (this.#present !== undefined) listener.take(this.#present);
    return true;
  }

  /** Hands that listener no more. */
  unlisten(listener: StateListener): void {
    if (this.#listener === listener) this.#listener = undefined;
  }
}

/** Makes a State; without `initial` it has no value until one is set. Nobody can end its stream. */
export function state<T>(initial?: T): State<T> {
  return new StateStream<T>(initial);
}
