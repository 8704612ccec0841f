import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may take as long as it needs to arrive, while it comes: a file. See {@link ServerLimits.requestTimeout}. */
    readonly longBody?: boolean;
  }
}

/** The config of a route to which files come. */
export const longBody = { longBody: true } as const;

/** Bytes of a long body that have to come within the time that others have altogether. */
const LEAST_BYTES = 65_536;

/** Gives bodies their time. */
export interface BodyTime {
  /** Looks at a request whose headers have come. */
  watch(request: IncomingMessage): void;
  /** Lets the routes that are added from now on say that their bodies are long. */
  serve(app: FastifyInstance): void;
}

/**
 * Bounds how long the bodies of requests may take to arrive. Node's own limit is one for all of a server, so that it would either cut
 * files or let anybody hold a connection for hours.
 */
export function createBodyTime(timeout: number, tooSlow: (socket: Socket) => void): BodyTime {
  const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

  const keep = (request: IncomingMessage, timer: NodeJS.Timeout): void => {
    timer.unref();
    timers.set(request, timer);
    request.once('close', () => clearInterval(timer));
  };

  /** From here on it only has to go on. While we are the ones who do not read, nothing is asked of it. */
  const letTakeLong = (request: IncomingMessage): void => {
    const whole = timers.get(request);
    if (!whole) return;
    clearTimeout(whole);
    const { socket } = request;
    let read = socket.bytesRead;
    const look = (): void => {
      if (request.complete) return;
      if (request.readableLength === 0 && socket.bytesRead - read < LEAST_BYTES) tooSlow(socket);
      read = socket.bytesRead;
    };
    keep(request, setInterval(look, timeout));
  };

  return {
    watch(request) {
      const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
      if (chunked === undefined && (length === undefined || length === '0')) return;
      const look = (): void => {
        if (!request.complete) tooSlow(request.socket);
      };
      keep(request, setTimeout(look, timeout));
    },
    serve(app) {
      app.addHook('onRoute', (route) => {
        if (!route.config?.longBody) return;
        const before = route.onRequest ?? [];
        route.onRequest = [
          ...(Array.isArray(before) ? before : [before]),
          (request, _reply, done) => {
            letTakeLong(request.raw);
            done();
          },
        ];
      });
    },
  };
}
