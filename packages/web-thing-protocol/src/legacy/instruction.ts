import {
  type InvokeAction,
  isMembers,
  type Members,
  type ObserveOne,
  ThingError,
  type UnobserveOne,
  type WriteProperty,
} from '@thingwright/core';

/** Observes, or no longer, the states of the runs of one action, whoever starts them. TD 1.1 has no operation for it. */
export interface ObserveAction {
  readonly op: 'observeaction' | 'unobserveaction';
  readonly name: string;
}

/** What a message of an older dialect asks for, about one name: an operation of a Thing, or to watch an action. */
export type Instruction = ObserveOne | UnobserveOne | WriteProperty | InvokeAction | ObserveAction;

/** What can be asked for in these dialects. */
export type InstructionName = Instruction['op'];

/** One name of a message: what to do, or why nothing can be done with it. One that fails does not stop the others. */
export type RequestPart<I extends Instruction = Instruction> =
  | { readonly name: string; readonly instruction: I; readonly error: undefined }
  | { readonly name: string; readonly instruction: undefined; readonly error: ThingError };

/** What a Thing could read of a frame. */
export interface LegacyRequest<I extends Instruction = Instruction> {
  /** WebThings: the `id`, the Thing meant. */
  readonly thing: string | undefined;
  /** What is asked for, where the `messageType` is known. */
  readonly op: InstructionName | undefined;
  /** One for each name, in the message's order. Empty where there is an `error`, or nothing to do. */
  readonly parts: readonly RequestPart<I>[];
  /** What is wrong with the frame as a whole; code `invalid`. */
  readonly error: ThingError | undefined;
  /** The frame, if it was a JSON object. */
  readonly message: Members | undefined;
}

/** How frames are read. */
export interface DecodeOptions {
  /** Without our extensions: their messages are unknown. Default false. */
  readonly strict?: boolean;
  /** Names that one message may hold; more are refused, as each may be answered by an error. Default 1000. */
  readonly maxNames?: number;
}

/** Reads the entry of one name; a text says what is wrong with it. */
export type ReadEntry<I extends Instruction> = (name: string, entry: unknown) => I | string;

/** The error of a frame or of a part of it. */
export const invalid = (detail: string): ThingError => new ThingError('invalid', detail);

/** The names of a message's `data`, each read on its own; a ThingError where `data` holds none or too many. */
export function readParts<I extends Instruction>(
  data: unknown,
  read: ReadEntry<I>,
  maxNames = 1000,
): readonly RequestPart<I>[] | ThingError {
  if (!isMembers(data)) return invalid('Invalid message');
  const entries = Object.entries(data);
  if (entries.length > maxNames) return invalid(`More than ${maxNames} names in one message`);
  return entries.map(([name, entry]) => {
    const instruction = read(name, entry);
    return typeof instruction === 'string'
      ? { name, instruction: undefined, error: invalid(instruction) }
      : { name, instruction, error: undefined };
  });
}
