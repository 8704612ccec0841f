import { ThingError } from '@thingwright/core';
import { from as fromPromise, lastValueFrom, takeUntil, tap } from 'rxjs';
import { listFromGateway } from '../call-gateway.js';
import { printList } from '../columns.js';
import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { liveTable } from '../live-table.js';
import type { ThingCommandOptions } from '../target.js';
import { show, type Terminal } from '../terminal.js';

/** Options of `discover`. */
export interface DiscoverOptions extends ThingCommandOptions {
  /** Prints what is there now, and ends. */
  readonly once?: boolean;
}

/** One entry of the gateway's list, as far as it is shown. */
type Found = Readonly<Record<string, unknown>>;

const COLUMNS = { state: 'STATE', kind: 'KIND', title: 'TITLE', name: 'NAME', source: 'FOUND BY', key: 'KEY' };

/**
 * Shows what the gateway finds as it comes and goes, until ^C: as a table where a person looks on, else a line for each change. At a server that is
 * named it looks once.
 */
export async function discover(
  server: string | undefined,
  options: DiscoverOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { once = false, json } = options;
  if (server !== undefined || once) {
    const found = await listFromGateway('discover', server === undefined ? {} : { url: server }, { options, terminal });
    printList(found, Object.keys(COLUMNS), { json, terminal });
    if (found.length === 0) terminal.tell('nothing was found');
    return EXIT.done;
  }
  await using gateway = await consumeTarget('gateway', options, terminal);
  const { discovered } = gateway.properties;
  if (!discovered) throw new ThingError('notAllowed', 'You may not see what this gateway finds');
  using stop = terminal.interruption();
  const showing = json || !terminal.isInteractive ? changes(terminal, json ?? false) : table(terminal);
  await lastValueFrom(
    discovered.pipe(
      tap((value) => showing(toFound(value))),
      takeUntil(fromPromise(stop.happened)),
    ),
    { defaultValue: undefined },
  );
  return EXIT.done;
}

type Show = (found: readonly Found[]) => void;

function table(terminal: Terminal): Show {
  terminal.tell('What is found, as it comes and goes; ^C ends. thingwright adopt <KEY> makes a Thing of it.');
  const live = liveTable(process.stderr, COLUMNS);
  return (found) => live.show(found);
}

/** A line for what is new, what has changed and what is gone. */
function changes(terminal: Terminal, json: boolean): Show {
  let before = new Map<unknown, string>();
  const tell = (event: string, found: Found): void => {
    const { state, kind, title, key } = found;
    terminal.print(
      json ? JSON.stringify({ event, ...found }) : [event, state, kind, title, key].map((one) => show(one)).join('  '),
    );
  };
  return (list) => {
    const present = new Map(list.map((found) => [found.key, JSON.stringify(found)]));
    for (const found of list) {
      const known = before.get(found.key);
      if (known === undefined) tell('appeared', found);
      else if (known !== present.get(found.key)) tell('changed', found);
    }
    for (const [key, known] of before) if (!present.has(key)) tell('gone', JSON.parse(known));
    before = present;
  };
}

const toFound = (value: unknown): readonly Found[] =>
  (Array.isArray(value) ? value : []).map((item: unknown) => Object.fromEntries(Object.entries(item ?? {})));
