import { randomUUID } from 'node:crypto';
import { type Authenticate, type Policy, type Site, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { ListenOptions } from '@thingwright/listener';
import {
  deviceManager,
  type FindSequence,
  type RegisteredScanner,
  type ScannerKind,
  type ScannerKindOptions,
  type ScannerRegistry,
} from '@thingwright/scanner';
import { type Served, serveScanner, TOKEN, UUID } from '../served-scanner.js';

/** What a test may say of a request; a `body` that is neither text nor bytes is sent as JSON. */
interface Call {
  readonly as?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What was answered; `body` is what its JSON says. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Managed extends Served {
  /** Calls the device manager: `GET /x` is `/api/v1/device/x`, as `admin` if nothing else is said. */
  call(line: string, call?: Call): Promise<Answered>;
  /** How many scanners there are. */
  readonly count: number;
}

const ROLES = ['viewer', 'operator', 'admin'];
const READS = ['readproperty', 'readmultipleproperties', 'describe'];

/** Tokens are roles; `nobody` is known and may do nothing. */
const authenticate: Authenticate = (credentials) => {
  if (credentials.kind !== 'bearer' || ![...ROLES, 'nobody'].includes(credentials.token)) return undefined;
  const { token } = credentials;
  return { principal: { id: `user:${token}`, kind: 'user', grants: token === 'nobody' ? [] : [{ role: token }] } };
};

const policy: Policy = ({ principal: { grants }, operation }) => {
  const level = Math.max(...grants.map(({ role }) => ROLES.indexOf(role)), -1);
  return level >= (READS.includes(operation) ? 0 : 1);
};

/** What is not as by default. */
export interface ManagedWith {
  readonly findSequence?: FindSequence;
  readonly kind?: Partial<ScannerKindOptions>;
  readonly listen?: ListenOptions;
}

/** Serves the device `mri` with a device manager, whose registry is in memory. */
export async function serveManager({ findSequence, kind: of = {}, listen = {} }: ManagedWith = {}): Promise<Managed> {
  const known = new Map<string, RegisteredScanner>();
  const add = (name: string, id: string): void => {
    const created = '2026-03-01T10:00:00.000Z';
    known.set(id, { name, id, created, modified: created });
  };
  add('mri', `urn:uuid:${UUID}`);
  const registryOn = (site: Site, kind: ScannerKind): ScannerRegistry => {
    const demandAdmin = (grants: readonly { readonly role: string }[]): void => {
      if (!grants.some(({ role }) => role === 'admin')) throw new ThingError('forbidden', 'Only for admins');
    };
    return {
      list: () => [...known.values()],
      find: (id) => known.get(id),
      async create(_title, { principal }) {
        demandAdmin(principal.grants);
        const [id, name] = [`urn:uuid:${randomUUID()}`, `scanner_${known.size}`];
        site.add(name, kind.expose({ name, id }), { id });
        add(name, id);
        return { id, token: TOKEN };
      },
      async remove(name, { principal }) {
        demandAdmin(principal.grants);
        for (const [id, each] of known) if (each.name === name) known.delete(id);
        await site.remove(name);
      },
      check: async () => undefined,
    };
  };
  const served = await serveScanner(of, listen, {
    authenticate,
    policy,
    bindings: (site, kind) => [
      deviceManager({ registry: registryOn(site, kind), compileCheck, ...(findSequence ? { findSequence } : {}) }),
    ],
  });
  return {
    ...served,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
    get count() {
      return known.size;
    },
    async call(line, { as = 'admin', body, headers = {}, signal } = {}) {
      const [method = 'GET', path = ''] = line.split(' ');
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(`${served.http}/api/v1/device${path}`, {
        method,
        ...(signal ? { signal } : {}),
        headers: {
          ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: isRaw ? new Blob([new Uint8Array(Buffer.from(body))]) : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}
