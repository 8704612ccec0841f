import type { Pace } from './station.js';

/** Readers of one kind: what they read, over what, and how large a share of all readers they are. */
export interface Group {
  readonly name: string;
  readonly transport: 'websocket' | 'http';
  /** The stations that they are spread over, by name. */
  readonly stations: readonly string[];
  /** The property that they observe beside the event `tick`. */
  readonly property: 'count' | 'picture';
  /** They invoke actions too, and follow them to their end. */
  readonly works: boolean;
  /** Of a hundred readers; three at least. */
  readonly share: number;
}

const CALM: readonly string[] = Array.from({ length: 8 }, (_, number) => `calm-${number}`);

/** All stations by name, with their pace. A busy one changes so often that its journal reaches back some seconds only. */
export const STATIONS: Readonly<Record<string, Pace>> = {
  ...Object.fromEntries(CALM.map((name) => [name, { count: 500, tick: 500, picture: 0 }])),
  busy: { count: 50, tick: 50, picture: 0 },
  pictures: { count: 1000, tick: 250, picture: 250 },
  work: { count: 500, tick: 500, picture: 0 },
};

/** All groups; the shares make a hundred. */
const GROUPS: readonly Group[] = [
  { name: 'calm', transport: 'websocket', stations: CALM, property: 'count', works: false, share: 81.5 },
  { name: 'busy', transport: 'websocket', stations: ['busy'], property: 'count', works: false, share: 6 },
  { name: 'pictures', transport: 'websocket', stations: ['pictures'], property: 'picture', works: false, share: 0.3 },
  { name: 'work', transport: 'websocket', stations: ['work'], property: 'count', works: true, share: 3 },
  { name: 'calm, SSE', transport: 'http', stations: CALM, property: 'count', works: false, share: 7 },
  { name: 'busy, SSE', transport: 'http', stations: ['busy'], property: 'count', works: false, share: 2 },
  { name: 'pictures, SSE', transport: 'http', stations: ['pictures'], property: 'picture', works: false, share: 0.2 },
];

/** Readers of a group. */
const LEAST = 3;

/** Of so many readers, who is in which group; every group has three at least. @throws RangeError for too few readers. */
export function assign(readers: number): readonly Group[] {
  if (!(readers >= GROUPS.length * LEAST)) throw new RangeError(`${readers} readers are too few for all groups`);
  const [largest, ...others] = GROUPS;
  const members = others.flatMap((group) =>
    Array.from({ length: Math.max(LEAST, Math.round((readers * group.share) / 100)) }, () => group),
  );
  if (!largest) return members;
  return [...Array.from({ length: readers - members.length }, () => largest), ...members];
}
