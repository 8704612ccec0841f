import type { Answer, Context } from './channel.js';
import type { Memory } from './memory.js';
import type { ActionDeclaration, Model } from './model.js';
import type { Operation, OperationName } from './operation.js';
import type { Caller, Principal } from './principal.js';
import { type ErrorCode, ThingError } from './thing-error.js';

/** Who wanted to change what, and what came of it. */
export interface AuditEntry {
  readonly principal: Principal;
  /** Where the request came from, where the binding knows. */
  readonly from?: Caller;
  readonly thing: { readonly id: string; readonly name: string };
  readonly operation: OperationName;
  /** The affordance, or the affordances of a bulk write. */
  readonly affordances: readonly string[];
  /** The invocation that was begun or cancelled. */
  readonly actionID?: string;
  /** `done`: carried out, or for an asynchronous action accepted. */
  readonly result: 'done' | ErrorCode;
  /** Why it was refused or failed. */
  readonly detail?: string;
}

/**
 * Is told of every write, invocation and cancellation, refused ones included; not of safe synchronous actions, which are reads with
 * parameters. Never throws; is quick.
 */
export type Audit = (entry: AuditEntry) => void;

/** Who is told of operations, and what answers wait for. */
export interface AccountOptions {
  readonly thing: { readonly id: string; readonly name: string; readonly model: Model };
  readonly memory: Memory | undefined;
  readonly audit: Audit | undefined;
}

/** What is declared of the action of that name, which a caller may have made up. */
const actionOf = ({ actions = {} }: Model, name: string): ActionDeclaration | undefined =>
  Object.hasOwn(actions, name) ? actions[name] : undefined;

/** Tells whether an operation changes something; what a safe synchronous action does not, holds up no answer. */
function isChange(operation: Operation, model: Model): boolean {
  switch (operation.op) {
    case 'writeproperty':
    case 'writeallproperties':
    case 'writemultipleproperties':
    case 'cancelaction':
      return true;
    case 'invokeaction': {
      const action = actionOf(model, operation.name);
      return !(action?.safe && action.synchronous);
    }
    default:
      return false;
  }
}

/** Tells whether it does no harm to carry an operation out again: the caller of one that cannot be kept is bound to try. */
function isRepeatable(operation: Operation, model: Model): boolean {
  return operation.op !== 'invokeaction' || actionOf(model, operation.name)?.idempotent === true;
}

/** Carries changes out so that they are accounted for, and answered only when they can no longer be forgotten. */
export class Account {
  readonly #options: AccountOptions;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  /** Whether an operation has to be carried out by {@link Account.carryOut}; the others need not. */
  concerns(operation: Operation): boolean {
    const { memory, audit, thing } = this.#options;
    return (memory !== undefined || audit !== undefined) && isChange(operation, thing.model);
  }

  /**
   * Carries out an operation; answers at once where it can. Throws or rejects with a ThingError, `unavailable` also if what was
   * done cannot be kept. While it is known that nothing can be, only what may be repeated is carried out at all: values are
   * set, idempotent actions (to stop something) and cancellations go through, whatever the answer.
   */
  carryOut(operation: Operation, context: Context, perform: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const fail = (thrown: unknown): never => {
      this.#note(operation, context, { error: ThingError.from(thrown, 'The operation failed') });
      throw thrown;
    };
    // Noted before the commit that is waited for, so that it goes with that one: later than what it tells of, never sooner.
    const settle = (answer: Answer): Answer | Promise<Answer> => {
      this.#note(operation, context, { answer });
      const kept = this.#options.memory?.kept();
      return kept ? kept.then(() => answer) : answer;
    };
    const { memory, thing } = this.#options;
    let answer: Answer | Promise<Answer>;
    try {
      if (memory?.failure && !isRepeatable(operation, thing.model)) throw memory.failure;
      answer = perform();
    } catch (thrown) {
      return fail(thrown);
    }
    return answer instanceof Promise ? answer.then(settle, fail) : settle(answer);
  }

  #note(operation: Operation, context: Context, { answer, error }: { answer?: Answer; error?: ThingError }): void {
    const { audit, thing } = this.#options;
    if (!audit) return;
    const { id, name } = thing;
    const actionID = answer?.status?.actionID ?? ('actionID' in operation ? operation.actionID : undefined);
    audit({
      principal: context.principal,
      ...(context.from ? { from: context.from } : {}),
      thing: { id, name },
      operation: operation.op,
      affordances: affordancesOf(operation),
      ...(actionID === undefined ? {} : { actionID }),
      result: error ? error.code : 'done',
      ...(error ? { detail: error.detail } : {}),
    });
  }
}

function affordancesOf(operation: Operation): readonly string[] {
  if ('values' in operation) return Object.keys(operation.values);
  return 'name' in operation && operation.name !== undefined ? [operation.name] : [];
}
