import { networkInterfaces } from 'node:os';
import { type ExposedThing, Form as NodeWotForm } from '@node-wot/core';
import { describe, type Form, type Security, type Site, type Thing } from '@thingwright/core';
import { AFFORDANCE_PREFIXES, webThingProtocolForms, withAffordance } from '@thingwright/web-thing-protocol';
import type { FormIndices } from './exposed-thing.js';

/** Where a server is reached. */
export interface ServerAddress {
  readonly scheme: string;
  /** Undefined, or one that stands for all: every address of this machine. */
  readonly address: string | undefined;
  readonly port: number;
}

/** The origins at which a server is reached. */
export function originsOf({ scheme, address, port }: ServerAddress): readonly string[] {
  const all = address === undefined || address === '0.0.0.0' || address === '::';
  const hosts = all ? addressesOfThisMachine() : [address];
  return hosts.map(
    (host) =>
      `${scheme === 'wss' ? 'https' : 'http'}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`,
  );
}

/** Addresses at which others may reach this machine; the loopback one where there are none. */
function addressesOfThisMachine(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  const outward = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return outward.length === 0 ? ['127.0.0.1'] : outward.map(({ address }) => address);
}

/** A name for a Thing that is not taken: its title as a word of a URL, with a number where there is one already. */
export function nameFor(title: string, site: Site): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 56);
  const word = plain === '' ? 'thing' : plain;
  let name = word;
  for (let n = 2; site.things.has(name); n++) name = `${word}-${n}`;
  return name;
}

/** Adds our forms to an exposed Thing, for every origin; tells where the first of each affordance stands. */
export function addForms(
  thing: ExposedThing,
  served: Thing,
  { origins, security }: { readonly origins: readonly string[]; readonly security: Security },
): FormIndices {
  const indices = new Map<string, number>();
  for (const origin of origins) {
    const td = describe(served.model, {
      thing: served,
      base: `${origin}/things/${served.name}/`,
      security,
      profiles: [],
      builders: [withAffordance(webThingProtocolForms)],
      may: () => true,
    });
    for (const group of ['properties', 'actions', 'events'] as const) {
      for (const [name, { forms }] of Object.entries(td[group] ?? {})) {
        const own = thing[group][name]?.forms;
        if (!own) continue;
        const key = `${group} ${name}`;
        if (!indices.has(key)) indices.set(key, own.length);
        own.push(...forms.map((form) => toNodeWotForm(form, security)));
      }
    }
    thing.forms = [...(thing.forms ?? []), ...(td.forms ?? []).map((form) => toNodeWotForm(form, security))];
  }
  const context = [thing['@context']].flat();
  if (!context.some((part) => typeof part === 'object' && 'tw' in part)) {
    Object.assign(thing, { '@context': [...context, AFFORDANCE_PREFIXES] });
  }
  for (const [name, scheme] of Object.entries(security.definitions)) {
    thing.securityDefinitions[name] ??= { ...scheme };
  }
  if (thing.security.length === 0) thing.security = [security.thing];
  return (group, name) => indices.get(`${group} ${name}`) ?? 0;
}

/** A form says itself what it asks for, since other servers state the security of the Thing; node-wot reads only lists there. */
function toNodeWotForm({ href, op, contentType, ...terms }: Form, { websocket, thing }: Security): NodeWotForm {
  return Object.assign(new NodeWotForm(href, contentType), terms, {
    ...(op === undefined ? {} : { op: [op].flat() }),
    security: [websocket ?? thing],
  });
}
