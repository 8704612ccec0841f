import { LAUNCHER, startGatewayBy } from '../../system/fixture/gateway-process.js';
import { committedDescriptions, committedModels } from '../fixture/committed.js';
import { at } from '../fixture/consumer.js';
import { send } from '../fixture/http.js';
import type { Judged } from './playground.js';

/** Every Thing Description and Thing Model of the folder `td/`. */
export const committedDocuments = (): readonly Judged[] => [
  ...committedDescriptions().map(({ file, text }): Judged => ({ from: `td/${file}`, kind: 'description', text })),
  ...committedModels().map(({ file, text }): Judged => ({ from: `td/${file}`, kind: 'model', text })),
];

/** This program's own way of running: from the sources, so that no old build is looked at. */
const FROM_SOURCE = ['--conditions=source', '--import', 'tsx', LAUNCHER];

/**
 * Every Thing Description that a gateway with the demonstration's devices serves: of each Thing in its directory as the
 * administrator gets it, and of the gateway as anybody does. The gateway and each device are processes of their own.
 * @throws Error if there is no device among them.
 */
export async function servedDocuments(): Promise<readonly Judged[]> {
  await using gateway = await startGatewayBy(FROM_SOURCE, ['--demo']);
  const fetchText = async (url: string, token?: string): Promise<string> => {
    const { status, body } = await send(url, { token });
    if (status !== 200) throw new Error(`${url} answers ${status}: ${body.toString()}`);
    return body.toString();
  };
  const listed: unknown = JSON.parse(await fetchText(`${gateway.url}/things`, gateway.token));
  if (!Array.isArray(listed) || listed.length < 2) throw new Error('the demonstration serves no device');
  const addresses = listed.map((td) => new URL(String(at(td, 'base')).replace(/\/$/, '')));
  const documents: Judged[] = [];
  for (const { href, pathname } of addresses) {
    documents.push({ from: `demo ${pathname}`, kind: 'description', text: await fetchText(href, gateway.token) });
  }
  const text = await fetchText(`${gateway.url}/.well-known/wot`);
  return [...documents, { from: 'demo /.well-known/wot', kind: 'description', text }];
}
