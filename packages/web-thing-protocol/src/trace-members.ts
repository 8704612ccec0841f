import type { Members, TraceContext } from '@thingwright/core';
import { ownMember } from './members.js';

/** Members of a request that say where it belongs among those of other programs, as HTTP's headers do; an extension, not in strict mode. */
const TRACE_MEMBERS = { parent: 'traceparent', state: 'tracestate' } as const;

/** A trace context as members of a request. */
export const traceMembers = ({ traceparent, tracestate }: TraceContext): Members => ({
  [TRACE_MEMBERS.parent]: traceparent,
  [TRACE_MEMBERS.state]: tracestate,
});

/** The trace context of a request, if it has one. */
export function traceOf(message: Members): TraceContext | undefined {
  const traceparent = ownMember(message, TRACE_MEMBERS.parent);
  if (typeof traceparent !== 'string') return undefined;
  const tracestate = ownMember(message, TRACE_MEMBERS.state);
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}
