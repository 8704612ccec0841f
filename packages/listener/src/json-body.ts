import { nestsTooDeep, ThingError } from '@thingwright/core';
import type { FastifyInstance } from 'fastify';

/**
 * Takes request bodies of JSON in UTF-8, under these media types, and of nothing else. An empty body is no value (undefined), which is not the same as
 * `null`; a member named `__proto__` is refused.
 */
export function acceptJsonBodies(app: FastifyInstance, types: readonly string[] = ['application/json']): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...types], { parseAs: 'buffer' }, (request, bytes, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding !== 'identity') return done(new ThingError('unsupportedMedia', `Bodies in ${encoding} are not taken`));
    if (bytes.length === 0) return done(null, undefined);
    const text = decode(bytes);
    if (text === undefined) return done(new ThingError('invalid', 'The body is not UTF-8'));
    if (nestsTooDeep(text)) return done(new ThingError('invalid', 'The body is nested more than 500 deep'));
    void parse(request, text, (error, value) => {
      if (error) done(new ThingError('invalid', 'The body is not JSON'));
      else done(null, value);
    });
  });
  app.addContentTypeParser('*', (request, _body, done) => {
    const { 'content-type': type = 'of no type' } = request.headers;
    done(
      new ThingError('unsupportedMedia', `A body has to be ${types.join(' or ')}; this one is ${type.slice(0, 100)}`),
    );
  });
}

function decode(bytes: Buffer | string): string | undefined {
  if (typeof bytes === 'string') return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
