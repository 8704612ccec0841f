import { Readable } from 'node:stream';
import { Content } from '@node-wot/core';
import { ThingError } from '@thingwright/core';

const JSON_TYPE = 'application/json';

/** Writes a value as node-wot's Content, in JSON; undefined is an empty one. A Content can be read once: make one for each reader. */
export function toContent(value: unknown, type = JSON_TYPE): Content {
  const bytes = Buffer.from(value === undefined ? '' : JSON.stringify(value));
  return new Content(type, Readable.from([bytes]));
}

/** Reads a Content of JSON; undefined if it is empty. Rejects with a ThingError: `unsupportedMedia` for another type, `invalid`. */
export async function fromContent(content: Pick<Content, 'type' | 'toBuffer'>): Promise<unknown> {
  const { type = JSON_TYPE } = content;
  if (!/^application\/([^;\s]+\+)?json\s*(;|$)/i.test(type)) {
    throw new ThingError('unsupportedMedia', `The Web Thing Protocol carries JSON, not '${type}'`);
  }
  const text = (await content.toBuffer()).toString();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ThingError('invalid', 'The content is not JSON', { cause });
  }
}
