/** Gives the next number from 0 up to 1. */
export type Random = () => number;

/** The golden ratio in 32 bits: as a step it visits every number once. */
const STEP = 0x9e3779b9;

/** Makes numbers that look random and are the same for the same seeds. Seeds are whole numbers of 32 bits. */
export function createRandom(...seeds: readonly number[]): Random {
  let state = 0;
  for (const seed of seeds) state = scramble((state ^ seed) + STEP);
  return () => {
    state = (state + STEP) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
}

/** Has every bit depend on every other. */
function scramble(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
