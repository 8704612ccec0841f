import { ThingError } from '@thingwright/core';
import type { FastifyRequest } from 'fastify';
import type { DeviceFirmware } from '../catalogue.js';
import { type FiledImage, isSelectable, startsUpgrade } from '../catalogue-rules.js';
import { findImage } from '../desk/desk-parts.js';
import type { FleetDevice } from '../fleet.js';
import { checkOptions } from '../upgrade-options.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { callerOf } from './callers.js';
import { firmwareObject } from './entry-objects.js';
import { anything, flag, id, readFields } from './fields.js';
import { dialectAsked, operationObjects, phasesAsked } from './operation-routes.js';
import { idOf, pageAsked, pageOf, queryOf, unknownID } from './pages.js';
import { notFound } from './rest-errors.js';

const FIELDS = { image: id, is_persistent: flag, upgrade_options: anything } as const;
const DEACTIVATED = 'Firmware upgrades are not allowed for deactivated devices.';

/** Adds `device/<id>/firmware/` and `device/<id>/upgrade-operation/`. */
export function addDeviceRoutes({ app, listener, catalogue, record, hardware, fleet, upgrades }: ApiParts): void {
  const deviceOf = (request: FastifyRequest<OfRow>, right: 'view' | 'change' | 'manage'): FleetDevice => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const device = fleet.get(idOf(request.params.id));
    // One of another organization is as one that there is not.
    const isSeen = device && caller.organizations?.includes(device.organization) !== false;
    if (!isSeen) throw new ThingError('notFound', 'device not found');
    caller.demand(right, device.organization);
    if (right !== 'view' && !device.isActive) throw new ThingError('forbidden', DEACTIVATED);
    return device;
  };

  const firmwareOf = async (device: FleetDevice): Promise<DeviceFirmware> => {
    const firmware = await upgrades.firmware(device.id);
    if (!firmware) throw notFound();
    return firmware;
  };

  /** Whether people may choose it for that device; that the model fits is asked, and said, elsewhere. */
  const selectable = async (
    device: FleetDevice,
    imageID: string,
    has: DeviceFirmware | undefined,
  ): Promise<FiledImage> => {
    const filed = await findImage(catalogue, imageID);
    const before = has && (await findImage(catalogue, has.image));
    const isOffered = filed && isSelectable({ ...device, model: null }, filed, { hardware, before });
    if (!isOffered) throw unknownID('image', imageID);
    return filed;
  };

  app.get<OfRow>('/device/:id/upgrade-operation/', async (request) => {
    const device = deviceOf(request, 'view');
    const query = queryOf(request);
    const page = pageAsked(query);
    const { items, count } = await record.tables.upgrades.find({
      device: device.id,
      phases: phasesAsked(query),
      ...page,
    });
    const told = { dialect: dialectAsked(query), hasCreated: false };
    const results = await operationObjects(record.tables.upgrades, items, told);
    return pageOf({ items: results, count }, page, { request, listener });
  });

  app.get<OfRow>('/device/:id/firmware/', async (request) =>
    firmwareObject(await firmwareOf(deviceOf(request, 'view'))),
  );

  app.route<OfRow>({
    method: ['PUT', 'PATCH'],
    url: '/device/:id/firmware/',
    async handler(request, reply) {
      const isPatch = request.method === 'PATCH';
      const device = deviceOf(request, 'change');
      const before = isPatch ? await firmwareOf(device) : await upgrades.firmware(device.id);
      const sent = readFields(request.body, FIELDS, isPatch ? [] : ['image']);
      const { image = before?.image ?? '', is_persistent: persistent, upgrade_options: asked } = sent;
      await selectable(device, image, before);
      const options = asked === undefined ? undefined : checkOptions(asked);
      const upgrade = startsUpgrade(before, image)
        ? await upgrades.upgrade(device.id, { image, persistent, options }, callerOf(request).principal.id)
        : undefined;
      const firmware = firmwareObject(await firmwareOf(device));
      const body = upgrade ? { ...firmware, upgrade_operation: { id: upgrade.id } } : firmware;
      return reply.code(before ? 200 : 201).send(body);
    },
  });

  app.delete<OfRow>('/device/:id/firmware/', async (request, reply) => {
    const { id: firmwareID } = await firmwareOf(deviceOf(request, 'manage'));
    await catalogue.firmware.remove(firmwareID);
    return reply.code(204).send();
  });
}
