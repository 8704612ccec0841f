import { createRandom, type Random } from './random.js';

/**
 * How a line comes to its end: never opened; reset (RST); closed in order (FIN) on both sides; closed towards one side only
 * while the other direction still flows for a while; or silent, both sides believing that it stands.
 */
export const ENDINGS = ['refusal', 'reset', 'finish', 'finishToClient', 'finishToServer', 'silence'] as const;
/** One of {@link ENDINGS}. */
export type Ending = (typeof ENDINGS)[number];

/** A direction of a line, or both. */
export type Way = 'toClient' | 'toServer' | 'both';

/** What happens to one line. Times are milliseconds from when its faults begin. */
export interface LinePlan {
  /** How much later than it came everything leaves, in each direction. */
  readonly delay: number;
  /** Bytes a second, in each direction; undefined: all that the line takes. */
  readonly rate: number | undefined;
  /** Nothing moves for a time; then it goes on. */
  readonly stall: { readonly at: number; readonly time: number; readonly way: Way } | undefined;
  readonly end: {
    readonly at: number;
    readonly how: Ending;
    /** What part of the chunk that is on its way still leaves: the line is torn in the middle of frames. */
    readonly share: number;
  };
}

/** What plans are drawn from. */
export interface PlanOptions {
  /** The same seed gives the same plan to the line of the same number. */
  readonly seed: number;
  /** Shortest and longest life of a line (milliseconds); default 2 to 8 s. One in twenty lives for three times as long. */
  readonly life?: readonly [number, number];
  /** How often each ending comes, relative to the others. */
  readonly endings?: Readonly<Record<Ending, number>>;
}

/** Every way to end is common but silence, which takes a reader out for as long as it takes to notice. */
const DEFAULT_ENDINGS: Readonly<Record<Ending, number>> = {
  refusal: 60,
  reset: 400,
  finish: 320,
  finishToClient: 110,
  finishToServer: 105,
  silence: 5,
};

/** Draws the plan of the line of that number, counted as they come. @throws RangeError for a life that ends before it begins. */
export function planLine(number: number, options: PlanOptions): LinePlan {
  const { seed, life = [2000, 8000], endings = DEFAULT_ENDINGS } = options;
  if (!(life[0] >= 0 && life[0] <= life[1])) throw new RangeError(`A life of ${life[0]} to ${life[1]} ms cannot be`);
  const random = createRandom(seed, number);
  const how = pick(endings, random);
  const isLong = random() < 0.05;
  const at = between(life, random) * (isLong ? 3 : 1);
  const delay = random() < 0.2 ? between([2, 150], random) : 0;
  const rate = random() < 0.1 ? between([20_000, 200_000], random) : undefined;
  const way = (['toClient', 'toServer', 'both'] as const)[Math.floor(random() * 3)] ?? 'both';
  const stall = { at: (random() * at) / 2, time: random() * at, way };
  return {
    delay,
    rate,
    stall: isLong || random() < 0.25 ? stall : undefined,
    end: { at: how === 'refusal' ? 0 : at, how, share: random() },
  };
}

const between = ([least, most]: readonly [number, number], random: Random): number => least + random() * (most - least);

function pick(endings: Readonly<Record<Ending, number>>, random: Random): Ending {
  let place = random() * ENDINGS.reduce((sum, ending) => sum + endings[ending], 0);
  for (const ending of ENDINGS) {
    place -= endings[ending];
    if (place < 0) return ending;
  }
  return 'reset';
}
