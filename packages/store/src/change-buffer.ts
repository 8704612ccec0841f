import type { Changes } from '@thingwright/core';
import { CHANGE_BYTES, type ChangeColumns } from './group.js';
import { share } from './share.js';
import { TextBuffer } from './texts.js';

const FIRST_CAPACITY = 1024;

/** Gathers changes in columns: to take a number is to write four numbers, and no object is made. */
export class ChangeBuffer {
  #size = 0;
  #capacity = FIRST_CAPACITY;
  #things = new Uint32Array(FIRST_CAPACITY);
  #names = new Uint32Array(FIRST_CAPACITY);
  #micros = new Float64Array(FIRST_CAPACITY);
  #numbers = new Float64Array(FIRST_CAPACITY);
  readonly #texts = new TextBuffer();
  #invokers: [place: number, invoker: string][] = [];

  get size(): number {
    return this.#size;
  }

  /** About so many bytes of memory. */
  get bytes(): number {
    return this.#size * CHANGE_BYTES + this.#texts.length;
  }

  /** Takes a change of the Thing and the name with those keys. What JSON has no word for is taken as no value. */
  append(thing: number, name: number, change: { readonly micros: number; readonly value: unknown }): void {
    const { value } = change;
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    // First of all: where a value cannot be written, nothing is taken, or all texts that follow would be those of others.
    const text = isNumber || value === undefined ? '' : (JSON.stringify(value) ?? '');
    if (this.#size === this.#capacity) this.#grow();
    const place = this.#size++;
    this.#things[place] = thing;
    this.#names[place] = name;
    this.#micros[place] = change.micros;
    this.#numbers[place] = isNumber ? value : Number.NaN;
    if (!isNumber) this.#texts.push(text);
  }

  /** Takes changes of the Thing with that key at once; `names` are the keys of their names. */
  appendAll(thing: number, names: readonly number[], changes: Changes): void {
    const { size, first } = changes;
    while (this.#size + size > this.#capacity) this.#grow();
    for (let i = 0; i < size; i++) {
      const place = this.#size++;
      const number = changes.numberAt(i);
      this.#things[place] = thing;
      this.#names[place] = names[changes.nameAt(i)] ?? 0;
      this.#micros[place] = first + i;
      this.#numbers[place] = number;
      if (Number.isNaN(number)) this.#texts.push(changes.textAt(i));
    }
  }

  /** Says whose invocation the last change tells about. */
  mark(invoker: string): void {
    this.#invokers.push([this.#size - 1, invoker]);
  }

  /** Gives all that was taken, and is empty again. */
  take(): ChangeColumns {
    const size = this.#size;
    const columns = {
      things: new Uint32Array(share(this.#things.subarray(0, size))),
      names: new Uint32Array(share(this.#names.subarray(0, size))),
      micros: new Float64Array(share(this.#micros.subarray(0, size))),
      numbers: new Float64Array(share(this.#numbers.subarray(0, size))),
      texts: this.#texts.take(),
      invokers: this.#invokers,
    };
    this.#size = 0;
    this.#invokers = [];
    return columns;
  }

  #grow(): void {
    this.#capacity *= 2;
    const grown = <Column extends Uint32Array | Float64Array>(from: Column, to: Column): Column => {
      to.set(from);
      return to;
    };
    this.#things = grown(this.#things, new Uint32Array(this.#capacity));
    this.#names = grown(this.#names, new Uint32Array(this.#capacity));
    this.#micros = grown(this.#micros, new Float64Array(this.#capacity));
    this.#numbers = grown(this.#numbers, new Float64Array(this.#capacity));
  }
}
