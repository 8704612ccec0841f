import type { Action } from './action.js';
import type { Answer, Context, InvocationStatus } from './channel.js';
import type { Interior } from './interior.js';
import type { Invocation } from './invocation.js';
import type { OnInvocation, QueryAllActions } from './operation.js';
import { ThingError } from './thing-error.js';

/** Tells how an invocation stands. @throws ThingError `notFound`, also for one that the caller may not query. */
export function queryAction(interior: Interior, operation: OnInvocation, context: Context): Answer {
  return { status: lookUp(interior, operation, context).invocation.status };
}

/** Cancels an invocation. Rejects with a ThingError: `notFound` as {@link queryAction}, `conflict` if it is over. */
export async function cancelAction(interior: Interior, operation: OnInvocation, context: Context): Promise<Answer> {
  const { action, invocation } = lookUp(interior, operation, context);
  await action.cancel(invocation);
  return {};
}

/** Lists the invocations that the caller may query, by action, newest first. */
export function queryAllActions(
  { actions, permission }: Interior,
  { evenCancelled }: QueryAllActions,
  context: Context,
): Answer {
  permission.demand('queryallactions', context);
  const statuses = new Map<string, readonly InvocationStatus[]>();
  for (const [affordance, action] of actions) {
    const mine = action.invocations
      .list(evenCancelled)
      .filter(({ invoker }) =>
        permission.allowsInvocation('queryaction', context, { affordance, invoker: invoker.id }),
      );
    statuses.set(
      affordance,
      mine.map(({ status }) => status),
    );
  }
  return { statuses: Object.fromEntries(statuses) };
}

function lookUp(
  { actions, permission, title }: Interior,
  { op, actionID, name, evenCancelled }: OnInvocation,
  context: Context,
): { readonly action: Action; readonly invocation: Invocation } {
  for (const action of actions.values()) {
    const invocation = action.invocations.find(actionID, op === 'queryaction' && evenCancelled);
    if (!invocation) continue;
    const isMeant = name === undefined || name === action.name;
    const about = { affordance: action.name, invoker: invocation.invoker.id };
    if (!isMeant || !permission.allowsInvocation(op, context, about)) break;
    return { action, invocation };
  }
  throw new ThingError('notFound', `'${title}' has no invocation '${actionID}'`);
}
