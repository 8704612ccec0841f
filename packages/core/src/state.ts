import { Observable, type Subscriber } from 'rxjs';

/** A value kept in memory that can be used as it is as the code of a readable and writable property. */
export interface State<T> {
  /** The present value, if there is one, then every one set. */
  readonly value: Observable<T>;
  /** Sets the value; gives it back, as a property's `write` does. */
  readonly write: (value: T) => T;
  /** Sets the value, whether it differs or not. */
  readonly set: (value: T) => void;
  /** The present value; undefined if there is none yet. */
  readonly get: () => T | undefined;
}

/** Who is handed a state's values by a plain call. */
export interface StateListener {
  take(value: unknown): void;
}

/**
 * The stream of a state. A property listens to it by a plain call: a Subject would make a closure for each value, and a
 * busy Thing sets a dozen of them for each frame of its device.
 */
export class StateStream<T> extends Observable<T> {
  /** Never changed in place: one may come or go while a value is told. */
  #subscribers: readonly Subscriber<T>[] = [];
  #listener: StateListener | undefined;
  #value: T | undefined;

  constructor(initial: T | undefined) {
    super((subscriber) => {
      this.#subscribers = [...this.#subscribers, subscriber];
      if (this.#value !== undefined) subscriber.next(this.#value);
      return () => {
        this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
      };
    });
    this.#value = initial;
  }

  get present(): T | undefined {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    this.#listener?.take(value);
    for (const subscriber of this.#subscribers) subscriber.next(value);
  }

  /** Hands a listener the present value, then every one set. False, and nothing happens, if there is one already. */
  listen(listener: StateListener): boolean {
    if (this.#listener) return false;
    this.#listener = listener;
    if (this.#value !== undefined) listener.take(this.#value);
    return true;
  }

  /** Hands that listener no more. */
  unlisten(listener: StateListener): void {
    if (this.#listener === listener) this.#listener = undefined;
  }
}

/** Makes a State; without `initial` it has no value until one is set. Nobody can end its stream. */
export function state<T>(initial?: T): State<T> {
  const stream = new StateStream<T>(initial);
  return {
    value: stream,
    write: (value) => {
      stream.set(value);
      return value;
    },
    set: (value) => stream.set(value),
    get: () => stream.present,
  };
}
