import type { Figure, Meter } from './meter.js';

/** What every binding counts of those who read Notifications. */
export interface ReaderFigures {
  /** Subscriptions that are open. */
  readonly subscriptions: Figure;
  /** Notifications handed to readers, those that were replayed too. */
  readonly sent: Figure;
  /** Changes that a slow reader did not get because it got a later one. */
  readonly conflated: Figure;
  /** Readers that were closed because they were too slow. */
  readonly slow: Figure;
}

/** The figures of a binding's readers: `binding` is its name, `websocket` or `http`. */
export function readerFigures(meter: Meter, binding: string): ReaderFigures {
  const labels = { binding };
  return {
    subscriptions: meter.gauge({
      name: 'thingwright_subscriptions',
      help: 'Subscriptions to properties and events that are open.',
      labels,
    }),
    sent: meter.counter({
      name: 'thingwright_notifications_sent_total',
      help: 'Notifications handed to readers.',
      labels,
    }),
    conflated: meter.counter({
      name: 'thingwright_notifications_conflated_total',
      help: 'Changes that slow readers did not get because they got a later one.',
      labels,
    }),
    slow: meter.counter({
      name: 'thingwright_slow_readers_closed_total',
      help: 'Readers that were closed because they were too slow.',
      labels,
    }),
  };
}
