import { ThingError } from '@thingwright/core';
import type { ImageSignature } from '@thingwright/device-link';
import type { FastifyRequest } from 'fastify';
import type { FirmwareImage } from '../catalogue.js';
import { refusalOfType, typeOfFile } from '../catalogue-rules.js';
import { refusalError } from '../desk/desk-parts.js';
import { foreignFormat, isRootFileSystem, withHeadChecked } from '../foreign-format.js';
import { isSignature, signerOf } from '../image-signature.js';
import type { ApiParts } from './api-parts.js';
import type { OwnedBuild } from './build-routes.js';
import { fieldError, TEXTS } from './rest-errors.js';

/** What an upload came with. */
interface Upload {
  type: string;
  sha256: string | undefined;
  signature: string | undefined;
  /** The id of the key of the signature. */
  signatureKey: string | undefined;
  file: { readonly content: string; readonly size: number; readonly sha256: string } | undefined;
  fileName: string;
}

/**
 * Takes an image as a form (`file`, `type`, and `sha256`, `signature` and `signature_key` if its sender has them), as fast as it can be kept. Of what
 * is refused nothing stays.
 * @throws ThingError `invalid`, `tooLarge`, `unsupportedMedia`.
 */
export async function receiveImage(
  request: FastifyRequest,
  { build, category }: OwnedBuild,
  { catalogue, contents, hardware, imageKeys, maxImageSize, now, newID }: ApiParts,
): Promise<FirmwareImage> {
  if (!request.isMultipart()) throw new ThingError('unsupportedMedia', 'An image is sent as multipart/form-data');

  const demandType = async (type: string): Promise<void> => {
    const refusal = refusalOfType(type, hardware);
    if (refusal) throw refusalError(refusal);
    const { count } = await catalogue.images.find({ where: { build: build.id, type }, limit: 1 });
    if (count > 0) throw fieldError('__all__', 'Firmware image with this Build and Type already exists.');
  };

  /** Refuses what people upload by mistake; of a type that is not known yet, as of any. */
  const checkFormat = (type: string, fileName: string): ((head: Uint8Array) => void) => {
    if (hardware.find(({ key }) => key === type)?.anyFormat) return () => undefined;
    if (isRootFileSystem(fileName)) throw fieldError('file', 'This is a file system alone, and no firmware.');
    return (head) => {
      const format = foreignFormat(head);
      if (format !== undefined) throw fieldError('file', `This is ${format}, and no firmware.`);
    };
  };

  const signatureOf = ({ signature: value, signatureKey: keyID, file }: Upload): ImageSignature | null => {
    if (imageKeys.size > 0 && keyID !== undefined && !imageKeys.has(keyID)) {
      throw fieldError('signature_key', `There is no key "${keyID}" here.`);
    }
    if (value === undefined) {
      if (imageKeys.size === 0) return null;
      throw fieldError('signature', TEXTS.required);
    }
    if (imageKeys.size === 0) {
      if (keyID === undefined) throw fieldError('signature_key', TEXTS.required);
      return { keyID, value };
    }
    const { size = 0, sha256 = '' } = file ?? {};
    const signed = signerOf({ sha256, size, version: build.version }, { keyID, value }, imageKeys);
    if (signed) return signed;
    throw fieldError('signature', `No key that is trusted here has signed this file as version ${build.version}.`);
  };

  const upload: Upload = {
    type: '',
    sha256: undefined,
    signature: undefined,
    signatureKey: undefined,
    file: undefined,
    fileName: '',
  };
  try {
    for await (const part of request.parts({
      limits: { files: 1, fields: 10, fieldSize: 1000, fileSize: maxImageSize + 1 },
    })) {
      if (part.type === 'field') {
        takeField(upload, part.fieldname, String(part.value).trim());
        continue;
      }
      if (part.fieldname !== 'file') throw fieldError(part.fieldname, 'There is no such file to send.');
      upload.fileName = safeName(part.filename);
      // Refused before its bytes are read, where that can be told already.
      if (upload.type !== '') await demandType(upload.type);
      const check = checkFormat(upload.type || typeOfFile(upload.fileName), upload.fileName);
      upload.file = await contents.write(withHeadChecked(part.file, check), {
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
      signature: signatureOf(upload),
      created: moment,
      modified: moment,
    };
    await catalogue.images.put(image);
    return image;
  } catch (error) {
    if (upload.file) await contents.remove(upload.file.content);
    if (isBrokenForm(error)) throw new ThingError('invalid', `The form cannot be read: ${error.message}`);
    throw error instanceof ThingError && error.code === 'tooLarge'
      ? fieldError('file', `File size is too big, the maximum allowed is ${maxImageSize} bytes.`)
      : error;
  }
}

/** What the parser says of a form that has no boundary, or breaks off; its errors have no codes. */
const isBrokenForm = (error: unknown): error is Error =>
  error instanceof Error &&
  /^(Multipart: Boundary not found|Unexpected end of |Part terminated early|Malformed part header)/.test(error.message);

function takeField(upload: Upload, name: string, value: string): void {
  switch (name) {
    case 'type':
      upload.type = value;
      return;
    case 'sha256':
      upload.sha256 = digestOf(value);
      return;
    case 'signature':
      if (value !== '' && !isSignature(value)) throw fieldError(name, 'A signature has 64 bytes, in base64.');
      upload.signature = value || undefined;
      return;
    case 'signature_key':
      upload.signatureKey = value || undefined;
      return;
    default:
  }
}

function digestOf(value: string): string {
  const digest = value.toLowerCase();
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
