import { type Authentication, type Site, type Thing, ThingError } from '@thingwright/core';
import { type Binding, longBody } from '@thingwright/listener';
import type { PrinterKind } from '@thingwright/printer';
import { authenticated } from '../export/export-request.js';

/** Who may invoke this action may send files. */
const UPLOAD = 'uploadFile';
/** More than printers of today take. */
const MOST_BYTES = 1_073_741_824;

/**
 * Adds `PUT /things/{name}/files/{path}`: a file of any size for the storage of a printer, which goes there as fast as the printer takes it. Its
 * length has to be said beforehand, for the printer is told it first. Answered 204 when the printer has it all.
 */
export const printerFileRoutes = (filesOf: PrinterKind['filesOf']): Binding => ({
  open(site, listener) {
    listener.fastify.register((app, _options, done) => {
      // Not read before it is known whether it may be sent, nor ever as a whole.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body));
      app.put<{ Params: { name: string; '*': string } }>(
        '/things/:name/files/*',
        { bodyLimit: MOST_BYTES, config: longBody },
        async (request, reply) => {
          const authentication = await authenticated(listener, request);
          const { name, '*': path } = request.params;
          const thing = printerOf(site, name, authentication);
          const size = lengthOf(request.headers['content-length']);
          const { raw } = request;
          const gone = new AbortController();
          raw.once('close', () => {
            if (!raw.complete) gone.abort(new ThingError('aborted', `The file for '${name}' broke off`));
          });
          const file = { name: path.split('/').at(-1) ?? path, size, content: raw };
          await filesOf(thing.name).upload(`/${path}`, file, { signal: gone.signal });
          return reply.code(204).send();
        },
      );
      done();
    });
  },
});

function printerOf(site: Site, name: string, { principal }: Authentication): Thing {
  const thing = site.things.get(name);
  if (!thing || !site.isVisible(thing, principal))
    throw new ThingError('notFound', `There is no Thing named '${name}'`);
  if (!thing.model.actions?.[UPLOAD]) throw new ThingError('notFound', `'${name}' takes no files`);
  if (site.policy({ principal, thing, operation: 'invokeaction', affordance: UPLOAD })) return thing;
  throw new ThingError('forbidden', `${principal.id} may not send files to '${name}'`);
}

function lengthOf(header: string | undefined): number {
  const size = header !== undefined && /^\d{1,10}$/.test(header) ? Number(header) : 0;
  if (size < 1) throw new ThingError('invalid', 'How long the file is has to be said: Content-Length, at least 1');
  if (size > MOST_BYTES) throw new ThingError('tooLarge', `The file has more than ${MOST_BYTES} bytes`);
  return size;
}
