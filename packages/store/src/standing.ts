import { type ChangeCursor, jsonAt } from './change-cursor.js';
import { toText } from './texts.js';

interface Told {
  micros: number;
  number: number;
  utf8: Uint8Array;
}

/** The latest value of each property of a Thing. */
export class Standing {
  readonly #properties: ReadonlySet<number>;
  readonly #told = new Map<number, Told>();

  /** Keys of the names of properties. */
  constructor(properties: ReadonlySet<number>) {
    this.#properties = properties;
  }

  /** Takes over the change that a cursor stands at. */
  take({ name, micros, number, utf8 }: ChangeCursor): void {
    const told = this.#told.get(name);
    if (told) {
      told.micros = micros;
      told.number = number;
      told.utf8 = utf8;
    } else if (this.#properties.has(name)) this.#told.set(name, { micros, number, utf8 });
  }

  /** JSON: by the key of a property, its value and moment; those that were told of before, brought up to date. */
  after(before: string): string {
    const known: Record<string, readonly [value: unknown, micros: number]> = JSON.parse(before);
    const parts: string[] = [];
    for (const [name, each] of Object.entries(known)) {
      if (!this.#told.has(Number(name))) parts.push(`"${name}":${JSON.stringify(each)}`);
    }
    for (const [name, { micros, number, utf8 }] of this.#told) {
      parts.push(`"${name}":[${jsonAt({ number, text: toText(utf8) })},${micros}]`);
    }
    return `{${parts.join()}}`;
  }
}
