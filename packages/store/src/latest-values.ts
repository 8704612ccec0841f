import type { Changes, KeptValue } from '@thingwright/core';

/** The latest values of properties of one Thing that change together, in columns. */
export class LatestValues {
  readonly #micros: Float64Array;
  readonly #numbers: Float64Array;
  readonly #texts: string[];

  constructor(
    readonly names: readonly string[],
    /** The keys of the names. */
    readonly keys: readonly number[],
  ) {
    this.#micros = new Float64Array(names.length);
    this.#numbers = new Float64Array(names.length);
    this.#texts = new Array<string>(names.length).fill('');
  }

  /** Takes over what changed. */
  take(changes: Changes): void {
    const { size, first } = changes;
    for (let i = 0; i < size; i++) {
      const place = changes.nameAt(i);
      const number = changes.numberAt(i);
      this.#micros[place] = first + i;
      this.#numbers[place] = number;
      if (Number.isNaN(number)) this.#texts[place] = changes.textAt(i);
    }
  }

  /** Those that have changed, by name. */
  *entries(): Generator<[name: string, value: KeptValue]> {
    for (const [place, name] of this.names.entries()) {
      const micros = this.#micros[place] ?? 0;
      const number = this.#numbers[place] ?? Number.NaN;
      if (micros === 0) continue;
      yield [name, { value: Number.isNaN(number) ? JSON.parse(this.#texts[place] ?? '') : number, micros }];
    }
  }
}
