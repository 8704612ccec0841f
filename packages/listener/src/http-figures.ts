import type { Figure, Histogram, Meter } from '@thingwright/core';
import type { FastifyInstance } from 'fastify';

/** Counts how long requests take until their answer begins, by method and status. Event streams are no such requests. */
export function measureRequests(fastify: FastifyInstance, meter: Meter): void {
  const byMethod = new Map<string, Map<number, Histogram>>();
  const known: ReadonlySet<string> = new Set(fastify.supportedMethods);

  const histogramOf = (method: string, status: number): Histogram => {
    let byStatus = byMethod.get(method);
    if (!byStatus) {
      byStatus = new Map();
      byMethod.set(method, byStatus);
    }
    let histogram = byStatus.get(status);
    if (!histogram) {
      histogram = meter.histogram({
        name: 'thingwright_http_request_duration_seconds',
        help: 'Time from a request to the beginning of its answer.',
        labels: { method, status: String(status) },
      });
      byStatus.set(status, histogram);
    }
    return histogram;
  };

  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const method = known.has(request.method) ? request.method : 'other';
    histogramOf(method, reply.statusCode).record(reply.elapsedTime / 1000);
    done();
  });
}

/** What is counted of a door's connections. */
export interface DoorFigures {
  readonly open: Figure;
  /** Dropped because there were too many, in all or of their address. */
  readonly dropped: Readonly<Record<'all' | 'address', Figure>>;
}

/** The figures of a door: `plain` or `tls`. */
export function doorFigures(meter: Meter, door: 'plain' | 'tls'): DoorFigures {
  const dropped = (limit: string): Figure =>
    meter.counter({
      name: 'thingwright_connections_dropped_total',
      help: 'Connections dropped because there were too many, in all or of their address.',
      labels: { door, limit },
    });
  return {
    open: meter.gauge({
      name: 'thingwright_connections',
      help: 'Connections that are open, WebSockets and idle ones too.',
      labels: { door },
    }),
    dropped: { all: dropped('all'), address: dropped('address') },
  };
}
