/** What one connection may take of us. */
export interface ConnectionLimits {
  /** Bytes of a frame; more closes with 1009. Default 1 MiB. */
  readonly frameSize: number;
  /** Bytes that may wait for a slow reader before its properties conflate and its events queue. Default 1 MiB. */
  readonly maxBuffered: number;
  /** Events that may queue for a slow reader before it is closed with 1013. Default 1000. */
  readonly queuedEvents: number;
  /** Bytes of such events. Default 2 MiB. */
  readonly queuedBytes: number;
  /** Requests that may be answered later; more are read only when one of them is done. Default 1000. */
  readonly requestsInFlight: number;
  /** Messages in one second; more are refused with 429. Default 20,000. */
  readonly messagesPerSecond: number;
  /** Unusable frames in a row before the socket is closed with 1008. Default 20. */
  readonly unusableFrames: number;
  /** Milliseconds between pings; a peer that misses two is given up. Default 30 s. */
  readonly pingInterval: number;
}

/** Limits that are safe for a gateway on an open network. */
export const DEFAULT_LIMITS: ConnectionLimits = {
  frameSize: 1_048_576,
  maxBuffered: 1_048_576,
  queuedEvents: 1000,
  queuedBytes: 2_097_152,
  requestsInFlight: 1000,
  messagesPerSecond: 20_000,
  unusableFrames: 20,
  pingInterval: 30_000,
};
