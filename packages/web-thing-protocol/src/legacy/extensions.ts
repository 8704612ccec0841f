/**
 * What we add to the older dialects, each name in one constant and nowhere else. In strict mode the members vanish, and the
 * messages count as unknown. `docs/extensions.md` lists them.
 */

/** X1, LabThings: the message that ends the observation of properties. */
export const REMOVE_PROPERTY_OBSERVATION = 'removePropertyObservation';

/** X2, LabThings: the message that ends the observation of actions. */
export const REMOVE_ACTION_OBSERVATION = 'removeActionObservation';

/** X3, LabThings: the message that subscribes to events. WebThings has it of old. */
export const ADD_EVENT_SUBSCRIPTION = 'addEventSubscription';

/** X4, both dialects: the message that ends subscriptions to events. */
export const REMOVE_EVENT_SUBSCRIPTION = 'removeEventSubscription';

/** X5, LabThings' `actionStatus`: the id of the invocation. */
export const INVOCATION_ID = 'id';

/** X5, LabThings' `actionStatus`: where the invocation is to be read. */
export const INVOCATION_HREF = 'href';

/** X6, both dialects' `propertyStatus`: how many changes it stands for. */
export const CONFLATED = 'conflated';

/** X7, LabThings' invocation: how far it is. */
export const PROGRESS = 'progress';

/** X7, WebThings' action status: what came of it. */
export const OUTPUT = 'output';

/** X8, LabThings' errors: the end of the `type` of a message that is none. */
export const BAD_REQUEST = 'bad-request';

/** X8, LabThings' errors: the end of the `type` where the caller lacks a right. */
export const FORBIDDEN = 'forbidden';
