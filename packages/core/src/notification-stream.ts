import { type Observable, Subject } from 'rxjs';
import type { Origin } from './change.js';
import type { Notification } from './notification.js';

/** What changes come from: an affordance, and who observes it. */
export interface Source {
  readonly origin: Origin;
  readonly stream: NotificationStream | undefined;
}

/** Notifications as they happen, for whoever observes; costs next to nothing while nobody does. */
export class NotificationStream {
  #subject: Subject<Notification> | undefined;
  #ended = false;

  /** All from now on, until the end. */
  get notifications(): Observable<Notification> {
    this.#subject ??= new Subject();
    if (this.#ended) this.#subject.complete();
    return this.#subject.asObservable();
  }

  /** Whether anybody observes. */
  get observed(): boolean {
    return this.#subject?.observed ?? false;
  }

  /** Gives a notification to all who observe. */
  push(notification: Notification): void {
    this.#subject?.next(notification);
  }

  /** Completes all observers, those to come too. */
  end(): void {
    this.#ended = true;
    this.#subject?.complete();
  }
}
