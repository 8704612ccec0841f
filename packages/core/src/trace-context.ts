/** Where a request belongs among those of other programs (W3C Trace Context, sections 3.2 and 3.3), as it came and unchecked. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}
