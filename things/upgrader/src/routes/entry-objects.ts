import { formatMilliseconds } from '@thingwright/core';
import type { Build, Category, DeviceFirmware, FirmwareImage } from '../catalogue.js';

/** A category in the words of the REST API (reference, section 8.2). */
export const categoryObject = ({ id, name, description, organization, created, modified }: Category) => ({
  id,
  name,
  description,
  organization,
  created: formatMilliseconds(created),
  modified: formatMilliseconds(modified),
});

/** A build. */
export const buildObject = ({ id, version, os, changelog, created, modified }: Build, category: Category) => ({
  id,
  category: category.id,
  category_relation: { name: category.name, organization: category.organization },
  version,
  os,
  changelog,
  created: formatMilliseconds(created),
  modified: formatMilliseconds(modified),
});

/** Where the REST API is. */
export const PREFIX = '/api/v1/firmware-upgrader';

/** An image. `file` says where it is had, and not where it is kept; size and digest are ours. */
export const imageObject = (
  { id, build, type, size, sha256, created, modified }: FirmwareImage,
  { origin }: { readonly origin: string },
) => ({
  id,
  build,
  type,
  file: `${origin}${PREFIX}/build/${build}/image/${id}/download/`,
  created: formatMilliseconds(created),
  modified: formatMilliseconds(modified),
  size,
  sha256,
});

/** What a device has, or shall have. */
export const firmwareObject = ({ id, image, installed, modified }: DeviceFirmware) => ({
  id,
  image,
  installed,
  modified: formatMilliseconds(modified),
});
