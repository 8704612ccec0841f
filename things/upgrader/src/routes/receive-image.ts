import { ThingError } from '@thingwright/core';
import type { FastifyRequest } from 'fastify';
import type { FirmwareImage } from '../catalogue.js';
import { refusalOfType, typeOfFile } from '../catalogue-rules.js';
import { refusalError } from '../desk/desk-parts.js';
import type { ApiParts } from './api-parts.js';
import type { OwnedBuild } from './build-routes.js';
import { fieldError, TEXTS } from './rest-errors.js';

/** What an upload came with. */
interface Upload {
  type: string;
  sha256: string | undefined;
  file: { readonly content: string; readonly size: number; readonly sha256: string } | undefined;
  fileName: string;
}

/**
 * Takes an image as a form (`file`, `type`, and `sha256` if its sender knows that), as fast as it can be kept. Of what is refused nothing stays.
 * @throws ThingError `invalid`, `tooLarge`, `unsupportedMedia`.
 */
export async function receiveImage(
  request: FastifyRequest,
  { build, category }: OwnedBuild,
  { catalogue, contents, hardware, maxImageSize, now, newID }: ApiParts,
): Promise<FirmwareImage> {
  if (!request.isMultipart()) throw new ThingError('unsupportedMedia', 'An image is sent as multipart/form-data');

  const demandType = async (type: string): Promise<void> => {
    const refusal = refusalOfType(type, hardware);
    if (refusal) throw refusalError(refusal);
    const { count } = await catalogue.images.find({ where: { build: build.id, type }, limit: 1 });
    if (count > 0) throw fieldError('__all__', 'Firmware image with this Build and Type already exists.');
  };

  const upload: Upload = { type: '', sha256: undefined, file: undefined, fileName: '' };
  try {
    for await (const part of request.parts({
      limits: { files: 1, fields: 10, fieldSize: 1000, fileSize: maxImageSize + 1 },
    })) {
      if (part.type === 'field') {
        if (part.fieldname === 'type') upload.type = String(part.value).trim();
        if (part.fieldname === 'sha256') upload.sha256 = digestOf(part.value);
        continue;
      }
      if (part.fieldname !== 'file') throw fieldError(part.fieldname, 'There is no such file to send.');
      upload.fileName = safeName(part.filename);
      // Refused before its bytes are read, where that can be told already.
      if (upload.type !== '') await demandType(upload.type);
      upload.file = await contents.write(part.file, {
        name: upload.fileName,
        organization: category.organization,
        maxSize: maxImageSize,
        expectedSHA256: upload.sha256,
      });
    }
    const { file } = upload;
    if (!file) throw fieldError('file', TEXTS.required);
    if (file.size === 0) throw fieldError('file', 'The submitted file is empty.');
    if (upload.sha256 !== undefined && upload.sha256 !== file.sha256)
      throw fieldError('sha256', 'The file has another digest.');
    const type = upload.type || typeOfFile(upload.fileName);
    await demandType(type);
    const moment = now();
    const image: FirmwareImage = {
      id: newID(),
      build: build.id,
      type,
      fileName: upload.fileName,
      ...file,
      signature: null,
      created: moment,
      modified: moment,
    };
    await catalogue.images.put(image);
    return image;
  } catch (error) {
    if (upload.file) await contents.remove(upload.file.content);
    throw error instanceof ThingError && error.code === 'tooLarge'
      ? fieldError('file', `File size is too big, the maximum allowed is ${maxImageSize} bytes.`)
      : error;
  }
}

function digestOf(value: unknown): string {
  const digest = String(value).trim().toLowerCase();
  if (/^[\da-f]{64}$/.test(digest)) return digest;
  throw fieldError('sha256', 'A digest has 64 hexadecimal digits.');
}

/** A name that is safe as the last segment of a path, with what of it decides on the type. */
function safeName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const safe = last
    .replaceAll(/[^\w.+-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-200);
  return safe === '' ? 'image' : safe;
}
