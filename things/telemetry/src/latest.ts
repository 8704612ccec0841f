import { Observable, type Subscriber } from 'rxjs';

/**
 * A value that is set on the hot path: a subscriber gets the latest one, if there is one, then every one set. Half the cost
 * of a Subject, which makes a closure for each value.
 */
export class Latest<T> {
  /** Never changed in place: a subscriber may come or go while a value is told. */
  #subscribers: readonly Subscriber<T>[] = [];
  #value: T | undefined;
  /** The latest value and all that follow. */
  readonly values: Observable<T>;

  constructor(initial?: T) {
    this.#value = initial;
    this.values = new Observable((subscriber) => {
      this.#subscribers = [...this.#subscribers, subscriber];
      if (this.#value !== undefined) subscriber.next(this.#value);
      return () => {
        this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
      };
    });
  }

  /** The latest value; undefined while there is none. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Sets the value, whether it differs or not. */
  set(value: T): void {
    this.#value = value;
    for (const subscriber of this.#subscribers) subscriber.next(value);
  }
}
