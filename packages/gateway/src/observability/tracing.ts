import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Answer, type ErrorCode, ThingError, type Trace, type TraceContext, type Traced } from '@thingwright/core';

/** Codes that tell of a fault on our side; what a caller did wrong is no error of the span. */
const OUR_FAULTS: ReadonlySet<ErrorCode> = new Set(['failed', 'unavailable', 'timeout', 'disconnected', 'protocol']);

/**
 * Makes a span of every operation: which, on what, over which binding and with what result; part of the caller's trace where the
 * request says so. What handlers trace themselves belongs to it. An asynchronous action's span ends when it is accepted.
 */
export function createTrace(tracer: Tracer): Trace {
  return (traced, perform) => {
    const parent = parentOf(traced.context.trace);
    const { operation } = traced;
    const span = tracer.startSpan(operation.op, { kind: SpanKind.SERVER, attributes: attributesOf(traced) }, parent);
    try {
      const answer = context.with(trace.setSpan(parent, span), perform);
      if (answer instanceof Promise) return follow(span, answer);
      end(span);
      return answer;
    } catch (thrown) {
      fail(span, thrown);
      throw thrown;
    }
  };
}

function attributesOf({ thing, operation, context: { binding } }: Traced): Attributes {
  return {
    'wot.thing.id': thing.id,
    'wot.thing.name': thing.name,
    'wot.operation': operation.op,
    ...('name' in operation && operation.name !== undefined ? { 'wot.affordance': operation.name } : {}),
    ...(binding === undefined ? {} : { 'wot.binding': binding }),
  };
}

async function follow(span: Span, answer: Promise<Answer>): Promise<Answer> {
  try {
    const answered = await answer;
    end(span);
    return answered;
  } catch (thrown) {
    fail(span, thrown);
    throw thrown;
  }
}

const RESULT = 'wot.result';

function end(span: Span): void {
  span.setAttribute(RESULT, 'done').end();
}

function fail(span: Span, thrown: unknown): void {
  const code = thrown instanceof ThingError ? thrown.code : 'failed';
  span.setAttribute(RESULT, code);
  if (OUR_FAULTS.has(code)) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/**
 * Where what is done now belongs, for the requests that it makes: the span at work. Undefined where there is none, or only one that
 * has ended, as in timers and sockets that were opened while it lasted.
 */
export function activeTrace(): TraceContext | undefined {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return traceState ? { traceparent, tracestate: traceState.serialize() } : { traceparent };
}

/** Version, trace, parent, flags (W3C Trace Context, section 3.2.2); of later versions, what may follow is passed over. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Characters of a tracestate that are passed on. */
const MOST_STATE = 512;

/** The caller's span, if what it says of it makes sense; else there is none. */
function parentOf(stated: TraceContext | undefined): Context {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(stated?.traceparent ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return ROOT_CONTEXT;
  const state = stated?.tracestate;
  const spanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(state !== undefined && state.length <= MOST_STATE ? { traceState: createTraceState(state) } : {}),
  };
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}
