import type { Answer, Context } from './channel.js';
import type { Figure, Histogram, Meter } from './meter.js';
import type { Operation, OperationName } from './operation.js';
import { type ErrorCode, ThingError } from './thing-error.js';

/** Counts the operations of a Site by name, binding and result, and how long they took until their answer was there. */
export class OperationMeter {
  readonly #meter: Meter;
  readonly #byBinding = new Map<string, Map<OperationName, OperationFigures>>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** The figures of one operation as it comes over one binding. */
  of({ op }: Operation, { binding = 'program' }: Context): OperationFigures {
    let ofBinding = this.#byBinding.get(binding);
    if (!ofBinding) {
      ofBinding = new Map();
      this.#byBinding.set(binding, ofBinding);
    }
    let figures = ofBinding.get(op);
    if (!figures) {
      figures = new OperationFigures(this.#meter, { operation: op, binding });
      ofBinding.set(op, figures);
    }
    return figures;
  }
}

/** What is known of one operation over one binding; `began` is a moment of `performance.now()`. */
export class OperationFigures {
  readonly #meter: Meter;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #durations: Histogram;
  readonly #done: Figure;
  readonly #failed = new Map<ErrorCode, Figure>();

  constructor(meter: Meter, labels: Readonly<Record<string, string>>) {
    this.#meter = meter;
    this.#labels = labels;
    this.#done = this.#counter('done');
    this.#durations = meter.histogram({
      name: 'thingwright_operation_duration_seconds',
      help: 'Time from an operation to its answer.',
      labels,
    });
  }

  done(began: number): void {
    this.#done.value++;
    this.#durations.record((performance.now() - began) / 1000);
  }

  failed(began: number, thrown: unknown): void {
    const code = thrown instanceof ThingError ? thrown.code : 'failed';
    let figure = this.#failed.get(code);
    if (!figure) {
      figure = this.#counter(code);
      this.#failed.set(code, figure);
    }
    figure.value++;
    this.#durations.record((performance.now() - began) / 1000);
  }

  /** Counts an answer when it is there. */
  async follow(began: number, answer: Promise<Answer>): Promise<Answer> {
    try {
      const answered = await answer;
      this.done(began);
      return answered;
    } catch (thrown) {
      this.failed(began, thrown);
      throw thrown;
    }
  }

  #counter(result: 'done' | ErrorCode): Figure {
    return this.#meter.counter({
      name: 'thingwright_operations_total',
      help: 'Operations on Things, by their result: done, or the code of the error.',
      labels: { ...this.#labels, result },
    });
  }
}
