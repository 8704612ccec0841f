import { type NewResult, RESULT_TYPES, type Result, type ResultSink } from '@thingwright/scanner';
import type { ResultRecord, Results } from '@thingwright/store';

/** Keeps results in a store. `nameOf` gives the local name of the Thing with that id. */
export const resultSink = (results: Results, nameOf: (id: string) => string | undefined): ResultSink => ({
  async write(content, result) {
    const kept = await results.write(content, toRecord(result));
    return toResult(kept, nameOf(result.owner) ?? '');
  },
  async list(owner, query) {
    const kept = await results.list(owner, query);
    return kept.map((record) => toResult(record, nameOf(owner) ?? ''));
  },
  remove: async (owner, resultID) => (await results.remove(owner, resultID)) !== undefined,
});

const toRecord = ({ owner, taskID, type, parameter, name, originalName, mediaType, size, sha256 }: NewResult) => ({
  owner,
  taskID,
  type,
  parameter,
  originalName,
  file: { name, mediaType, expected: { size, sha256 } },
});

/** A result as it is shown; `name` is the local name of its Thing. */
export const toResult = (
  { id, taskID, type, parameter, originalName, file: { name, size, sha256, mediaType, created } }: ResultRecord,
  thing: string,
): Result => ({
  resultId: id,
  taskId: taskID,
  type: RESULT_TYPES.find((known) => known === type) ?? 'NOT_SET',
  createdAt: created,
  parameter: parameter && { ...parameter },
  files: [{ name, originalName, size, sha256, contentType: mediaType, href: hrefOf(thing, id, name) }],
});

const hrefOf = (...[thing, id, file]: readonly [string, string, string]): string =>
  `/things/${encodeURIComponent(thing)}/results/${encodeURIComponent(id)}/${encodeURIComponent(file)}`;
