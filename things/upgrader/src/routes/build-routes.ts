import { ThingError } from '@thingwright/core';
import type { Build, Catalogue, Category } from '../catalogue.js';
import { refusalOfOs } from '../catalogue-rules.js';
import { refusalError } from '../desk/desk-parts.js';
import { readAll } from '../desk/read-all.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { type Caller, callerOf } from './callers.js';
import { visibleOwners } from './category-routes.js';
import { buildObject } from './entry-objects.js';
import { freeText, id, orNull, readFields, text } from './fields.js';
import { filtersAsked, idOf, orderAsked, pageAsked, pageOf, queryOf, unknownID } from './pages.js';
import { fieldError, notFound } from './rest-errors.js';

/** A build, with its category. */
export interface OwnedBuild {
  readonly build: Build;
  readonly category: Category;
}

const FIELDS = { category: id, version: text(32), os: orNull(text(64)), changelog: freeText(100_000) } as const;

/** Finds a build that the caller has that right to. @throws ThingError `notFound`, `forbidden`. */
export async function findBuild(
  { builds, categories }: Catalogue,
  buildID: string,
  { caller, right }: { readonly caller: Caller; readonly right: 'view' | 'change' | 'manage' },
): Promise<OwnedBuild> {
  caller.demandSomewhere('view');
  const build = await builds.get(idOf(buildID));
  const category = build && (await categories.get(build.category));
  if (!category) throw notFound();
  caller.demand(right, category.organization);
  return { build, category };
}

/** Adds `build/` and `build/<id>/`. */
export function addBuildRoutes({ app, listener, catalogue, entries, now, newID }: ApiParts): void {
  const { builds, categories } = catalogue;

  const categoryWith = async (categoryID: string, caller: Caller): Promise<Category> => {
    const category = await categories.get(categoryID);
    const isSeen = category && visibleOwners(caller, undefined)?.includes(category.organization) !== false;
    if (!isSeen) throw unknownID('category', categoryID);
    caller.demand('manage', category.organization);
    return category;
  };

  const keep = async (build: Build, category: Category): Promise<object> => {
    const { version, os } = build;
    const [same] = (await builds.find({ where: { category: category.id, version }, limit: 1 })).items;
    if (same && same.id !== build.id) {
      throw fieldError('__all__', 'Firmware Build with this Category and Version already exists.');
    }
    if (os !== null) await demandOwnOs(build, os, category);
    await builds.put(build);
    return buildObject(build, category);
  };

  const demandOwnOs = async ({ id: own }: Build, os: string, { organization }: Category): Promise<void> => {
    const siblings = await readAll(categories, { organization });
    const where = { os, category: siblings.map((category) => category.id) };
    const taken = (await builds.find({ where, limit: 2 })).items.some((other) => other.id !== own);
    if (taken) throw refusalError(refusalOfOs(os, organization));
  };

  /** What images are signed as is what devices are to find. */
  const demandUnsigned = async (build: string): Promise<void> => {
    const images = await readAll(catalogue.images, { build });
    if (images.some(({ signature }) => signature !== null)) throw fieldError('version', 'Its images are signed as it.');
  };

  app.get('/build/', async (request) => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const query = queryOf(request);
    const page = pageAsked(query);
    const asked = filtersAsked(query, { category: id, version: text(32), os: text(64), organization: text(128) });
    const visible = await readAll(categories, { organization: visibleOwners(caller, asked.organization) });
    const owners = new Map(visible.map((category) => [category.id, category]));
    const category = [...owners.keys()].filter((owner) => asked.category === undefined || owner === asked.category);
    const order = orderAsked(query, ['version', 'created', 'modified']) ?? { by: 'created', isDescending: true };
    const where = { category, version: asked.version, os: asked.os };
    const { items, count } = await builds.find({ where, order, ...page });
    const results = items.flatMap((build) => {
      const owner = owners.get(build.category);
      return owner ? [buildObject(build, owner)] : [];
    });
    return pageOf({ items: results, count }, page, { request, listener });
  });

  app.post('/build/', async (request, reply) => {
    const caller = callerOf(request);
    caller.demandSomewhere('manage');
    const sent = readFields(request.body, FIELDS, ['category', 'version']);
    const { version = '', os = null, changelog = '' } = sent;
    const category = await categoryWith(sent.category ?? '', caller);
    const moment = now();
    const build = { id: newID(), category: category.id, version, os, changelog, created: moment, modified: moment };
    return reply.code(201).send(await keep(build, category));
  });

  app.get<OfRow>('/build/:id/', async (request) => {
    const { build, category } = await findBuild(catalogue, request.params.id, {
      caller: callerOf(request),
      right: 'view',
    });
    return buildObject(build, category);
  });

  app.route<OfRow>({
    method: ['PUT', 'PATCH'],
    url: '/build/:id/',
    async handler(request) {
      const caller = callerOf(request);
      const { build, category } = await findBuild(catalogue, request.params.id, { caller, right: 'manage' });
      const sent = readFields(request.body, FIELDS, request.method === 'PUT' ? ['category', 'version'] : []);
      if (sent.version !== undefined && sent.version !== build.version) await demandUnsigned(build.id);
      const owner = sent.category === undefined ? category : await categoryWith(sent.category, caller);
      return keep({ ...build, ...sent, modified: Math.max(now(), build.modified) }, owner);
    },
  });

  app.delete<OfRow>('/build/:id/', async (request, reply) => {
    const { build } = await findBuild(catalogue, request.params.id, { caller: callerOf(request), right: 'manage' });
    await entries.removeBuild(build);
    return reply.code(204).send();
  });
}

/** The same for what belongs to a build: its absence has words of its own (reference, section 8.3). */
export async function findBuildOfImage(...parameters: Parameters<typeof findBuild>): Promise<OwnedBuild> {
  try {
    return await findBuild(...parameters);
  } catch (error) {
    if (error instanceof ThingError && error.code === 'notFound') throw new ThingError('notFound', 'build not found');
    throw error;
  }
}
