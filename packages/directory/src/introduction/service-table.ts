import type { Now } from '@thingwright/core';
import type { Answer, Question } from 'dns-packet';
import { DIRECTORIES, SERVICE, sameName } from './dns-sd.js';
import type { Introduction } from './introduction.js';
import { introductionOf } from './service-instance.js';

/** What was told of the services of a link; what is told no more ends with its time. */
export interface ServiceTable {
  /** Takes the records of a response. */
  hear(records: readonly Answer[], from: string): void;
  /** Forgets what has ended. */
  expire(): void;
  /** What is there now, where all is known that has to be. */
  introductions(): readonly Introduction[];
  /** What has to be asked now: what is missing, and what ends soon; the same again after growing pauses. */
  questions(): readonly Question[];
  /** What need not be told again. */
  known(): readonly Answer[];
}

/** Limits of a table. */
export interface ServiceTableLimits {
  /** Instances; default 256. */
  readonly most?: number;
  /** Instances that one sender may tell of; default 32. */
  readonly mostOfOne?: number;
  readonly now?: Now;
}

interface Instance {
  readonly fqdn: string;
  readonly from: string;
  life: number;
  ends: number;
  service: { readonly target: string; readonly port: number } | undefined;
  txt: readonly string[] | undefined;
  readonly addresses: Set<string>;
  /** When what is missing is asked for next, and how long after that again. */
  nextQuestion: number;
  pause: number;
}

const MOST = 256;
const MOST_OF_ONE = 32;
const MOST_ADDRESSES = 8;
const MOST_STRINGS = 32;
/** Seconds that a record may last; others say up to 68 years. */
const LONGEST = 86_400;
/** The share of its life after which a record is asked for again (RFC 6762, section 5.2). */
const RENEWAL = 0.8;

/** Milliseconds from a question to the next one about the same; each pause is twice the one before (RFC 6762, section 5.2). */
const FIRST_PAUSE = 1000;

/** Makes an empty table. */
export function createServiceTable(limits: ServiceTableLimits = {}): ServiceTable {
  const { most = MOST, mostOfOne = MOST_OF_ONE, now = Date.now } = limits;
  const instances = new Map<string, Instance>();

  const hearPointer = ({ name, data, ttl }: Pointer, from: string): void => {
    if (!sameName(name, SERVICE) && !sameName(name, DIRECTORIES)) return;
    const key = data.toLowerCase();
    if (!key.endsWith(`.${SERVICE}`)) return;
    const known = instances.get(key);
    if (ttl === 0) {
      instances.delete(key);
      return;
    }
    const life = Math.min(ttl, LONGEST) * 1000;
    if (known) {
      known.life = life;
      known.ends = now() + life;
      known.nextQuestion = now();
      known.pause = FIRST_PAUSE;
      return;
    }
    if (!makeRoom(from)) return;
    const told = { service: undefined, txt: undefined, addresses: new Set<string>() };
    const question = { nextQuestion: now(), pause: FIRST_PAUSE };
    instances.set(key, { fqdn: data, from, life, ends: now() + life, ...told, ...question });
  };

  /** Lets whoever told of many give way to who told of few, or some few that make up names would keep all others out. */
  const makeRoom = (from: string): boolean => {
    const counts = new Map<string, number>();
    for (const instance of instances.values()) counts.set(instance.from, (counts.get(instance.from) ?? 0) + 1);
    const ofThisOne = counts.get(from) ?? 0;
    if (ofThisOne >= mostOfOne) return false;
    if (instances.size < most) return true;
    const [sender, count] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one), ['', 0]);
    const latest = [...instances].findLast(([, instance]) => instance.from === sender);
    return count > ofThisOne + 1 && latest !== undefined && instances.delete(latest[0]);
  };

  const hearFacts = (record: Answer): void => {
    if (record.type === 'SRV') {
      const instance = instances.get(record.name.toLowerCase());
      if (!instance) return;
      const { target, port } = record.data;
      if (instance.service && !sameName(instance.service.target, target)) instance.addresses.clear();
      instance.service = { target, port };
    } else if (record.type === 'TXT') {
      const instance = instances.get(record.name.toLowerCase());
      if (instance) instance.txt = [record.data].flat().slice(0, MOST_STRINGS).map(String);
    }
  };

  const hearAddress = (record: Answer): void => {
    if (record.type !== 'A' && record.type !== 'AAAA') return;
    // Of a link's own IPv6 addresses nobody could tell on which link they are.
    if (record.type === 'AAAA' && record.data.toLowerCase().startsWith('fe80:')) return;
    for (const { service, addresses } of instances.values()) {
      if (service && sameName(service.target, record.name) && addresses.size < MOST_ADDRESSES) {
        addresses.add(record.data);
      }
    }
  };

  return {
    hear(records, from) {
      // In this order: a packet may begin with what only its end makes sense of.
      for (const record of records) if (isPointer(record)) hearPointer(record, from);
      for (const record of records) hearFacts(record);
      for (const record of records) hearAddress(record);
    },
    expire() {
      for (const [key, { ends }] of instances) if (ends <= now()) instances.delete(key);
    },
    introductions: () =>
      [...instances.values()].flatMap(({ fqdn, from, service, txt, addresses }) => {
        if (!service || !txt) return [];
        const name = fqdn.slice(0, -SERVICE.length - 1);
        // Who told of a service and not of its address is most likely there himself.
        const where = addresses.size > 0 ? [...addresses].sort(byFamily) : [from];
        return introductionOf({ name, ...service, txt, addresses: where }) ?? [];
      }),
    questions: () =>
      [...instances.values()].flatMap((instance): readonly Question[] => {
        const { fqdn, life, ends, service, txt, nextQuestion, pause } = instance;
        const endsSoon = ends - now() < life * (1 - RENEWAL);
        if ((service && txt && !endsSoon) || now() < nextQuestion) return [];
        instance.nextQuestion = now() + pause;
        instance.pause = 2 * pause;
        return [
          ...(service && !endsSoon ? [] : [{ name: fqdn, type: 'SRV' as const }]),
          ...(txt && !endsSoon ? [] : [{ name: fqdn, type: 'TXT' as const }]),
        ];
      }),
    known: () =>
      [...instances.values()]
        // RFC 6762, section 7.1: not where less than half of its life is left.
        .filter(({ life, ends, service, txt }) => service && txt && ends - now() > life / 2)
        .slice(0, MOST_OF_ONE)
        .map(({ fqdn, ends }) => ({ name: SERVICE, type: 'PTR', ttl: Math.ceil((ends - now()) / 1000), data: fqdn })),
  };
}

interface Pointer {
  readonly type: 'PTR';
  readonly name: string;
  readonly data: string;
  readonly ttl: number;
}

const isPointer = (record: Answer): record is Answer & Pointer =>
  record.type === 'PTR' && typeof record.ttl === 'number' && typeof record.data === 'string';

/** IPv4 first: more servers listen there. */
const byFamily = (one: string, other: string): number => Number(one.includes(':')) - Number(other.includes(':'));
