import { createHash, randomUUID } from 'node:crypto';
import { formatMilliseconds, ThingError } from '@thingwright/core';
import type { NewResult, Result, ResultSink } from './result-sink.js';

/** A ResultSink that keeps bytes in memory, where a program can read them. */
export interface ResultsInProcess extends ResultSink {
  /** The bytes of a result, in the parts that they came in. */
  read(resultID: string): readonly Uint8Array[] | undefined;
}

interface Kept {
  readonly owner: string;
  readonly result: Result;
  readonly content: readonly Uint8Array[];
}

/** Keeps results until the process ends, at most so many bytes of them: for tests and small programs. */
export function resultsInProcess({ quota = 67_108_864 }: { readonly quota?: number } = {}): ResultsInProcess {
  const kept = new Map<string, Kept>();
  /** Bytes of all files, those included that are being written. */
  let used = 0;

  const receive = async (content: AsyncIterable<Uint8Array>, { size, sha256, name }: NewResult) => {
    const parts: Uint8Array[] = [];
    const hash = createHash('sha256');
    let received = 0;
    for await (const part of content) {
      received += part.length;
      parts.push(part);
      hash.update(part);
    }
    const digest = hash.digest('hex');
    if (received !== size || (sha256 !== undefined && digest !== sha256)) {
      throw new ThingError('invalid', `'${name}' is not what it was said to be`);
    }
    return { parts, digest };
  };

  return {
    async write(content, file) {
      const { owner, taskID, type, name, originalName, mediaType, size, parameter } = file;
      if (used + size > quota) throw new ThingError('tooLarge', `'${name}' is more than the quota has left`);
      used += size;
      try {
        const { parts, digest } = await receive(content, file);
        const resultId = randomUUID();
        const result: Result = {
          resultId,
          taskId: taskID,
          type,
          createdAt: formatMilliseconds(Date.now()),
          parameter: parameter === null ? null : { ...parameter },
          files: [{ name, originalName, size, sha256: digest, contentType: mediaType, href: `${resultId}/${name}` }],
        };
        kept.set(resultId, { owner, result, content: parts });
        return result;
      } catch (error) {
        used -= size;
        throw error;
      }
    },
    async list(owner, { limit, taskID, before }) {
      const newest = [...kept.values()].filter((entry) => entry.owner === owner).reverse();
      const start = before === undefined ? 0 : newest.findIndex(({ result }) => result.resultId === before) + 1;
      if (before !== undefined && start === 0) throw new ThingError('notFound', `There is no result '${before}'`);
      return newest
        .slice(start)
        .map(({ result }) => result)
        .filter((result) => taskID === undefined || result.taskId === taskID)
        .slice(0, limit);
    },
    async remove(owner, resultID) {
      const entry = kept.get(resultID);
      if (entry?.owner !== owner) return false;
      kept.delete(resultID);
      for (const { size } of entry.result.files) used -= size;
      return true;
    },
    read: (resultID) => kept.get(resultID)?.content,
  };
}
