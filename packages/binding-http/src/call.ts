import {
  type Authentication,
  type Context,
  type Site,
  type Thing,
  ThingError,
  type TraceContext,
} from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { RequestLimit } from './request-limit.js';

/** Who asks, and what operations on their behalf run with. */
export interface Asker extends Authentication, Context {}

/** A request of somebody whom we know. */
export interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Asker;
}

/** A call of a Thing that the caller may see. */
export interface ThingCall extends Call {
  readonly thing: Thing;
}

/** Answers a call, at once or later; what it throws is answered with Problem Details. */
export type Respond<C extends Call = Call> = (call: C) => void | Promise<void>;

/** What an address answers, by method. HEAD goes with GET; every other method is refused with 405. */
export interface Methods<C extends Call = Call> {
  readonly GET?: Respond<C>;
  readonly PUT?: Respond<C>;
  readonly POST?: Respond<C>;
  readonly PATCH?: Respond<C>;
  readonly DELETE?: Respond<C>;
}

/** Adds addresses to a Fastify instance, open to those only whom the listener knows. */
export interface Router {
  add(path: string, methods: Methods): void;
  /** An address of a Thing: `path` begins after `/things/:name`. A Thing that the caller may not see is not there. */
  addForThing(path: string, methods: Methods<ThingCall>): void;
}

const CALLER = 'caller';

/** Makes a Router. Callers are asked who they are before any byte of a body is read. */
export function createRouter(
  app: FastifyInstance,
  site: Site,
  { listener, limit }: { readonly listener: Listener; readonly limit: RequestLimit | undefined },
): Router {
  app.decorateRequest(CALLER, null);

  const admit = (request: FastifyRequest, authentication: Authentication | undefined): void => {
    limit?.(keyOf(authentication, () => listener.addressOf(request.raw)));
    if (!authentication) throw unknownCaller(request.url);
    request.setDecorator<Asker>(CALLER, askerOf(request, authentication, listener));
  };

  const identify: onRequestHookHandler = (request, _reply, done) => {
    const found = listener.authenticate(request.raw);
    if (!(found instanceof Promise)) {
      admit(request, found);
      return done();
    }
    found.then((authentication) => admit(request, authentication)).then(() => done(), done);
  };

  const add = (path: string, methods: Methods): void => {
    const defined = (['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const).filter((method) => methods[method]);
    for (const method of defined) {
      const respond = methods[method];
      app.route({
        method,
        url: path,
        onRequest: identify,
        handler: (request, reply) => respond?.({ request, reply, caller: request.getDecorator(CALLER) }),
      });
    }
    refuseOthers(app, path, defined);
  };

  return {
    add,
    addForThing(path, methods) {
      const ofThing = (respond: Respond<ThingCall> | undefined): Respond | undefined =>
        respond &&
        (({ request, reply, caller }) => {
          const thing = thingOf(site, request, caller);
          return respond({ request, reply, caller, thing });
        });
      const entries = Object.entries(methods).map(([method, respond]) => [method, ofThing(respond)]);
      add(`/things/:name${path}`, Object.fromEntries(entries));
    },
  };
}

/** The value of a `:parameter` of the path, decoded. */
export function parameterOf({ params }: FastifyRequest, name: string): string {
  if (typeof params !== 'object' || params === null) return '';
  const value: unknown = Reflect.get(params, name);
  return typeof value === 'string' ? value : '';
}

function askerOf({ headers, raw }: FastifyRequest, { principal, ended }: Authentication, listener: Listener): Asker {
  const trace = traceOf(headers);
  return {
    principal,
    from: { address: listener.addressOf(raw) },
    binding: 'http',
    ...(ended ? { ended } : {}),
    ...(trace ? { trace } : {}),
  };
}

/** Where a request belongs among those of other programs, if it says so (W3C Trace Context). */
function traceOf({ traceparent, tracestate }: FastifyRequest['headers']): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate: [tracestate].flat().join(',') };
}

function thingOf(site: Site, request: FastifyRequest, { principal }: Authentication): Thing {
  const name = parameterOf(request, 'name');
  const thing = site.things.get(name);
  if (!thing || !site.isVisible(thing, principal)) {
    throw new ThingError('notFound', `There is no Thing named '${name}'`);
  }
  return thing;
}

/** Whose requests are counted together: a principal's, or those of an address where everybody is nobody. */
function keyOf(authentication: Authentication | undefined, address: () => string): string {
  if (!authentication || authentication.principal.kind === 'anonymous') return `address ${address()}`;
  return `principal ${authentication.principal.id}`;
}

function unknownCaller(url: string): ThingError {
  const inUrl = /[?&](?:access_token|jwt)=/.test(url);
  const advice = inUrl ? '; a token does not belong into a URL: send it as Authorization: Bearer' : '';
  return new ThingError('unauthenticated', `Credentials are missing, unknown or wrong${advice}`);
}

function refuseOthers(app: FastifyInstance, path: string, defined: readonly string[]): void {
  const known = defined.includes('GET') ? ['GET', 'HEAD', ...defined.slice(1)] : defined;
  const allow = [...known, 'OPTIONS'].join(', ');
  app.route({
    method: app.supportedMethods.filter((method) => !known.includes(method)),
    url: path,
    onRequest: (request, reply, done) => {
      reply.header('allow', allow);
      if (request.method === 'OPTIONS') return void reply.code(204).send();
      done(new ThingError('notAllowed', `${request.method} is not for this address, but ${allow}`));
    },
    handler: (_request, reply) => reply.send(),
  });
}
