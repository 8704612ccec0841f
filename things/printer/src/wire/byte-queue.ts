/** Bytes that have arrived and were not taken yet; whoever pushes sees to it that they do not grow without end. */
export interface ByteQueue {
  /** How many wait. */
  readonly length: number;
  push(chunk: Buffer): void;
  /** Takes exactly so many, or none: undefined until they are there. */
  take(count: number): Buffer | undefined;
  /** Takes what is there, at most so many; empty if nothing is. */
  takeSome(most: number): Buffer;
  /** The 16 bits that come next, not taken; undefined until they are there. */
  peekUInt16LE(): number | undefined;
}

/** Makes an empty queue. */
export function createByteQueue(): ByteQueue {
  let chunks: Buffer[] = [];
  let length = 0;

  /** What waits as one piece; joined only when a piece is needed that is there whole. */
  const joined = (): Buffer => {
    const [first] = chunks;
    const whole = first && chunks.length === 1 ? first : Buffer.concat(chunks);
    chunks = [whole];
    return whole;
  };
  const cut = (count: number): Buffer => {
    const whole = joined();
    chunks = count < whole.length ? [whole.subarray(count)] : [];
    length -= count;
    return whole.subarray(0, count);
  };

  return {
    get length() {
      return length;
    },
    push(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      length += chunk.length;
    },
    take: (count) => (count <= length ? cut(count) : undefined),
    takeSome(most) {
      const [first] = chunks;
      if (!first) return Buffer.alloc(0);
      const count = Math.min(first.length, most);
      if (count < first.length) chunks[0] = first.subarray(count);
      else chunks.shift();
      length -= count;
      return first.subarray(0, count);
    },
    peekUInt16LE: () => (length < 2 ? undefined : joined().readUInt16LE(0)),
  };
}
