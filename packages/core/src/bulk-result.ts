import type { Answer } from './channel.js';
import { ThingError } from './thing-error.js';

/** So many names that are refused are told one by one; what holds more is refused at once. */
const MOST_REFUSALS = 100;

/** What comes of an operation on several properties, name by name. */
export class BulkResult {
  readonly #title: string;
  readonly #verb: 'read' | 'written';
  readonly #values = new Map<string, unknown>();
  readonly #errors = new Map<string, ThingError>();

  /** `title` is how the Thing is called in messages. */
  constructor(title: string, verb: 'read' | 'written') {
    this.#title = title;
    this.#verb = verb;
  }

  keep(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** `thrown` is what a handler threw; it becomes a ThingError. */
  fail(name: string, thrown: unknown): void {
    const detail = `Property '${name}' of '${this.#title}' could not be ${this.#verb}`;
    this.#errors.set(name, ThingError.from(thrown, detail));
  }

  /**
   * Notes that a name will not do; for checks before all work.
   * @throws ThingError as {@link refuse} once there are too many: a frame of a mebibyte has room for a hundred thousand.
   */
  deny(name: string, refusal: ThingError): void {
    if (this.#errors.size >= MOST_REFUSALS) this.refuse();
    this.#errors.set(name, refusal);
  }

  /** @throws ThingError `invalid` naming each property that failed so far, if any did: for checks before all work. */
  refuse(): void {
    if (this.#errors.size === 0) return;
    const why = [...this.#errors.values()].map((error) => error.detail).join('; ');
    throw new ThingError('invalid', why, { errors: Object.fromEntries(this.#errors) });
  }

  /**
   * The values in the order of `names`.
   * @throws ThingError `failed` with the values that there are and each error, if a property failed.
   */
  answer(names: Iterable<string>): Answer {
    const kept: [string, unknown][] = [];
    for (const name of names) if (this.#values.has(name)) kept.push([name, this.#values.get(name)]);
    if (this.#errors.size === 0) return { values: Object.fromEntries(kept) };
    const why = [...this.#errors.values()].map((error) => error.detail).join('; ');
    throw new ThingError('failed', why, {
      errors: Object.fromEntries(this.#errors),
      ...(kept.length > 0 ? { values: Object.fromEntries(kept) } : {}),
    });
  }
}
