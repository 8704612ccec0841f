/** The 18 operation names of Thing Description 1.1, section 5.3.4.2. */
export const OPERATION_NAMES = [
  'readproperty',
  'writeproperty',
  'observeproperty',
  'unobserveproperty',
  'readallproperties',
  'readmultipleproperties',
  'writeallproperties',
  'writemultipleproperties',
  'observeallproperties',
  'unobserveallproperties',
  'invokeaction',
  'queryaction',
  'cancelaction',
  'queryallactions',
  'subscribeevent',
  'unsubscribeevent',
  'subscribeallevents',
  'unsubscribeallevents',
] as const;

/** One of the 18 operation names. */
export type OperationName = (typeof OPERATION_NAMES)[number];

/** Values of a form's URI template variables, by name (TD 1.1, `uriVariables`). */
export type UriVariables = Readonly<Record<string, unknown>>;

/** Reads one property. */
export interface ReadProperty {
  readonly op: 'readproperty';
  readonly name: string;
  readonly uriVariables?: UriVariables;
}
/** Writes one property. */
export interface WriteProperty {
  readonly op: 'writeproperty';
  readonly name: string;
  readonly value: unknown;
  readonly uriVariables?: UriVariables;
}
/** Reads all properties that the caller may read. */
export interface ReadAllProperties {
  readonly op: 'readallproperties';
}
/** Reads the properties named. */
export interface ReadMultipleProperties {
  readonly op: 'readmultipleproperties';
  readonly names: readonly string[];
}
/** Writes every writable property. */
export interface WriteAllProperties {
  readonly op: 'writeallproperties';
  readonly values: Readonly<Record<string, unknown>>;
}
/** Writes the properties named. */
export interface WriteMultipleProperties {
  readonly op: 'writemultipleproperties';
  readonly values: Readonly<Record<string, unknown>>;
}
/** Where an observation begins; without a member, now. */
export interface ObservationStart {
  /** After that notification: its UUID or its time. */
  readonly lastNotificationID?: string;
  /** With all that the journal still keeps, in place of what came after one; for dialects whose clients list the past. */
  readonly allKept?: boolean;
}
/** Observes one property, or subscribes to one event. */
export interface ObserveOne extends ObservationStart {
  readonly op: 'observeproperty' | 'subscribeevent';
  readonly name: string;
}
/** Observes all properties, or subscribes to all events. */
export interface ObserveAll extends ObservationStart {
  readonly op: 'observeallproperties' | 'subscribeallevents';
}
/** Ends an observation or a subscription. */
export interface UnobserveOne {
  readonly op: 'unobserveproperty' | 'unsubscribeevent';
  readonly name: string;
}
/** Ends all observations, or all event subscriptions. */
export interface UnobserveAll {
  readonly op: 'unobserveallproperties' | 'unsubscribeallevents';
}
/** Starts an action; no `input` member (or undefined) is no input, `null` is an input. */
export interface InvokeAction {
  readonly op: 'invokeaction';
  readonly name: string;
  readonly input?: unknown;
  readonly uriVariables?: UriVariables;
}
/** Asks for, or cancels, one invocation; where `name` is given it has to be that of its action. */
export interface OnInvocation {
  readonly op: 'queryaction' | 'cancelaction';
  readonly actionID: string;
  readonly name?: string;
  /** Queries: finds one that was cancelled, too, as long as it is kept; for dialects whose clients ask for those. */
  readonly evenCancelled?: boolean;
}
/** Lists the invocations that the caller may query. */
export interface QueryAllActions {
  readonly op: 'queryallactions';
  /** Lists those that were cancelled, too, as long as they are kept. */
  readonly evenCancelled?: boolean;
}

/** Operations that open a stream of {@link Notification}s. */
export type ObserveOperation = ObserveOne | ObserveAll;

/** One of the 18 WoT operations with its input, on one Thing. */
export type Operation =
  | ReadProperty
  | WriteProperty
  | ReadAllProperties
  | ReadMultipleProperties
  | WriteAllProperties
  | WriteMultipleProperties
  | ObserveOperation
  | UnobserveOne
  | UnobserveAll
  | InvokeAction
  | OnInvocation
  | QueryAllActions;
