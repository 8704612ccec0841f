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
export { EventStream, type Slowness, type StreamHost } from './event-stream.js';
export { type HttpOptions, http } from './http.js';
export { httpForms } from './http-forms.js';
export { chooseMediaType } from './media-type.js';
export { createPreparedAnswers, type PreparedAnswer, type PreparedAnswers, visibilityOf } from './prepared-answers.js';
export type { RequestLimit, RequestRate } from './request-limit.js';
export { toSseComment } from './sse-message.js';
export { createStreamKeeper, type StreamKeeper } from './stream-keeper.js';
export type { StreamOptions } from './streams.js';
