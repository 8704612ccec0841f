import { createHash } from 'node:crypto';
import { isMembers, type Members } from '@thingwright/core';

/** Milliseconds between two questions how a run stands. */
const EVERY = 20;

/** A gateway, as a script uses it over HTTP with the bench's token. */
export interface GatewayAPI {
  /** Invokes a synchronous action. */
  invoke(thing: string, action: string, input: object): Promise<unknown>;
  /** Begins an asynchronous action; gives the address of its run. */
  begin(thing: string, action: string, input: object): Promise<string>;
  /** Waits for the end of a run; gives its output. */
  ended(run: string): Promise<Members>;
  /** Gets bytes; tells how many there are, and their SHA-256. */
  digest(href: string): Promise<{ readonly size: number; readonly sha256: string }>;
}

/** Speaks with the gateway at that port of this machine. */
export function gatewayAPI(port: number): GatewayAPI {
  const base = `http://127.0.0.1:${port}`;
  const ask = async (href: string, body?: object): Promise<Response> => {
    const response = await fetch(new URL(href, base), {
      headers: { authorization: 'Bearer bench', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${href}: ${response.status} ${await response.text()}`);
    return response;
  };
  const actionOf = (thing: string, action: string): string => `/things/${thing}/actions/${action}`;
  return {
    async invoke(thing, action, input) {
      const response = await ask(actionOf(thing, action), input);
      return response.status === 204 ? undefined : response.json();
    },
    async begin(thing, action, input) {
      const response = await ask(actionOf(thing, action), input);
      const run = response.headers.get('location');
      await response.arrayBuffer();
      if (run === null) throw new Error(`${action} of ${thing} began without an address`);
      return run;
    },
    async ended(run) {
      for (;;) {
        const status: unknown = await (await ask(run)).json();
        if (!isMembers(status) || status.status === 'failed') throw new Error(`${run}: ${JSON.stringify(status)}`);
        if (isMembers(status.output)) return status.output;
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
    },
    async digest(href) {
      const { body } = await ask(href);
      if (!body) throw new Error(`${href} has no bytes`);
      const hash = createHash('sha256');
      let size = 0;
      for await (const bytes of body) {
        hash.update(bytes);
        size += bytes.length;
      }
      return { size, sha256: hash.digest('hex') };
    },
  };
}
