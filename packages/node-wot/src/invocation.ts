import type { Form, Servient } from '@node-wot/core';
import { type InvocationStatus, isMembers, ThingError } from '@thingwright/core';
import { decodeActionStatus } from '@thingwright/web-thing-protocol';
import { fromContent, toContent } from './content.js';

/** What node-wot's `invokeAction` gives, as far as it is needed here. */
export interface InvokedOutput {
  readonly form?: object | undefined;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** One run of an asynchronous action, as a program on node-wot follows it. */
export interface Invocation {
  readonly actionID: string;
  /** Asks how it stands. Rejects with a ThingError: `notFound` once it was cancelled or forgotten. */
  query(): Promise<InvocationStatus>;
  /** Cancels it. Rejects with a ThingError: `conflict` if it is over. */
  cancel(): Promise<void>;
}

/**
 * Finds the invocation that a Thing told of when an asynchronous action was invoked; node-wot's own `query` and `cancel` are not
 * implemented (0.9). Rejects with a ThingError: `notAllowed` for an output that did not come over the Web Thing Protocol, or that
 * tells of no invocation, as that of a synchronous action.
 */
export async function invocationOf(servient: Servient, output: InvokedOutput | undefined): Promise<Invocation> {
  const form = { ...output?.form };
  const href = 'href' in form && typeof form.href === 'string' ? form.href : '';
  const scheme = /^wss?(?=:)/.exec(href)?.[0];
  if (!output || !scheme) {
    throw new ThingError('notAllowed', 'Only invocations over the Web Thing Protocol can be queried and cancelled');
  }
  const bytes = Buffer.from(await output.arrayBuffer());
  const status = await fromContent({ type: 'application/json', toBuffer: () => Promise.resolve(bytes) });
  const actionID = isMembers(status) ? status.actionID : undefined;
  if (typeof actionID !== 'string') throw new ThingError('notAllowed', 'The output tells of no invocation');
  const ask = async (op: 'queryaction' | 'cancelaction'): Promise<unknown> => {
    const asking: Form = { ...form, href, op };
    return fromContent(await servient.getClientFor(scheme).invokeResource(asking, toContent({ actionID })));
  };
  return {
    actionID,
    query: async () => {
      const answer = await ask('queryaction');
      if (!isMembers(answer)) throw new ThingError('protocol', 'The answer is no ActionStatus');
      return decodeActionStatus(answer, '', actionID);
    },
    cancel: async () => void (await ask('cancelaction')),
  };
}
