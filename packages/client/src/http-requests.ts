import { isMembers, nestsTooDeep, parseJSON, ThingError, type TraceContext } from '@thingwright/core';
import { fromProblem } from '@thingwright/web-thing-protocol';
import { authorizationOf, type ClientCredentials } from './credentials.js';
import { readText } from './read-text.js';
import type { Schedule } from './schedule.js';

/** What HTTP requests need. */
export interface HttpOptions {
  readonly fetch: typeof fetch;
  readonly schedule: Schedule;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** The credentials that may go to a URL. */
  readonly credentialsFor: (url: string) => ClientCredentials;
  /** What a request to a URL says of its place among those of other programs. */
  readonly traceFor: (url: string) => TraceContext | undefined;
}

/** One HTTP request. */
export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly accept?: string;
  /** A JSON value to send; absent or undefined: no body and no Content-Type. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds; default the client's. */
  readonly timeout?: number;
  /** Reads the body of a refusal; default as Problem Details. */
  readonly readRefusal?: (status: number, body: unknown) => ThingError;
}

/** What came back: the body as JSON (undefined where there is none), and where it came from. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly url: string;
  readonly headers: Headers;
}

/**
 * Makes one request and reads its JSON. Rejects with a ThingError: `disconnected` without an answer, `timeout`, `aborted`, the code
 * of the status (RFC 9457 bodies are read), `protocol` for what is no JSON, `tooLarge` beyond 16 MiB.
 */
export async function requestJson(request: HttpRequest, options: HttpOptions): Promise<HttpAnswer> {
  const { schedule, requestTimeout } = options;
  const { timeout = requestTimeout, method = 'GET' } = request;
  const what = `${method} ${request.url}`;
  const limit = new AbortController();
  const cancel = schedule(
    () => limit.abort(new ThingError('timeout', `${what}: no answer within ${timeout} ms`)),
    timeout,
  );
  try {
    const signal = request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal;
    const response = await send({ ...request, signal }, options);
    const text = await textOf(response, what, signal);
    if (!response.ok) throw request.readRefusal?.(response.status, parseJSON(text)) ?? refusalOf(response, text, what);
    return {
      status: response.status,
      body: parse(text, what),
      url: response.url || request.url,
      headers: response.headers,
    };
  } finally {
    cancel();
  }
}

/** Makes one request, with the credentials that may go there. Rejects with a ThingError `disconnected`, or the signal's reason. */
export async function send(request: HttpRequest, { fetch, credentialsFor, traceFor }: HttpOptions): Promise<Response> {
  const { url, method = 'GET', accept = 'application/json', body, headers, signal } = request;
  try {
    return await fetch(url, {
      method,
      headers: {
        Accept: accept,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...authorizationOf(credentialsFor(url)),
        ...traceHeaders(traceFor(url)),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (thrown) {
    throw interruption(thrown, `${method} ${url}`, signal);
  }
}

const traceHeaders = (trace: TraceContext | undefined): Readonly<Record<string, string>> =>
  trace
    ? { traceparent: trace.traceparent, ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }) }
    : {};

/** Reads a refusal: Problem Details where the body has them, else by the status alone. */
export function refusalOf(response: Response, text: string, what: string): ThingError {
  const body = parseJSON(text);
  const { status } = response;
  if (isTorn(response, text, body)) return new ThingError('disconnected', `${what}: the request did not arrive whole`);
  const problem = typeof body === 'object' && body !== null ? body : {};
  const values = 'values' in problem && isMembers(problem.values) ? problem.values : undefined;
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? { retryAfter: wait } : {};
  return fromProblem({ title: `${what}: status ${status}`, ...retryAfter, ...problem, status }, values);
}

/** What says no more than the status does. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['type', 'title', 'status']);

/** A server that gets half a request says 400 without a reason, or 408, and closes: the line broke, the request is not to blame. */
function isTorn({ status, headers }: Response, text: string, body: unknown): boolean {
  if (status === 408) return true;
  const saysNothing = text === '' || (isMembers(body) && Object.keys(body).every((member) => SAYS_NOTHING.has(member)));
  return status === 400 && saysNothing && /\bclose\b/i.test(headers.get('Connection') ?? '');
}

async function textOf(response: Response, what: string, signal: AbortSignal): Promise<string> {
  try {
    return await readText(response);
  } catch (thrown) {
    throw interruption(thrown, what, signal);
  }
}

function interruption(thrown: unknown, what: string, signal: AbortSignal | undefined): ThingError {
  if (thrown instanceof ThingError) return thrown;
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  if (reason instanceof ThingError) return reason;
  if (signal?.aborted) return new ThingError('aborted', `${what} was aborted`, { cause: reason });
  return new ThingError('disconnected', `${what}: no answer`, { cause: thrown });
}

function parse(text: string, what: string): unknown {
  if (text === '') return undefined;
  // Whoever compared or wrote such a value would run out of stack.
  if (nestsTooDeep(text)) throw new ThingError('protocol', `${what}: the answer is nested more than 500 deep`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ThingError('protocol', `${what}: the answer is not JSON`, { cause });
  }
}
