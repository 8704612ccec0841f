export {
  AFFORDANCE_PREFIXES,
  AFFORDANCE_TERM,
  type AffordanceAddress,
  affordanceURI,
  parseAffordanceURI,
  withAffordance,
} from './affordance-address.js';
export {
  decodeActionStatus,
  decodeMessage,
  type NotificationMessage,
  type ResponseMessage,
  type UnusableMessage,
} from './decode-message.js';
export { decodeRequest, type RequestEnvelope } from './decode-request.js';
export { conflatedMember, notificationHead, notificationTail, removalHead } from './encode-notification.js';
export { encodeRequest, type RequestAddress } from './encode-request.js';
export { encodeError, encodeResponse, type ResponseOptions, toActionStatus } from './encode-response.js';
export { SHARED_SOCKET_PATH, webThingProtocolForms } from './forms.js';
export { type Failure, fromProblem, type Problem, statusOf, toProblem } from './problem.js';
export { SUBPROTOCOL } from './provisional.js';
