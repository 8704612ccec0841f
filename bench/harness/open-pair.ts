import type { Bench, Pair } from './bench.js';
import type { Figures } from './figures.js';

/**
 * Starts a server and a load generator and connects them: the generator is told the figures that the server's `open` gave,
 * and those of the caller.
 */
export async function openPair(
  bench: Bench,
  { server: serverName, load: loadName }: { readonly server: string; readonly load: string },
  figures: Figures,
): Promise<Pair & AsyncDisposable> {
  const server = bench.start(serverName);
  const load = bench.start(loadName);
  const pair = {
    server,
    load,
    async [Symbol.asyncDispose]() {
      await load[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
  try {
    await load.call('connect', { ...(await server.call('open', figures)), ...figures });
    return pair;
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
}
