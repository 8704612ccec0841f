import { parseJSON, ThingError } from '@thingwright/core';
import type { FindSequence } from '@thingwright/scanner';

/** Bytes: what the second generation of scanners takes of a scan in all. */
const MOST_BYTES = 16_777_216;
/** Milliseconds: the callers of the device manager wait no longer themselves. */
const PATIENCE = 3000;

/** Sequences on their way, which may all be as large as can be. */
const MOST_AT_ONCE = 8;

/** How an exam manager is asked; times in milliseconds. */
export interface ExamManagerOptions {
  readonly patience?: number;
}

/** Whether a text is the base address of an exam manager: HTTP, no credentials, nothing after the path. */
export function isExamManager(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}

/**
 * Finds sequences in a ScanHub exam manager at that base address, such as `http://exam-manager:8000/api/v1/exam` (reference, section 9.2).
 * It is shown the bearer token of the caller, as its own device manager does, and decides itself what that opens. Rejects with a
 * ThingError: `tooMany`, `unavailable`, `timeout`, `tooLarge`, or `protocol` for what is no JSON.
 */
export function createExamManager(base: string, { patience = PATIENCE }: ExamManagerOptions = {}): FindSequence {
  let underWay = 0;
  return async (id, authorization) => {
    if (underWay >= MOST_AT_ONCE) throw new ThingError('tooMany', 'Too many scans at once', { retryAfter: 1 });
    const bearer = authorization !== undefined && /^bearer /i.test(authorization) ? { authorization } : {};
    const url = `${base.replace(/\/+$/, '')}/sequence/${encodeURIComponent(id)}`;
    const signal = AbortSignal.timeout(patience);
    underWay++;
    try {
      const answer = await fetch(url, {
        headers: { accept: 'application/json', ...bearer },
        redirect: 'error',
        signal,
      });
      if (answer.status === 200) return sequenceOf(await textOf(answer));
      await answer.body?.cancel();
      if (answer.status >= 500) throw new ThingError('unavailable', `The exam manager answers with ${answer.status}`);
      return undefined;
    } catch (cause) {
      if (cause instanceof ThingError) throw cause;
      if (signal.aborted) throw new ThingError('timeout', 'The exam manager did not answer in time', { cause });
      throw new ThingError('unavailable', 'The exam manager cannot be reached', { cause });
    } finally {
      underWay--;
    }
  };
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > MOST_BYTES) throw new ThingError('tooLarge', 'The exam manager has a sequence that no scanner takes');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sequenceOf(text: string): unknown {
  const found = parseJSON(text);
  if (found === undefined) throw new ThingError('protocol', 'The exam manager does not answer with JSON');
  return found;
}
