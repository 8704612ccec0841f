import { once } from 'node:events';
import { createServer } from 'node:http';
import { isMembers } from '@thingwright/core';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';

/** A span as a collector gets it. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** More than any test makes. */
const MOST_SPANS = 1000;

/** An OpenTelemetry collector: takes OTLP over HTTP in JSON. */
export async function openCollector() {
  const spans = new ReplaySubject<CollectedSpan>(MOST_SPANS);
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      paths.push(request.url ?? '');
      for (const span of spansIn(JSON.parse(Buffer.concat(chunks).toString()))) spans.next(span);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    paths,
    /** The first span that fits. */
    span: (fits: (span: CollectedSpan) => boolean) => firstValueFrom(spans.pipe(filter(fits))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const listIn = (value: unknown, name: string): readonly unknown[] => {
  const list = isMembers(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
};

function spansIn(body: unknown): readonly CollectedSpan[] {
  return listIn(body, 'resourceSpans').flatMap((ofResource) => {
    const resource = attributesOf(isMembers(ofResource) ? ofResource.resource : undefined);
    return listIn(ofResource, 'scopeSpans')
      .flatMap((ofScope) => listIn(ofScope, 'spans'))
      .filter(isMembers)
      .map((span) => ({
        name: String(span.name),
        traceId: String(span.traceId),
        parentSpanId: typeof span.parentSpanId === 'string' ? span.parentSpanId : undefined,
        attributes: attributesOf(span),
        resource,
      }));
  });
}

const attributesOf = (owner: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    listIn(owner, 'attributes')
      .filter(isMembers)
      .map(({ key, value }) => [String(key), isMembers(value) ? Object.values(value)[0] : undefined]),
  );
