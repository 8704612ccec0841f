import { once } from 'node:events';
import { silent } from '@thingwright/core';
import { expect } from 'chai';
import WebSocket from 'ws';
import { openGateway, openTracing } from '../../src/index.js';
import { openCollector } from './collector.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

describe('tracing by the standard variables', () => {
  for (const [what, environment] of [
    ['without a collector', {}],
    ['where the SDK is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
    ['without an exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }],
  ] as const) {
    it(`is off ${what}`, async () => {
      expect(await openTracing(environment, silent)).to.equal(undefined);
    });
  }

  it('refuses an address of a collector that is none', async () => {
    const error: unknown = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, silent).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: 'invalid' });
  });

  it('sends a collector the spans of operations over HTTP and sockets, as part of the traces of their callers', async () => {
    await using collector = await openCollector();
    {
      await using tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` }, silent);
      if (!tracing) throw new Error('no tracing');
      await using gateway = await openGateway({ port: 0, adminToken: 'admin', tracer: tracing.tracer });
      const headers = { authorization: 'Bearer admin', traceparent };
      await fetch(`${gateway.url}/things/gateway/properties/version`, { headers });
      await fetch(`${gateway.url}/things/gateway/properties/nothing`, { headers });
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/things`, 'webthingprotocol', { headers });
      await once(socket, 'open');
      const members = { messageID: '1', messageType: 'request', operation: 'readproperty', name: 'startedAt' };
      socket.send(JSON.stringify({ thingID: gateway.id, ...members, traceparent }));
      await once(socket, 'message');
      socket.close();
    }
    const done = await collector.span(({ attributes }) => attributes['wot.binding'] === 'http');
    expect(done).to.deep.include({ name: 'readproperty', traceId: TRACE_ID, parentSpanId: '00f067aa0ba902b7' });
    expect(done.attributes).to.include({ 'wot.thing.name': 'gateway', 'wot.binding': 'http', 'wot.result': 'done' });
    expect(done.resource).to.include({ 'service.name': 'thingwright' });
    const overSocket = await collector.span(({ attributes }) => attributes['wot.binding'] === 'websocket');
    expect(overSocket).to.deep.include({ traceId: TRACE_ID, parentSpanId: '00f067aa0ba902b7' });
    expect(overSocket.attributes).to.include({ 'wot.affordance': 'startedAt', 'wot.result': 'done' });
    const failed = await collector.span(({ attributes }) => attributes['wot.affordance'] === 'nothing');
    expect(failed.attributes).to.include({ 'wot.result': 'notFound' });
    expect(new Set(collector.paths)).to.deep.equal(new Set(['/v1/traces']));
  });
});
