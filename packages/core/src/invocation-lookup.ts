import type { Action } from './action.js';
import type { Answer, Context } from './channel.js';
import type { Interior } from './interior.js';
import type { Invocation } from './invocation.js';
import type { OnInvocation, QueryAllActions } from './operation.js';
import { ThingError } from './thing-error.js';

/**
 * Tells how an invocation stands; later, where it has just ended and could still be forgotten. Throws or rejects with a
 * ThingError: `notFound`, also for one that the caller may not query, `unavailable` for an end that cannot be kept.
 */
export function queryAction(interior: Interior, operation: OnInvocation, context: Context): Answer | Promise<Answer> {
  const { invocation } = lookUp(interior, operation, context);
  return onceKept(interior, [invocation], () => ({ status: invocation.status }));
}

/** Answers when none of the invocations has an end that could still be forgotten. */
function onceKept(
  { kept }: Interior,
  invocations: readonly Invocation[],
  answer: () => Answer,
): Answer | Promise<Answer> {
  const waiting = invocations.some(({ isUnkept }) => isUnkept) ? kept() : undefined;
  return waiting ? waiting.then(answer) : answer();
}

/** Cancels an invocation. Rejects with a ThingError: `notFound` as {@link queryAction}, `conflict` if it is over. */
export async function cancelAction(interior: Interior, operation: OnInvocation, context: Context): Promise<Answer> {
  const { action, invocation } = lookUp(interior, operation, context);
  await action.cancel(invocation);
  return {};
}

/** Lists the invocations that the caller may query, by action, newest first. */
export function queryAllActions(
  interior: Interior,
  { evenCancelled }: QueryAllActions,
  context: Context,
): Answer | Promise<Answer> {
  const { actions, permission } = interior;
  permission.demand('queryallactions', context);
  const listed = new Map<string, readonly Invocation[]>();
  for (const [affordance, action] of actions) {
    const mine = action.invocations
      .list(evenCancelled)
      .filter(({ invoker }) =>
        permission.allowsInvocation('queryaction', context, { affordance, invoker: invoker.id }),
      );
    listed.set(affordance, mine);
  }
  return onceKept(interior, [...listed.values()].flat(), () => ({
    statuses: Object.fromEntries([...listed].map(([name, mine]) => [name, mine.map(({ status }) => status)])),
  }));
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
