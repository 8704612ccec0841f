export { negotiate } from './answers.js';
export {
  type Asker,
  type Call,
  createRouter,
  type Methods,
  parameterOf,
  type Respond,
  type Router,
  type ThingCall,
} from './call.js';
export type { EventStream, Slowness } from './event-stream.js';
export { type HttpOptions, http } from './http.js';
export { httpForms } from './http-forms.js';
export { chooseMediaType } from './media-type.js';
export { createPreparedAnswers, type PreparedAnswer, type PreparedAnswers, visibilityOf } from './prepared-answers.js';
export type { RequestLimit, RequestRate } from './request-limit.js';
export { toSseComment } from './sse-message.js';
export { createStreamDoor, type OpenedStream, type StreamCare, type StreamDoor } from './stream-door.js';
export type { StreamOptions } from './streams.js';
