import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ANONYMOUS, type Answer, type Operation, ThingError, type TraceContext } from '@thingwright/core';
import { expect } from 'chai';
import { activeTrace, createTrace } from '../../src/observability/tracing.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

describe('the span of an operation', () => {
  const exporter = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test');
  const carryOut = createTrace(tracer);
  const thing = { id: 'urn:lamp', name: 'lamp' };
  const read: Operation = { op: 'readproperty', name: 'on' };
  const traced = (operation: Operation, stated?: TraceContext) => ({
    thing,
    operation,
    context: { principal: ANONYMOUS, binding: 'websocket', ...(stated ? { trace: stated } : {}) },
  });
  beforeEach(() => exporter.reset());
  const only = () => {
    const [span, ...more] = exporter.getFinishedSpans();
    if (!span || more.length > 0) throw new Error(`${more.length + 1} spans`);
    return span;
  };

  it('says which operation on what, over what, and with what result', () => {
    const answer = carryOut(traced(read), () => ({ value: true }));
    expect(answer).to.deep.equal({ value: true });
    const { name, kind, attributes, parentSpanContext } = only();
    expect([name, kind, parentSpanContext]).to.deep.equal(['readproperty', SpanKind.SERVER, undefined]);
    expect(attributes).to.deep.equal({
      'wot.thing.id': 'urn:lamp',
      'wot.thing.name': 'lamp',
      'wot.operation': 'readproperty',
      'wot.affordance': 'on',
      'wot.binding': 'websocket',
      'wot.result': 'done',
    });
  });

  it('ends when an answer that comes later is there, and not before', async () => {
    let answer: (answer: Answer) => void = () => undefined;
    const later = carryOut(
      traced({ op: 'queryallactions' }),
      () => new Promise<Answer>((resolve) => (answer = resolve)),
    );
    expect(exporter.getFinishedSpans()).to.deep.equal([]);
    answer({ statuses: {} });
    expect(await later).to.deep.equal({ statuses: {} });
    expect(only().attributes).to.include({ 'wot.result': 'done' }).and.not.have.property('wot.affordance');
  });

  for (const [code, status] of [
    ['notFound', SpanStatusCode.UNSET],
    ['unavailable', SpanStatusCode.ERROR],
  ] as const) {
    it(`has the code of the error that is thrown, and is ${status === 0 ? 'no' : 'an'} error for ${code}`, async () => {
      const error = new ThingError(code, 'No.');
      expect(() =>
        carryOut(traced(read), () => {
          throw error;
        }),
      ).to.throw(error);
      expect(only()).to.deep.include({ status: { code: status } });
      exporter.reset();
      const thrown: unknown = await Promise.resolve(carryOut(traced(read), () => Promise.reject(error))).catch(
        (rejected: unknown) => rejected,
      );
      expect(thrown).to.equal(error);
      expect(only().attributes).to.include({ 'wot.result': code });
    });
  }

  it('belongs to the trace that the request names, with its state', () => {
    void carryOut(traced(read, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'lab=1' }), () => ({}));
    const span = only();
    expect(span.spanContext()).to.include({ traceId: TRACE_ID });
    expect(span.parentSpanContext).to.include({ spanId: SPAN_ID, isRemote: true });
    expect(span.spanContext().traceState?.get('lab')).to.equal('1');
  });

  for (const traceparent of [
    '',
    'nonsense',
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  ]) {
    it(`begins a trace where the request says '${traceparent.slice(0, 20)}…'`, () => {
      void carryOut(traced(read, { traceparent }), () => ({}));
      expect(only().parentSpanContext).to.equal(undefined);
    });
  }

  it('is the parent of what the handler traces', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      void carryOut(traced(read), () => {
        tracer.startSpan('inside').end();
        return {};
      });
    } finally {
      context.disable();
    }
    const [inside, around] = exporter.getFinishedSpans();
    expect(inside?.parentSpanContext?.spanId).to.equal(around?.spanContext().spanId);
    expect(trace.getActiveSpan()).to.equal(undefined);
  });

  it('is what the requests that the handler makes say, until it has ended', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const said: unknown[] = [];
    try {
      let after: () => void = () => undefined;
      const stated = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'lab=1' };
      void carryOut(traced(read, stated), () => {
        after = context.bind(context.active(), () => said.push(activeTrace()));
        said.push(activeTrace());
        return {};
      });
      after();
    } finally {
      context.disable();
    }
    const { traceId, spanId } = only().spanContext();
    expect(said).to.deep.equal([{ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'lab=1' }, undefined]);
    expect(activeTrace()).to.equal(undefined);
  });
});
