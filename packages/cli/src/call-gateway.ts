import { ThingError } from '@thingwright/core';
import { consumeTarget } from './consumed.js';
import type { TargetOptions } from './target.js';
import type { Terminal } from './terminal.js';

/** Invokes an action of the gateway's own Thing; gives its output, whose members are texts. */
export async function callGateway(
  action: 'provisionDevice' | 'rotateToken' | 'removeDevice' | 'adoptThing' | 'releaseThing',
  input: Readonly<Record<string, unknown>>,
  { options, terminal }: { readonly options: TargetOptions; readonly terminal: Terminal },
): Promise<ReadonlyMap<string, string>> {
  await using gateway = await consumeTarget('gateway', options, terminal);
  const invoke = gateway.actions[action];
  if (!invoke) throw new ThingError('notAllowed', `You may not ${action} on this gateway`);
  const output = await invoke(input).output;
  return new Map(Object.entries(output ?? {}).map(([name, value]) => [name, String(value)]));
}
