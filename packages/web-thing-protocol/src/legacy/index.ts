export { encodeEvent, encodePropertyStatus, eventTime, toEventRecord, withConflated } from './change.js';
export {
  chooseDialect,
  type Dialect,
  type DialectChoice,
  type Door,
  LABTHINGS_PATH,
  WEBTHINGS_SUBPROTOCOL,
} from './dialect.js';
export {
  ADD_EVENT_SUBSCRIPTION,
  BAD_REQUEST,
  CONFLATED,
  FORBIDDEN,
  INVOCATION_HREF,
  INVOCATION_ID,
  OUTPUT,
  PROGRESS,
  REMOVE_ACTION_OBSERVATION,
  REMOVE_EVENT_SUBSCRIPTION,
  REMOVE_PROPERTY_OBSERVATION,
} from './extensions.js';
export type {
  DecodeOptions,
  Instruction,
  InstructionName,
  LegacyRequest,
  ObserveAction,
  RequestPart,
} from './instruction.js';
export { encodeLabThingsActionStatus, INVOCATIONS_PATH } from './labthings-action-status.js';
export {
  type RefusedValue,
  readLabThingsError,
  readLabThingsInput,
  toLabThingsErrorBody,
  UNPROCESSABLE,
} from './labthings-body.js';
export { type ErrorSubject, encodeLabThingsError } from './labthings-error.js';
export { type InvocationPlace, readInvocation, toInvocation, toInvocationSummary } from './labthings-invocation.js';
export { decodeLabThingsMessage } from './labthings-message.js';
export { decodeLabThingsRequest, encodeLabThingsRequest, type LabThingsInstruction } from './labthings-request.js';
export type {
  ActionsMessage,
  ConnectedMessage,
  ErrorMessage,
  EventsMessage,
  IgnoredMessage,
  LegacyMessage,
  PropertiesMessage,
  ThingMessage,
  UnusableFrame,
} from './legacy-message.js';
export {
  fromLabThingsWord,
  fromWebThingsWord,
  type ReportedRun,
  type RunState,
  runStateOf,
  toLabThingsWord,
  toWebThingsWord,
  type WordContext,
} from './run.js';
export { labThingsSocket, webThingsSocket } from './socket-address.js';
export {
  encodeWebThingsActionStatus,
  readWebThingsStatus,
  type StatusOptions,
  type ToldRun,
  toWebThingsStatus,
} from './webthings-action-status.js';
export {
  type ActionBody,
  type BodyShape,
  type Fits,
  named,
  type PropertyBody,
  readActionBody,
  readActionsBody,
  readPropertyBody,
} from './webthings-body.js';
export {
  type ErrorOrigin,
  encodeWebThingsError,
  MISSING_THING_ID,
  requestOf,
  thingNotFound,
  toWebThingsFailure,
  type WebThingsFailure,
} from './webthings-error.js';
export { decodeWebThingsMessage, encodeConnected, encodeThingChange } from './webthings-message.js';
export { decodeWebThingsRequest, encodeWebThingsRequest, type WebThingsInstruction } from './webthings-request.js';
