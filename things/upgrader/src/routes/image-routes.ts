import { longBody, sendBytes } from '@thingwright/listener';
import type { FastifyRequest } from 'fastify';
import type { FirmwareImage } from '../catalogue.js';
import type { ApiParts } from './api-parts.js';
import { findBuildOfImage, type OwnedBuild } from './build-routes.js';
import { callerOf } from './callers.js';
import { imageObject } from './entry-objects.js';
import { text } from './fields.js';
import { filtersAsked, idOf, orderAsked, pageAsked, pageOf, queryOf } from './pages.js';
import { receiveImage } from './receive-image.js';
import { notFound } from './rest-errors.js';

type OfBuild = { Params: { build: string } };
type OfImage = { Params: { build: string; id: string } };

/** Adds `build/<id>/image/`, `build/<id>/image/<id>/` and where its bytes are had. */
export function addImageRoutes(parts: ApiParts): void {
  const { app, listener, catalogue, contents, entries } = parts;
  const originOf = (request: FastifyRequest) => ({ origin: listener.originOf(request.raw) });

  const find = async (
    request: FastifyRequest<OfImage>,
    right: 'view' | 'manage',
  ): Promise<OwnedBuild & { readonly image: FirmwareImage }> => {
    const owner = await findBuildOfImage(catalogue, request.params.build, { caller: callerOf(request), right });
    const image = await catalogue.images.get(idOf(request.params.id));
    if (image?.build !== owner.build.id) throw notFound();
    return { ...owner, image };
  };

  app.get<OfBuild>('/build/:build/image/', async (request) => {
    const { build } = await findBuildOfImage(catalogue, request.params.build, {
      caller: callerOf(request),
      right: 'view',
    });
    const query = queryOf(request);
    const page = pageAsked(query);
    const { type } = filtersAsked(query, { type: text(200) });
    const order = orderAsked(query, ['type', 'created', 'modified']) ?? { by: 'created', isDescending: true };
    const { items, count } = await catalogue.images.find({ where: { build: build.id, type }, order, ...page });
    const results = items.map((image) => imageObject(image, originOf(request)));
    return pageOf({ items: results, count }, page, { request, listener });
  });

  app.post<OfBuild>('/build/:build/image/', { config: longBody }, async (request, reply) => {
    const owner = await findBuildOfImage(catalogue, request.params.build, {
      caller: callerOf(request),
      right: 'manage',
    });
    const image = await receiveImage(request, owner, parts);
    await entries.recognise({ ...owner, image });
    return reply.code(201).send(imageObject(image, originOf(request)));
  });

  app.get<OfImage>('/build/:build/image/:id/', async (request) => {
    const { image } = await find(request, 'view');
    return imageObject(image, originOf(request));
  });

  app.delete<OfImage>('/build/:build/image/:id/', async (request, reply) => {
    const { image } = await find(request, 'manage');
    await entries.removeImage(image);
    return reply.code(204).send();
  });

  // HEAD is answered here, too: by itself it would read the file to its end.
  app.route<OfImage>({
    method: ['GET', 'HEAD'],
    url: '/build/:build/image/:id/download/',
    exposeHeadRoute: false,
    async handler(request, reply) {
      const { image } = await find(request, 'view');
      return sendBytes(request, reply, {
        name: image.fileName,
        size: image.size,
        sha256: image.sha256,
        read: (part) => contents.read(image.content, part),
        authentication: callerOf(request).authentication,
      });
    },
  });
}
