import { type BackOffOptions, createBackOff, type Log, silent, ThingError } from '@thingwright/core';
import { BehaviorSubject, type Observable } from 'rxjs';
import { WebSocket } from 'ws';
import { systemTimer, type Timer } from '../timer.js';

/** Whom to call, and what to do with what comes in. */
export interface DialOptions {
  /** The door's full address, `ws://` or `wss://`. Never put a secret into it. */
  readonly url: string;
  /** The device's name; for messages. */
  readonly name: string;
  /** Sent as `Authorization: Bearer` with each handshake, and nowhere else. */
  readonly token: string;
  /** Further headers of the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  /** Called with each text message that arrives. */
  readonly onCommand?: (text: string) => void;
  readonly log?: Log;
  /** Ends it all. */
  readonly signal?: AbortSignal;
  /** How long it waits before it dials again. */
  readonly backOff?: BackOffOptions;
  /** Milliseconds without a sign of life after which the line counts as broken. Default 60,000. */
  readonly silence?: number;
  readonly timer?: Timer;
}

/** How a device's connection stands. */
export interface DialState {
  readonly state: 'CONNECTING' | 'OPEN' | 'CLOSED';
  /** The close code, once it was closed. */
  readonly code?: number;
  /** The HTTP status, if the handshake was refused. */
  readonly status?: number;
}

/** Why a device stopped dialling. */
export interface DialEnd {
  readonly cause: 'stopped' | 'refused';
  /** `unauthenticated` or `forbidden`, where it was refused. */
  readonly error?: ThingError;
}

/** A device's own half of its link: dials, and dials again, until it is stopped or refused. */
export interface Dial extends AsyncDisposable {
  /** How the connection stands, and every change; completes at the end. */
  readonly state: Observable<DialState>;
  /** Resolves at the end; never rejects. */
  readonly ended: Promise<DialEnd>;
  /** Sends a text message, an object as JSON; false, and nothing is sent, while there is no connection. */
  send(message: object | string): boolean;
}

/** A connection that held so long was a success: the next failure is the first again. */
const STABLE = 10_000;
/** Bytes that may wait; a device that measures sends the latest later rather than all. */
const BACKLOG = 1_048_576;
const CLOSE_GRACE = 1000;

/**
 * Keeps a device connected: reconnects for ever, after 1 to 30 s with jitter, or after `Retry-After` where the server says
 * it. Stops at the statuses 401 and 403 (without `Retry-After`), for which no repetition helps.
 * @throws SyntaxError at once, for a URL that is none.
 */
export function dialIn(options: DialOptions): Dial {
  const { url, name, token, onCommand, log = silent, timer = systemTimer, silence = 60_000, signal } = options;
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  const backOff = createBackOff(options.backOff);
  const state = new BehaviorSubject<DialState>({ state: 'CLOSED' });
  let failures = 0;
  let websocket: WebSocket | undefined;
  let lastHeard = 0;
  let stopWaiting = (): void => {};
  let isOver = false;
  let settle: (end: DialEnd) => void = () => {};
  const ended = new Promise<DialEnd>((resolve) => {
    settle = resolve;
  });

  const finish = (end: DialEnd): void => {
    if (isOver) return;
    isOver = true;
    stopWaiting();
    stopWatching();
    signal?.removeEventListener('abort', stop);
    if (websocket) closeGently(websocket, timer);
    state.next({ ...state.value, state: 'CLOSED' });
    state.complete();
    settle(end);
  };
  const stop = (): void => finish({ cause: 'stopped' });

  const stopWatching = timer.every(silence / 4, () => {
    if (websocket?.readyState !== WebSocket.OPEN) return;
    const quiet = timer.now() - lastHeard;
    if (quiet >= silence) {
      log.warn({ device: name, seconds: Math.round(quiet / 1000) }, 'nothing heard from the server; dialling anew');
      websocket.terminate();
    } else if (quiet >= silence / 2) {
      websocket.ping();
    }
  });

  const retry = (least = 0): void => {
    if (isOver) return;
    const wait = Math.max(backOff(++failures), least);
    log.info({ device: name, seconds: Math.round(wait / 100) / 10 }, 'dialling again after a while');
    stopWaiting = timer.after(wait, connect);
  };

  const refused = (status: number, retryAfter: number | undefined): void => {
    log.warn({ device: name, status }, 'the server refused the handshake');
    state.next({ state: 'CLOSED', status });
    if ((status === 401 || status === 403) && retryAfter === undefined) {
      const code = status === 401 ? 'unauthenticated' : 'forbidden';
      const detail = `The server refused '${name}' with status ${status}: check its name and its token`;
      log.error({ device: name, status }, detail);
      finish({ cause: 'refused', error: new ThingError(code, detail) });
      return;
    }
    retry((retryAfter ?? 0) * 1000);
  };

  const connect = (): void => {
    const opened = new WebSocket(url, [...(options.protocols ?? [])], { headers, perMessageDeflate: false });
    let openedAt: number | undefined;
    let isRefused = false;
    websocket = opened;
    const heard = (): void => {
      lastHeard = timer.now();
    };
    state.next({ state: 'CONNECTING' });
    opened
      .on('open', () => {
        openedAt = timer.now();
        heard();
        log.info({ device: name }, 'connected');
        state.next({ state: 'OPEN' });
      })
      .on('ping', heard)
      .on('pong', heard)
      .on('message', (data, isBinary) => {
        heard();
        if (isOver || isBinary || !onCommand) return;
        try {
          onCommand(data.toString());
        } catch (error) {
          log.error({ device: name, error }, 'a command could not be dealt with');
        }
      })
      .on('unexpected-response', (_request, response) => {
        isRefused = true;
        opened.terminate();
        if (!isOver) refused(response.statusCode ?? 0, seconds(response.headers['retry-after']));
      })
      .on('error', (error) => log.debug({ device: name, error: error.message }, 'the connection failed'))
      .on('close', (code, reason) => {
        if (isOver || isRefused || opened !== websocket) return;
        log.info({ device: name, code, reason: reason.toString() }, 'disconnected');
        state.next({ state: 'CLOSED', code });
        if (openedAt !== undefined && timer.now() - openedAt >= STABLE) failures = 0;
        retry();
      });
  };

  if (signal?.aborted) {
    stop();
  } else {
    signal?.addEventListener('abort', stop);
    try {
      connect();
    } catch (error) {
      stop();
      throw error;
    }
  }

  return {
    state: state.asObservable(),
    ended,
    send(message) {
      if (websocket?.readyState !== WebSocket.OPEN || websocket.bufferedAmount > BACKLOG) return false;
      websocket.send(typeof message === 'string' ? message : JSON.stringify(message));
      return true;
    },
    async [Symbol.asyncDispose]() {
      const last = websocket;
      stop();
      if (last && last.readyState !== WebSocket.CLOSED) await new Promise((resolve) => last.once('close', resolve));
    },
  };
}

/** Says goodbye, and does not wait for long for the answer. */
function closeGently(websocket: WebSocket, timer: Timer): void {
  if (websocket.readyState === WebSocket.CLOSED) return;
  const stop = timer.after(CLOSE_GRACE, () => websocket.terminate());
  websocket.once('close', stop);
  if (websocket.readyState === WebSocket.CONNECTING) websocket.terminate();
  else websocket.close(1000);
}

/** The seconds of a `Retry-After` header (RFC 9110, section 10.2.3; the form with a date is not read). */
function seconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
