import { isMembers, type Members } from '@thingwright/core';

/** Milliseconds until a request counts as hanging. */
const PATIENCE = 15_000;

/** What a gateway answered. */
export interface Answered {
  readonly status: number;
  readonly body: Members;
  /** Milliseconds. */
  readonly took: number;
}

/** How a request is made. */
export interface Asking {
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** The value of the header Authorization. */
  readonly authorization: string;
  readonly body?: unknown;
}

/** Asks a gateway over HTTP; rejects only if there is no answer. What is no JSON object comes as `value`. */
export async function ask(url: string, { method = 'GET', authorization, body }: Asking): Promise<Answered> {
  const begun = performance.now();
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  const took = performance.now() - begun;
  return { status: response.status, body: membersOf(text), took };
}

function membersOf(text: string): Members {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : { value };
  } catch {
    return { value: text };
  }
}

/** Reads all values that a property had from a time on, oldest first. @throws Error if that is refused. */
export async function historyOf(thing: string, property: string, asking: Asking): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  let after = '';
  for (;;) {
    const { status, body } = await ask(`${thing}/history/${property}?limit=10000${after}`, asking);
    if (status !== 200 || !Array.isArray(body.items)) throw new Error(`history: ${status} ${JSON.stringify(body)}`);
    values.push(...body.items.map((item: unknown) => (isMembers(item) ? item.value : undefined)));
    if (typeof body.next !== 'string') return values;
    after = `&after=${encodeURIComponent(body.next)}`;
  }
}
