import { EXIT, type ExitStatus } from '../exit-status.js';
import { fetchJson } from '../fetch-json.js';
import { gatewayUrl, type ThingCommandOptions, tokenFor } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Lists the Things of a gateway: name, title and id. */
export async function things(options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const url = `${gatewayUrl(options, terminal.environment)}/things`;
  const listed = await fetchJson(
    { url, token: await tokenFor(url, options, terminal.environment) },
    'application/ld+json',
  );
  const rows = (Array.isArray(listed) ? listed : []).map(toRow);
  const width = (column: 'name' | 'title'): number => Math.max(...rows.map((row) => row[column].length), 0);
  const [names, titles] = [width('name'), width('title')];
  for (const { name, title, id } of rows) {
    const columns = `${name.padEnd(names)}  ${title.padEnd(titles)}  ${id}`;
    terminal.print(options.json ? JSON.stringify({ name, title, id }) : columns);
  }
  return EXIT.done;
}

function toRow(td: unknown): { readonly name: string; readonly title: string; readonly id: string } {
  const member = (name: string): string => {
    if (typeof td !== 'object' || td === null) return '';
    const value = new Map<string, unknown>(Object.entries(td)).get(name);
    return typeof value === 'string' ? value : '';
  };
  const base = member('base');
  const name = URL.canParse(base) ? decodeURIComponent(new URL(base).pathname.split('/').at(-2) ?? '') : '';
  return { name, title: member('title'), id: member('id') };
}
