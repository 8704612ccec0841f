import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

/** Characters of a secret that betray it. */
const PIECE = 12;

/** A secret that stands where it must not. */
export interface Betrayal {
  readonly secret: string;
  readonly file: string;
  readonly line: number;
}

/** What nobody may read in a log, and the search for it. */
export class PlantedSecrets {
  /** By its piece, which kind of secret it is. */
  readonly #pieces = new Map<string, string>();
  readonly #kinds = new Map<string, number>();

  /** How many there are, by kind. */
  get kinds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#kinds);
  }

  /** Plants a secret; gives it back. @throws RangeError for one that is too short to be told from other text. */
  plant(kind: string, secret: string): string {
    if (secret.length < PIECE) throw new RangeError(`A secret of ${secret.length} characters is found anywhere`);
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    this.#pieces.set(secret.slice(0, PIECE), kind);
    this.#pieces.set(secret.slice(-PIECE), kind);
    return secret;
  }

  /** Plants user name and password, and the header that they make; gives the header. */
  plantBasic(name: string, password: string): string {
    this.plant('password', password);
    const encoded = Buffer.from(`${name}:${password}`).toString('base64').replace(/=+$/, '');
    // The begin of it is the name, and no secret.
    this.#pieces.set(encoded.slice(-PIECE), 'basic credentials');
    return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  }

  /** Plants a token whose begin is the same for all, as that of a JSON Web Token. */
  plantEnd(kind: string, secret: string): string {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    this.#pieces.set(secret.slice(-PIECE), kind);
    return secret;
  }

  /** Looks for all that is planted, in each line of these files; gives also how many lines there were. */
  async find(files: readonly string[]): Promise<{ readonly lines: number; readonly betrayals: readonly Betrayal[] }> {
    const betrayals: Betrayal[] = [];
    let lines = 0;
    for (const file of files) {
      let number = 0;
      for await (const line of createInterface(createReadStream(file))) {
        number++;
        const secret = this.#in(line);
        if (secret !== undefined) betrayals.push({ secret, file: basename(file), line: number });
      }
      lines += number;
    }
    return { lines, betrayals };
  }

  #in(line: string): string | undefined {
    for (let at = 0; at + PIECE <= line.length; at++) {
      const kind = this.#pieces.get(line.slice(at, at + PIECE));
      if (kind !== undefined) return kind;
    }
    return undefined;
  }
}
