import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { openGateway, openTracing } from '../src/index.js';
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

  it('sends a collector the spans of operations over HTTP, as part of their callers’ traces', async () => {
    await using collector = await openCollector();
    {
      await using tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` }, silent);
      if (!tracing) throw new Error('no tracing');
      await using gateway = await openGateway({ port: 0, adminToken: 'admin', tracer: tracing.tracer });
      const headers = { authorization: 'Bearer admin', traceparent };
      await fetch(`${gateway.url}/things/gateway/properties/version`, { headers });
      await fetch(`${gateway.url}/things/gateway/properties/nothing`, { headers });
    }
    const done = await collector.span(({ attributes }) => attributes['wot.affordance'] === 'version');
    expect(done).to.deep.include({ name: 'readproperty', traceId: TRACE_ID, parentSpanId: '00f067aa0ba902b7' });
    expect(done.attributes).to.include({ 'wot.thing.name': 'gateway', 'wot.binding': 'http', 'wot.result': 'done' });
    expect(done.resource).to.include({ 'service.name': 'thingwright' });
    const failed = await collector.span(({ attributes }) => attributes['wot.affordance'] === 'nothing');
    expect(failed.attributes).to.include({ 'wot.result': 'notFound' });
    expect(new Set(collector.paths)).to.deep.equal(new Set(['/v1/traces']));
  });
});
