import type { InvocationStatus, ThingError } from '@thingwright/core';

/** How a run stands; `cancelled` is a state of its own in these dialects. */
export type RunState = InvocationStatus['state'] | 'cancelled';

/** A run as a server of an older dialect reports it; what it does not say is undefined. */
export interface ReportedRun {
  readonly action: string;
  readonly state: RunState;
  /** The status word as received, for a person; undefined where there was none. */
  readonly word: string | undefined;
  /** Named by the server, or the end of `href`. */
  readonly actionID: string | undefined;
  /** As received; what ties a run to the answer of its request. */
  readonly href: string | undefined;
  readonly input: unknown;
  readonly output: unknown;
  readonly progress: unknown;
  readonly error: ThingError | undefined;
  readonly timeRequested: string | undefined;
  readonly timeEnded: string | undefined;
}

/** How a run of ours stands, in the states of these dialects. */
export const runStateOf = ({ state, error }: Pick<InvocationStatus, 'state' | 'error'>): RunState =>
  state === 'failed' && error?.code === 'aborted' ? 'cancelled' : state;

const LABTHINGS_WORDS: Readonly<Record<RunState, string>> = {
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  cancelled: 'cancelled',
  failed: 'error',
};

const WEBTHINGS_WORDS: Readonly<Record<RunState, string>> = {
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'deleted',
};

/** LabThings' word for a state. */
export const toLabThingsWord = (state: RunState): string => LABTHINGS_WORDS[state];

/** WebThings' word for a state. */
export const toWebThingsWord = (state: RunState): string => WEBTHINGS_WORDS[state];

/** What else a report says that helps with words nobody knows. */
export interface WordContext {
  /** There is a time of its end. */
  readonly ended: boolean;
  /** There is an error. */
  readonly failed: boolean;
}

/** The state for a word of LabThings; `idle`, which its Python client knows, is not begun. */
export const fromLabThingsWord = (word: unknown, context: WordContext): RunState => {
  switch (word) {
    case 'idle':
    case 'pending':
      return 'pending';
    case 'running':
    case 'completed':
    case 'cancelled':
      return word;
    case 'error':
      return 'failed';
    default:
      return guess(context);
  }
};

/** The state for a word of WebThings; `created` is not begun, `deleted` is cancelled. */
export const fromWebThingsWord = (word: unknown, context: WordContext): RunState => {
  switch (word) {
    case 'created':
    case 'pending':
      return 'pending';
    case 'running':
    case 'completed':
    case 'failed':
      return word;
    case 'deleted':
      return 'cancelled';
    default:
      return guess(context);
  }
};

/** A device's own word: unfinished unless it says when it ended. */
function guess({ ended, failed }: WordContext): RunState {
  if (!ended) return 'running';
  return failed ? 'failed' : 'completed';
}

/** The last part of an address, decoded: the id of an invocation, or the name of an action. */
export function lastSegment(href: string): string | undefined {
  const [path = ''] = href.split(/[?#]/, 1);
  const segment = path.split('/').findLast((part) => part !== '');
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
