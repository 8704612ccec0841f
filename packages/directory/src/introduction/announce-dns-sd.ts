import { setTimeout as wait } from 'node:timers/promises';
import { type Log, type Now, silent, ThingError } from '@thingwright/core';
import type { Answer, Question } from 'dns-packet';
import { filter, firstValueFrom, merge, race, timer } from 'rxjs';
import { ALL_SERVICES, DIRECTORIES, SERVICE, sameName } from './dns-sd.js';
import type { Message, MulticastLink } from './multicast-link.js';
import { type TxtKeys, txtOf } from './service-instance.js';

/** What is announced. Everybody on the link may read it: nothing private belongs into it (WoT Discovery, section 7.2). */
export interface Announcement extends TxtKeys {
  /** What the instance is called; made unique on the link. At most 63 bytes. */
  readonly name: string;
  /** The host of the server; absent: this machine, under a name of its own on each link. */
  readonly host?: string;
  readonly port: number;
}

/** How it is announced. */
export interface AnnounceOptions {
  readonly log?: Log;
  readonly now?: Now;
  /** Milliseconds between two steps: questions whether a name is free, announcements. Default 250. */
  readonly pause?: number;
}

/** Something that is announced. Disposing says goodbye. */
export interface Announced extends AsyncDisposable {
  /** What it is called on the link. */
  readonly name: string;
}

const [SRV, TXT] = ['SRV', 'TXT'] as const;
const PAUSE = 250;
const PROBES = 3;
const MOST_NAMES = 20;
/** Seconds that records last (RFC 6762, section 10): those with a host in them, and all others. */
const TTL_OF_HOST = 120;
const TTL = 4500;
/** Milliseconds in which a record is told once, whoever asks: who looks whether a name is taken waits no longer (RFC 6762, section 6). */
const LEAST = 250;

/**
 * Announces a Thing or a directory by DNS-SD (WoT Discovery, section 6.3) on all links, under a name that nobody has there. Resolves
 * once it was announced. Rejects with a ThingError `conflict` if every name that it tries is taken.
 */
export async function announceDnsSD(
  announcement: Announcement,
  links: readonly MulticastLink[],
  options: AnnounceOptions = {},
): Promise<Announced> {
  const { pause = PAUSE, log = silent } = options;
  const name = await freeName(announcement.name, links, pause);
  const announced = { ...announcement, name };
  const responders = links.map((link) => respond(link, recordsOf(announced, link.address), options));
  const tellAll = (change: (record: Answer) => Answer): Promise<unknown> =>
    Promise.all(responders.map(({ link, records }) => link.tell(records.all.map(change))));
  await tellAll((record) => record);
  await wait(4 * pause);
  await tellAll((record) => record);
  log.info({ name, port: announcement.port }, 'announced by DNS-SD');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const responder of responders) responder.stop();
    await tellAll((record) => ({ ...record, ttl: 0 }));
  };
  return {
    name,
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

/** Asks whether anybody has the name before it is taken (RFC 6762, section 8.1). */
async function freeName(wanted: string, links: readonly MulticastLink[], pause: number): Promise<string> {
  for (let number = 1; number <= MOST_NAMES; number++) {
    // A dot would begin another label.
    const name = `${wanted.replaceAll('.', '-')}${number === 1 ? '' : ` (${number})`}`;
    if (!(await isTaken(`${name}.${SERVICE}`, links, pause))) return name;
  }
  throw new ThingError('conflict', `The name '${wanted}' is taken on this network, and ${MOST_NAMES} others like it`);
}

async function isTaken(fqdn: string, links: readonly MulticastLink[], pause: number): Promise<boolean> {
  const claims = merge(...links.map(({ messages }) => messages)).pipe(filter((message) => isClaim(message, fqdn)));
  for (let probe = 0; probe < PROBES; probe++) {
    const answer = firstValueFrom(race(claims, timer(pause)), { defaultValue: 0 });
    for (const link of links) link.ask([SRV, TXT].map((type) => ({ name: fqdn, type })));
    if (typeof (await answer) === 'object') return true;
  }
  return false;
}

const isClaim = ({ kind, records }: Message, fqdn: string): boolean =>
  kind === 'response' && records.some(({ type, name }) => (type === SRV || type === TXT) && sameName(name, fqdn));

interface Records {
  readonly pointers: readonly Answer[];
  /** What goes with a pointer: SRV, TXT and addresses. */
  readonly facts: readonly Answer[];
  readonly all: readonly Answer[];
}

function recordsOf(announcement: Announcement, address: string): Records {
  const { name, host = `${hostLabel(name)}.local`, port, type } = announcement;
  const fqdn = `${name}.${SERVICE}`;
  const pointer = (list: string): Answer => ({ name: list, type: 'PTR', ttl: TTL, data: fqdn });
  const pointers = [pointer(SERVICE), ...(type === 'Directory' ? [pointer(DIRECTORIES)] : [])];
  const facts: readonly Answer[] = [
    { name: fqdn, type: 'SRV', ttl: TTL_OF_HOST, flush: true, data: { port, target: host } },
    { name: fqdn, type: 'TXT', ttl: TTL, flush: true, data: [...txtOf(announcement)] },
    // Only of its own host does a server know where it is.
    ...(announcement.host === undefined
      ? [{ name: host, type: 'A' as const, ttl: TTL_OF_HOST, flush: true, data: address }]
      : []),
  ];
  const listed: Answer = { name: ALL_SERVICES, type: 'PTR', ttl: TTL, data: SERVICE };
  return { pointers, facts, all: [...pointers, ...facts, listed] };
}

const hostLabel = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'thingwright';

interface Responder {
  readonly link: MulticastLink;
  readonly records: Records;
  stop(): void;
}

function respond(link: MulticastLink, records: Records, { now = Date.now }: AnnounceOptions): Responder {
  const told = new Map<Answer, number>();
  const isDue = (record: Answer): boolean => now() - (told.get(record) ?? Number.NEGATIVE_INFINITY) >= LEAST;
  const answer = ({ kind, questions, records: known }: Message): void => {
    if (kind !== 'query') return;
    const wanted = records.all.filter(
      (record) => questions.some((question) => asksFor(question, record)) && !isKnown(record, known) && isDue(record),
    );
    if (wanted.length === 0) return;
    for (const record of wanted) told.set(record, now());
    const withFacts = wanted.some((record) => records.pointers.includes(record));
    void link.tell(wanted, withFacts ? records.facts.filter((fact) => !wanted.includes(fact)) : []);
  };
  const subscription = link.messages.subscribe(answer);
  return { link, records, stop: () => subscription.unsubscribe() };
}

const asksFor = ({ name, type }: Question, record: Answer): boolean => {
  const wanted: string = type;
  return sameName(name, record.name) && (wanted === 'ANY' || wanted === record.type);
};

/** RFC 6762, section 7.1: who knows a record for at least half of its life is not told it. */
const isKnown = (record: Answer, known: readonly Answer[]): boolean =>
  record.type === 'PTR' &&
  known.some(
    (one) =>
      one.type === 'PTR' &&
      sameName(one.name, record.name) &&
      sameName(one.data, record.data) &&
      (one.ttl ?? 0) >= TTL / 2,
  );
