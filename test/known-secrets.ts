/** Characters below which a secret cannot be told from other text. */
const LEAST = 12;
/** Places of the table, a power of two: far more than there are secrets in a run. */
const PLACES = 2 ** 20;

/** Secrets, and the search for them in much text. */
export class KnownSecrets {
  /** By their first characters. */
  readonly #known = new Map<string, Set<string>>();
  /** Whether one begins with four characters that have this place. */
  readonly #begins = new Uint8Array(PLACES);

  /** Takes note of a secret; not of what is too short. */
  add(secret: string): void {
    if (secret.length < LEAST) return;
    this.#begins[placeOf(secret, 0)] = 1;
    const begin = secret.slice(0, LEAST);
    const known = this.#known.get(begin);
    if (known) known.add(secret);
    else this.#known.set(begin, new Set([secret]));
  }

  /** The first secret that stands in a text. */
  in(text: string): string | undefined {
    for (let at = 0; at + LEAST <= text.length; at++) {
      if (this.#begins[placeOf(text, at)] === 0) continue;
      for (const secret of this.#known.get(text.slice(at, at + LEAST)) ?? []) {
        if (text.startsWith(secret, at)) return secret;
      }
    }
    return undefined;
  }
}

/** A number made of the four characters from there on. */
function placeOf(text: string, at: number): number {
  const [a, b, c, d] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2), text.charCodeAt(at + 3)];
  return (a ^ (b << 5) ^ (c << 10) ^ (d << 13)) & (PLACES - 1);
}
