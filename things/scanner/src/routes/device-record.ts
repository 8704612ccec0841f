import { type Context, isMembers, type Site, type Thing } from '@thingwright/core';
import type { RegisteredScanner } from './scanner-registry.js';

/** The properties that a record is made of. */
const SHOWN_PROPERTIES = ['status', 'label', 'details', 'parameter'] as const;

/** A device in the words of the device manager (`DeviceOut`). Times are RFC 3339 with a zone. */
export type DeviceRecord = Awaited<ReturnType<typeof readDevice>>;

/**
 * Reads a scanner as those see it who know the device manager. Rejects with a ThingError, `forbidden` for a caller who may not
 * read all that it is made of.
 */
export async function readDevice(thing: Thing, { id, created, modified }: RegisteredScanner, context: Context) {
  const { values = {} } = await thing.request({ op: 'readmultipleproperties', names: SHOWN_PROPERTIES }, context);
  const [label, details] = [values.label, values.details].map((value) => (isMembers(value) ? value : {}));
  return {
    name: label?.name ?? thing.name,
    description: label?.description ?? '',
    status: values.status ?? null,
    device_name: details?.deviceName ?? null,
    serial_number: details?.serialNumber ?? null,
    manufacturer: details?.manufacturer ?? null,
    modality: details?.modality ?? null,
    site: details?.site ?? null,
    parameter: values.parameter ?? null,
    id: id.replace(/^urn:uuid:/, ''),
    datetime_created: created,
    datetime_updated: modified === created ? null : modified,
  };
}

/** Whether a caller may read all that a record is made of. */
export const mayReadDevice = (site: Site, thing: Thing, { principal }: Context): boolean =>
  site.isVisible(thing, principal) &&
  SHOWN_PROPERTIES.every((affordance) => site.policy({ principal, thing, operation: 'readproperty', affordance }));
