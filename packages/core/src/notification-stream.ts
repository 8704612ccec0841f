import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { Origin } from './change.js';
import type { Notification } from './notification.js';

/** What changes come from: an affordance, and who observes it. */
export interface Source {
  readonly origin: Origin;
  readonly stream: NotificationStream | undefined;
}

/** Is told who observes any of several streams. */
export interface Readers {
  joined(): void;
  left(): void;
}

const NOBODY: readonly never[] = [];

/** Notifications as they happen, for whoever observes; costs next to nothing while nobody does. */
export class NotificationStream {
  /** Never changed in place: one may come or go while a notification is told. */
  #subscribers: readonly Subscriber<Notification>[] = NOBODY;
  #notifications: Observable<Notification> | undefined;
  #ended = false;

  readonly #all: Readers | undefined;

  /** `all`: is told of those of this stream too. */
  constructor(all?: Readers) {
    this.#all = all;
  }

  /** All from now on, until the end. */
  get notifications(): Observable<Notification> {
    this.#notifications ??= new Observable((subscriber) => this.#add(subscriber));
    return this.#notifications;
  }

  #add(subscriber: Subscriber<Notification>): TeardownLogic {
    if (this.#ended) {
      subscriber.complete();
      return undefined;
    }
    this.#subscribers = [...this.#subscribers, subscriber];
    this.#all?.joined();
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
      this.#all?.left();
    };
  }

  /** Whether anybody observes. */
  get observed(): boolean {
    return this.#subscribers.length > 0;
  }

  /** Gives a notification to all who observe. */
  push(notification: Notification): void {
    for (const subscriber of this.#subscribers) subscriber.next(notification);
  }

  /** Completes all observers, those to come too. */
  end(): void {
    this.#ended = true;
    for (const subscriber of this.#subscribers) subscriber.complete();
  }
}
