import type { Context } from './channel.js';
import type { OperationName } from './operation.js';
import type { Policy, PolicyQuestion } from './principal.js';
import { ThingError } from './thing-error.js';

/** The {@link Policy} as it is asked about one Thing. */
export class Permission {
  readonly #thing: PolicyQuestion['thing'];
  readonly #policy: Policy;

  constructor(thing: PolicyQuestion['thing'], policy: Policy) {
    this.#thing = thing;
    this.#policy = policy;
  }

  /** Asks about an operation on an affordance, or without one on the whole Thing. */
  allows(operation: OperationName, { principal }: Context, affordance?: string): boolean {
    const thing = this.#thing;
    return affordance === undefined
      ? this.#policy({ principal, thing, operation })
      : this.#policy({ principal, thing, operation, affordance });
  }

  /** @throws ThingError `forbidden` if the Policy says no. */
  demand(operation: OperationName, context: Context, affordance?: string): void {
    if (this.allows(operation, context, affordance)) return;
    const what = affordance === undefined ? '' : ` '${affordance}'`;
    throw new ThingError(
      'forbidden',
      `${context.principal.id} may not ${operation}${what} of '${this.#thing.model.title}'`,
    );
  }

  /** Asks about one invocation of an action; `invoker` is the id of the Principal that started it. */
  allowsInvocation(
    operation: 'queryaction' | 'cancelaction',
    { principal }: Context,
    { affordance, invoker }: { readonly affordance: string; readonly invoker: string },
  ): boolean {
    return this.#policy({ principal, thing: this.#thing, operation, affordance, invoker });
  }
}
