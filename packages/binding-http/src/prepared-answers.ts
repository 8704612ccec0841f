import { createHash } from 'node:crypto';
import type { Principal } from '@thingwright/core';
import type { Call } from './call.js';

/** Bytes that were made once and are sent to many. */
export interface PreparedAnswer {
  readonly bytes: Buffer;
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
}

/** A bounded store of answers; the oldest go first, but for those that were asked for again. */
export interface PreparedAnswers<K extends object> {
  /** The answer for `of` (compared as an object) under a key; made if it is not there. */
  get(of: K, key: string, make: () => unknown): PreparedAnswer;
}

interface Kept {
  readonly answer: PreparedAnswer;
  /** Whether somebody asked for it again since its turn to go came last. */
  isWanted: boolean;
}

/** Makes a store of at most that many bytes. */
export function createPreparedAnswers<K extends object>(most: number): PreparedAnswers<K> {
  const answers = new Map<string, Kept>();
  /** Of the objects asked about: what is kept must not keep them. */
  const numbers = new WeakMap<K, number>();
  let objects = 0;
  let total = 0;

  const numberOf = (of: K): number => {
    let number = numbers.get(of);
    if (number === undefined) {
      number = ++objects;
      numbers.set(of, number);
    }
    return number;
  };

  const dropOldest = (): void => {
    for (const [key, kept] of answers) {
      answers.delete(key);
      if (!kept.isWanted) {
        total -= kept.answer.bytes.length;
        return;
      }
      kept.isWanted = false;
      answers.set(key, kept);
    }
  };

  return {
    get(of, key, make) {
      const whole = `${numberOf(of)} ${key}`;
      const known = answers.get(whole);
      if (known) {
        known.isWanted = true;
        return known.answer;
      }
      const bytes = Buffer.from(JSON.stringify(make()));
      const answer = { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
      if (bytes.length > most) return answer;
      while (total + bytes.length > most) dropOldest();
      answers.set(whole, { answer, isWanted: false });
      total += bytes.length;
      return answer;
    },
  };
}

interface Visibility extends Pick<Principal, 'id' | 'kind'> {
  readonly granted: string;
  readonly text: string;
}

/** The last by the grants, and not by the principal, which may be given others while it is connected. */
const lastOf = new WeakMap<Principal['grants'], Visibility>();

/** What a policy may look at in a principal, as a text: those with the same see the same. Where it ends can be told whatever follows. */
export function visibilityOf({ id, kind, grants }: Principal): string {
  const last = lastOf.get(grants);
  if (last?.id === id && last.kind === kind) return last.text;
  const granted = last?.granted ?? JSON.stringify(grants);
  const text = `${kind} ${JSON.stringify(id)} ${granted}`;
  lastOf.set(grants, { id, kind, granted, text });
  return text;
}

/** Sends a prepared answer, or 304 to who has it already (RFC 9110, section 13.1.2). */
export function sendPrepared({ request, reply }: Call, { bytes, etag }: PreparedAnswer, mediaType: string): void {
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = request.headers['if-none-match'];
  if (known !== undefined && matches(known, etag)) {
    reply.code(304).send();
    return;
  }
  reply.header('content-type', mediaType).send(bytes);
}

const matches = (header: string, etag: string): boolean =>
  header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
