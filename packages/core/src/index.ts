export type { Audit, AuditEntry } from './account.js';
export { ACTION_STATUS } from './action-status.js';
export { type BackOff, type BackOffOptions, createBackOff } from './back-off.js';
export type { Answer, Channel, Context, InvocationFailure, InvocationStatus, LogLine } from './channel.js';
export type { Check, CompileCheck } from './check.js';
export { formatMicroseconds, formatMilliseconds, type Now } from './clock.js';
export { defineThing } from './define-thing.js';
export { type Description, describe, TD_CONTEXT, toThingModel } from './describe.js';
export { type Exposure, expose, type Handlers } from './expose.js';
export type {
  Access,
  AcknowledgedRun,
  ActionImplementation,
  ActionParts,
  Fetched,
  Handler,
  Implementation,
  PropertyImplementation,
  Pushed,
  Run,
  RunOf,
  Written,
} from './implementation.js';
export type { JournalLimits } from './journal.js';
export { BOUNDS, createMeter, type Family, KeptHistogram, type KeptMeter, type Series } from './kept-meter.js';
export { type Log, silent } from './log.js';
export { isMembers, type Members } from './members.js';
export type { Changes, KeptChange, KeptInvocation, KeptValue, Memory, ThingMemory } from './memory.js';
export { type Figure, type Histogram, type Measure, type Meter, unread } from './meter.js';
export type {
  ActionDeclaration,
  ActionsOf,
  Affordance,
  DataOf,
  EventDeclaration,
  EventsOf,
  InputOf,
  Link,
  Model,
  OutputOf,
  ProgressOf,
  PropertiesOf,
  PropertyDeclaration,
  ValueOf,
} from './model.js';
export { type Described, type ModelOptions, modelOfDescription } from './model-of-description.js';
export type { Notification } from './notification.js';
export { nullable } from './nullable.js';
export {
  type InvokeAction,
  type ObservationStart,
  type ObserveAll,
  type ObserveOne,
  type ObserveOperation,
  type OnInvocation,
  OPERATION_NAMES,
  type Operation,
  type OperationName,
  type QueryAllActions,
  type ReadAllProperties,
  type ReadMultipleProperties,
  type ReadProperty,
  type UnobserveAll,
  type UnobserveOne,
  type UriVariables,
  type WriteAllProperties,
  type WriteMultipleProperties,
  type WriteProperty,
} from './operation.js';
export { nestsTooDeep, parseJSON } from './parse-json.js';
export { type PollingOptions, polling } from './polling.js';
export type {
  Authenticate,
  Authentication,
  Caller,
  Credentials,
  Grant,
  Policy,
  PolicyQuestion,
  Principal,
} from './principal.js';
export { type ReaderFigures, readerFigures } from './reader-figures.js';
export { sameValue } from './same-value.js';
export { ANONYMOUS, createSite, type Site, type SiteChange, type SiteOptions } from './site.js';
export { type State, state } from './state.js';
export { defineStates, type Parts, type States } from './states.js';
export type { Thing } from './thing.js';
export type {
  AdditionalResponse,
  DataSchema,
  DescribedAffordance,
  Form,
  FormBuilder,
  FormTarget,
  Security,
  SecurityScheme,
  ThingDescription,
} from './thing-description.js';
export { ERROR_CODES, type ErrorCode, type Fault, ThingError, type ThingErrorOptions } from './thing-error.js';
export type { Trace, Traced } from './trace.js';
export type { TraceContext } from './trace-context.js';
