import { createHash, randomUUID } from 'node:crypto';
import {
  type Catalogue,
  catalogueInProcess,
  type HardwareType,
  type ImageContents,
  type ImageKeys,
  imageContentsInProcess,
  upgraderRoutes,
} from '../src/index.js';
import { uuid } from './fixture.js';
import { rightsByRole, type ServedDoors, serveDoors } from './served-upgrader.js';

/** The hardware that images are made for here. */
export const HARDWARE: readonly HardwareType[] = [
  { key: 'model-x.bin', label: 'Model X', boards: ['Model X'] },
  { key: 'model-y.bin', label: 'Model Y', boards: ['Model Y'] },
  { key: 'model-z.zip', label: 'Model Z', boards: ['Model Z'], anyFormat: true },
];

/** An answer of the REST API. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** The endpoints with the REST API beside them, over a catalogue in the process. */
export interface ServedApi extends ServedDoors {
  readonly catalogue: Catalogue;
  readonly contents: ImageContents;
  /** Sends a request to an address below that of the API. */
  ask(method: string, path: string, options?: Ask): Promise<Answered>;
  /** Uploads an image, and gives its id. */
  upload(build: string, options?: Partial<Upload>): Promise<Answered>;
  /** A category with a build and an image of it, by their ids. */
  file(version?: string, more?: { readonly organization?: string | null; readonly os?: string }): Promise<Filed>;
}

/** How somebody asks. */
export interface Ask {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Upload {
  readonly token: string;
  readonly type: string | undefined;
  readonly bytes: Buffer;
  readonly name: string;
  readonly sha256: string | undefined;
  readonly signature: string;
  readonly signatureKey: string;
}

/** What was filed. */
export interface Filed {
  readonly category: string;
  readonly build: string;
  readonly image: string;
}

/** The bytes of the image that is uploaded if nothing else is said. */
export const IMAGE = Buffer.from('firmware '.repeat(1000));

/** Serves them. */
export async function serveApi(
  options: Parameters<typeof serveDoors>[0] & { readonly maxImageSize?: number; readonly imageKeys?: ImageKeys } = {},
): Promise<ServedApi> {
  const catalogue = catalogueInProcess();
  const contents = imageContentsInProcess();
  const { maxImageSize, imageKeys } = options;
  const doors = await serveDoors({
    ...options,
    async prepare(served) {
      const routes = upgraderRoutes({
        record: served.record,
        fleet: served.fleet,
        catalogue,
        contents,
        hardware: HARDWARE,
        drivers: [{ name: 'simulated', options: ['c', 'n', 'o'] }],
        rights: rightsByRole,
        now: Date.now,
        newID: randomUUID,
        signIn: async (user, password) => (user === 'ada' && password === 'secret' ? 'viewer@lab' : undefined),
        ...(maxImageSize === undefined ? {} : { maxImageSize }),
        ...(imageKeys === undefined ? {} : { imageKeys }),
      });
      await routes.open(served.site, served.listener);
    },
  });
  const ask: ServedApi['ask'] = async (method, path, { token = 'root', body, headers = {} } = {}) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${doors.url}/api/v1/${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJSON = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJSON ? JSON.parse(text) : text, headers: response.headers };
  };
  const api = (method: string, path: string, options?: Ask): Promise<Answered> =>
    ask(method, `firmware-upgrader/${path}`, options);
  const upload: ServedApi['upload'] = (
    build,
    { token = 'root', bytes = IMAGE, name = 'a-model-x.bin', ...sent } = {},
  ) => {
    const form = new FormData();
    const { type = 'model-x.bin' } = sent;
    if ('sha256' in sent && sent.sha256 !== undefined) form.set('sha256', sent.sha256);
    if (sent.signature !== undefined) form.set('signature', sent.signature);
    if (sent.signatureKey !== undefined) form.set('signature_key', sent.signatureKey);
    if (type !== '') form.set('type', type);
    form.set('file', new Blob([Uint8Array.from(bytes)]), name);
    return api('POST', `build/${build}/image/`, { token, body: form });
  };
  return {
    ...doors,
    catalogue,
    contents,
    ask: api,
    upload,
    async file(version = '2.0', { organization = 'lab', os } = {}) {
      const category = await api('POST', 'category/', {
        body: { name: `Routers ${randomUUID().slice(0, 8)}`, organization },
      });
      const categoryID = idIn(category);
      const build = idIn(
        await api('POST', 'build/', { body: { category: categoryID, version, ...(os ? { os } : {}) } }),
      );
      return { category: categoryID, build, image: idIn(await upload(build)) };
    },
  };
}

/** The SHA-256 of bytes, in hexadecimal. */
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A member of the body of an answer. */
export function member(answered: Answered, name: string): unknown {
  const { body } = answered;
  return typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;
}

/** The id in an answer; what was refused fails the test. */
export function idIn(answered: Answered): string {
  const id = member(answered, 'id');
  if (typeof id === 'string') return id;
  throw new Error(`${answered.status} ${JSON.stringify(answered.body)}`);
}

/** The ids of a page. */
export function idsIn(answered: Answered): readonly string[] {
  const results = member(answered, 'results');
  if (!Array.isArray(results)) throw new Error(`${answered.status} ${JSON.stringify(answered.body)}`);
  return results.map(({ id }) => String(id));
}

/** Nobody's id. */
export const UNKNOWN = uuid(99, 'f');
