import { ThingError } from '@thingwright/core';
import { consumeTarget } from './consumed.js';
import type { TargetOptions } from './target.js';
import type { Terminal } from './terminal.js';

/** Whose gateway it is about. */
export interface GatewayCall {
  readonly options: TargetOptions;
  readonly terminal: Terminal;
}

/** Invokes an action of the gateway's own Thing; gives its output. */
export async function askGateway(
  action: string,
  input: Readonly<Record<string, unknown>>,
  { options, terminal }: GatewayCall,
): Promise<unknown> {
  await using gateway = await consumeTarget('gateway', options, terminal);
  const invoke = Object.hasOwn(gateway.actions, action) ? gateway.actions[action] : undefined;
  if (!invoke) throw new ThingError('notAllowed', `You may not ${action} on this gateway`);
  // Not handed on: the connection closes when this function is left.
  return await invoke(input).output;
}

/** The same for an action whose output is an object; its members as texts. */
export async function callGateway(
  action: string,
  input: Readonly<Record<string, unknown>>,
  call: GatewayCall,
): Promise<ReadonlyMap<string, string>> {
  const output = await askGateway(action, input, call);
  return new Map(Object.entries(output ?? {}).map(([name, value]) => [name, String(value)]));
}

/** The same for an action that lists; its items, each with its members. */
export async function listFromGateway(
  action: string,
  input: Readonly<Record<string, unknown>>,
  call: GatewayCall,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const output = await askGateway(action, input, call);
  return (Array.isArray(output) ? output : []).map((item) => Object.fromEntries(Object.entries(item ?? {})));
}
