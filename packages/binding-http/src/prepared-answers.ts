import { createHash } from 'node:crypto';
import type { Principal } from '@thingwright/core';
import type { Call } from './call.js';

/** Bytes that were made once and are sent to many. */
export interface PreparedAnswer {
  readonly bytes: Buffer;
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
}

/** A bounded store of answers, the least recently used go first. */
export interface PreparedAnswers<K extends object> {
  /** The answer for `of` (compared as an object) under a key; made if it is not there. */
  get(of: K, key: string, make: () => unknown): PreparedAnswer;
}

/** Makes a store of at most that many bytes. */
export function createPreparedAnswers<K extends object>(most: number): PreparedAnswers<K> {
  const answers = new Map<string, { readonly of: WeakRef<K>; readonly answer: PreparedAnswer }>();
  let total = 0;

  const drop = (key: string): void => {
    total -= answers.get(key)?.answer.bytes.length ?? 0;
    answers.delete(key);
  };

  return {
    get(of, key, make) {
      const known = answers.get(key);
      if (known?.of.deref() === of) {
        answers.delete(key);
        answers.set(key, known);
        return known.answer;
      }
      drop(key);
      const bytes = Buffer.from(JSON.stringify(make()));
      const answer = { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
      answers.set(key, { of: new WeakRef(of), answer });
      total += bytes.length;
      for (const oldest of answers.keys()) {
        if (total <= most) break;
        drop(oldest);
      }
      return answer;
    },
  };
}

/** By the grants and not by the principal, which may be given others while it is connected. */
const texts = new WeakMap<Principal['grants'], string>();

/** What a policy may look at in a principal, as a text: those with the same see the same. */
export function visibilityOf({ id, kind, grants }: Principal): string {
  let text = texts.get(grants);
  if (text === undefined) {
    text = JSON.stringify(grants);
    texts.set(grants, text);
  }
  return `${kind} ${JSON.stringify(id)} ${text}`;
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
