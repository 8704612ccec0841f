import { ThingError } from '@thingwright/core';
import type { Category } from '../catalogue.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { type Caller, callerOf } from './callers.js';
import { categoryObject } from './entry-objects.js';
import { freeText, orNull, readFields, text } from './fields.js';
import { filtersAsked, idOf, orderAsked, pageAsked, pageOf, queryOf } from './pages.js';
import { fieldError, notFound, TEXTS } from './rest-errors.js';

const FIELDS = { name: text(64), description: freeText(10_000), organization: orNull(text(128)) } as const;
const ONLY_SUPERUSERS = 'Only superusers can create or edit shared categories';

/** The organizations whose entries a caller is shown, and those of none; undefined: all. */
export const visibleOwners = (
  { organizations }: Caller,
  asked: string | undefined,
): readonly (string | null)[] | undefined => {
  if (asked === undefined) return organizations && [...organizations, null];
  return organizations === undefined || organizations.includes(asked) ? [asked] : [];
};

/** Adds `category/` and `category/<id>/`. */
export function addCategoryRoutes({ app, listener, catalogue, entries, now, newID }: ApiParts): void {
  const { categories } = catalogue;

  const find = async (id: string, caller: Caller, right: 'view' | 'manage'): Promise<Category> => {
    caller.demandSomewhere('view');
    const category = await categories.get(idOf(id));
    if (!category) throw notFound();
    caller.demand(right, category.organization);
    return category;
  };

  /** Whether a caller may file something for that organization. */
  const demandOwner = (caller: Caller, organization: string | null): void => {
    if (organization === null && !caller.isSuperuser) throw fieldError('organization', ONLY_SUPERUSERS);
    const isOther = caller.organizations !== undefined && !caller.organizations.includes(organization ?? '');
    if (isOther) throw new ThingError('forbidden', TEXTS.notManager);
    caller.demand('manage', organization);
  };

  const keep = async (category: Category): Promise<Category> => {
    const { name, organization } = category;
    const [same] = (await categories.find({ where: { name, organization }, limit: 1 })).items;
    if (same && same.id !== category.id) {
      throw fieldError('__all__', 'Category with this Name and Organization already exists.');
    }
    await categories.put(category);
    return category;
  };

  app.get('/category/', async (request) => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const query = queryOf(request);
    const page = pageAsked(query);
    const { organization } = filtersAsked(query, { organization: text(128) });
    const order = orderAsked(query, ['name', 'created', 'modified']) ?? { by: 'name', isDescending: true };
    const where = { organization: visibleOwners(caller, organization) };
    const { items, count } = await categories.find({ where, order, ...page });
    return pageOf({ items: items.map(categoryObject), count }, page, { request, listener });
  });

  app.post('/category/', async (request, reply) => {
    const caller = callerOf(request);
    caller.demandSomewhere('manage');
    const sent = readFields(request.body, FIELDS, ['name']);
    const organization = sent.organization ?? null;
    demandOwner(caller, organization);
    const moment = now();
    const { name = '', description = '' } = sent;
    const category = { id: newID(), name, description, organization, created: moment, modified: moment };
    return reply.code(201).send(categoryObject(await keep(category)));
  });

  app.get<OfRow>('/category/:id/', async (request) =>
    categoryObject(await find(request.params.id, callerOf(request), 'view')),
  );

  app.route<OfRow>({
    method: ['PUT', 'PATCH'],
    url: '/category/:id/',
    async handler(request) {
      const caller = callerOf(request);
      const before = await find(request.params.id, caller, 'manage');
      const sent = readFields(request.body, FIELDS, request.method === 'PUT' ? ['name'] : []);
      const after = { ...before, ...sent, modified: Math.max(now(), before.modified) };
      demandOwner(caller, after.organization);
      return categoryObject(await keep(after));
    },
  });

  app.delete<OfRow>('/category/:id/', async (request, reply) => {
    await entries.removeCategory(await find(request.params.id, callerOf(request), 'manage'));
    return reply.code(204).send();
  });
}
