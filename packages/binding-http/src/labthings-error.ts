import { ThingError } from '@thingwright/core';
import { type RefusedValue, toLabThingsErrorBody, UNPROCESSABLE } from '@thingwright/web-thing-protocol/legacy';
import { sendJson } from './answers.js';
import type { Call, Respond } from './call.js';

/**
 * Answers what a call throws because a value does not fit with 422 and the list of its faults, as LabThings' clients read it.
 * All else stays Problem Details, whose `detail` is what they read of other errors.
 */
export function withValidationErrors<C extends Call>(
  respond: Respond<C>,
  refusedBy: (call: C) => RefusedValue,
): Respond<C> {
  return (call) => {
    const refuse = (error: unknown): void => {
      if (!(error instanceof ThingError) || error.code !== 'invalid' || !error.faults?.length) throw error;
      sendJson(call.reply.code(UNPROCESSABLE), toLabThingsErrorBody(error, refusedBy(call)));
    };
    try {
      return respond(call)?.catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  };
}
