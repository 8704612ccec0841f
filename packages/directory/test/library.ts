import { http } from '@thingwright/binding-http';
import { type Authenticate, defineThing, expose, type Grant, type Policy, type Site } from '@thingwright/core';
import { type Served, serve } from '@thingwright/listener';
import { of } from 'rxjs';
import * as t from 'typebox';
import { type DirectoryAccess, type DirectoryOptions, directory } from '../src/index.js';

const Lamp = defineThing({
  title: 'Lamp',
  properties: { level: { schema: t.Integer(), readOnly: true } },
});

/** A Thing of one's own. */
export const lamp = () => expose(Lamp, () => ({ properties: { level: of(1) } }));

export const LAMP_ID = 'urn:uuid:11111111-1111-4111-8111-111111111111';

/** A TD of a stranger, with its id unless that is left out. */
export const pump = (change: object = {}) => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id: 'urn:example:pump',
  title: 'Pump',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  ...change,
});

/** The same without an id. */
export function anonymous(change: object = {}): object {
  const { id: _, ...td } = pump(change);
  return td;
}

/** A server with one lamp and a directory, and clients of it. */
export interface Library extends AsyncDisposable {
  readonly url: string;
  readonly site: Site;
  ask(method: string, path: string, options?: Asking): Promise<Answer>;
}

export interface Asking {
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON that is an object or array. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of JSON that is an array. */
  readonly list: readonly Readonly<Record<string, unknown>>[];
}

const TYPES: Readonly<Record<string, string>> = { PATCH: 'application/merge-patch+json' };

/** Opens a library. */
export async function openLibrary(
  options: DirectoryOptions = {},
  guard: { readonly authenticate?: Authenticate; readonly policy?: Policy } = {},
): Promise<Library> {
  const served: Served = await serve({
    things: { lamp: { exposure: lamp(), id: LAMP_ID } },
    bindings: [http({ port: 0, listing: false }), directory(options)],
    ...guard,
  });
  return {
    url: served.url,
    site: served.site,
    async ask(method, path, { body, type = TYPES[method] ?? 'application/td+json', headers = {} } = {}) {
      const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      const given = body === undefined ? headers : { 'content-type': type, ...headers };
      const answer = await fetch(served.url + path, { method, headers: given, ...sent });
      const text = await answer.text();
      const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined;
      const list = Array.isArray(parsed) ? parsed : [];
      return { status: answer.status, headers: answer.headers, text, body: Object(parsed), list };
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

/** People by their token: organization and role. */
const GRANTS: Readonly<Record<string, readonly Grant[]>> = {
  boss: [{ role: 'admin' }],
  ada: [{ role: 'operator', organization: 'acme' }],
  vic: [{ role: 'viewer', organization: 'acme' }],
  lea: [{ role: 'viewer', organization: 'acme', affordance: 'level' }],
  ulf: [{ role: 'operator', organization: 'umbrella' }],
  eve: [{ role: 'viewer', organization: 'umbrella' }],
};

/** Lets in whom {@link GRANTS} names. */
export const authenticate: Authenticate = (credentials) => {
  const token = credentials.kind === 'bearer' ? credentials.token : '';
  const grants = GRANTS[token];
  return grants && { principal: { id: `user:${token}`, kind: 'user', grants } };
};

export const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Everybody sees and keeps what is of the own organization; viewers keep nothing. */
export const access: DirectoryAccess = {
  maySee: ({ grants }, { organization }) => grants.some((grant) => covers(grant, organization)),
  partOf: ({ grants }) => {
    const [{ affordance } = {}] = grants;
    return affordance === undefined ? undefined : (_operation, name) => name === affordance;
  },
  mayKeep: ({ grants }, { organization }) =>
    grants.some((grant) => covers(grant, organization) && grant.role !== 'viewer'),
  homeOf: ({ grants }) => {
    const keeper = grants.find(({ role }) => role !== 'viewer');
    return keeper && (keeper.organization ?? 'default');
  },
  organizationOf: () => 'acme',
};

const covers = (grant: Grant, organization: string | undefined): boolean =>
  grant.organization === undefined || grant.organization === organization;
