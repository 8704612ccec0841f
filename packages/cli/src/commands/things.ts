import { EXIT, type ExitStatus } from '../exit-status.js';
import { fetchJson } from '../fetch-json.js';
import { gatewayUrl, type ThingCommandOptions, tokenFor } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Lists the Things of a gateway, and those that are registered there: name, title and id. Only its own have names. */
export async function things(options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const gateway = gatewayUrl(options, terminal.environment);
  const url = `${gateway}/things`;
  const listed = await fetchJson(
    { url, token: await tokenFor(url, options, terminal.environment) },
    'application/ld+json',
  );
  const origin = await originOf(gateway);
  const rows = (Array.isArray(listed) ? listed : []).map((td) => toRow(td, origin));
  const width = (column: 'name' | 'title'): number => Math.max(...rows.map((row) => row[column].length), 0);
  const [names, titles] = [width('name'), width('title')];
  for (const { name, title, id } of rows) {
    const columns = `${name.padEnd(names)}  ${title.padEnd(titles)}  ${id}`;
    terminal.print(options.json ? JSON.stringify({ name, title, id }) : columns);
  }
  return EXIT.done;
}

/** The origin of all its own Things, which a gateway may have from a proxy; a stranger's TD says anything of itself. */
async function originOf(gateway: string): Promise<string> {
  const td = await fetchJson({ url: `${gateway}/.well-known/wot`, token: undefined }, 'application/td+json').catch(
    () => undefined,
  );
  const base = memberOf(td, 'base');
  return new URL(URL.canParse(base) ? base : gateway).origin;
}

function toRow(td: unknown, origin: string): { readonly name: string; readonly title: string; readonly id: string } {
  const base = memberOf(td, 'base');
  const isOwn = URL.canParse(base) && new URL(base).origin === origin;
  const name = isOwn ? decodeURIComponent(new URL(base).pathname.split('/').at(-2) ?? '') : '';
  return { name, title: memberOf(td, 'title'), id: memberOf(td, 'id') };
}

/** A member of a TD that is a text; empty if there is none. */
function memberOf(td: unknown, name: string): string {
  if (typeof td !== 'object' || td === null) return '';
  const value = new Map<string, unknown>(Object.entries(td)).get(name);
  return typeof value === 'string' ? value : '';
}
