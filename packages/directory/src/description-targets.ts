import { type Fault, isMembers, type Members } from '@thingwright/core';

/** Schemes that make a browser run or show what the TD says; nobody reaches a Thing by them. */
const HARMFUL = /^(?:javascript|vbscript|data|blob|file|about|filesystem|view-source):/i;

/** Without its slashes an address of the web is relative wherever it is read at one of its own scheme: `http:/x` is `/x` there. */
const ABSOLUTE = /^(?:(?:https?|wss?|ftp):\/\/|(?!(?:https?|wss?|ftp):)[A-Za-z][A-Za-z0-9+.-]*:)/i;

/** Somewhere that a TD leads to. */
interface Target {
  /** JSON Pointer. */
  readonly path: string;
  readonly value: unknown;
  /** Whether consumers go there without anybody looking at it first, and show credentials. */
  readonly isUsed: boolean;
}

/**
 * Looks where a stranger's TD leads. It has to say so by itself: what is relative to nothing would be relative to the directory. And no
 * form may lead to the directory's own server, where a consumer would show credentials that were never meant for that TD.
 */
export function targetFaults(td: Members, isOwn: (url: URL) => boolean): readonly Fault[] {
  const base = typeof td.base === 'string' && ABSOLUTE.test(td.base) ? td.base : undefined;
  return targetsOf(td).flatMap((target) => {
    const message = typeof target.value === 'string' ? faultOf(target.value, { ...target, base, isOwn }) : undefined;
    return message === undefined ? [] : [{ path: target.path, message }];
  });
}

function faultOf(
  target: string,
  {
    base,
    isUsed,
    isOwn,
  }: Pick<Target, 'isUsed'> & { readonly base: string | undefined; readonly isOwn: (url: URL) => boolean },
): string | undefined {
  // Browsers leave these out, in the middle of a scheme too.
  if (/[\p{Cc}\s]/u.test(target)) return 'must not contain spaces or control characters';
  if (HARMFUL.test(target)) return 'must not be of a scheme that reaches no Thing';
  if (!ABSOLUTE.test(target) && base === undefined) return 'must be absolute, because the TD has no absolute base';
  if (!URL.canParse(target, base)) return 'must be a URI';
  if (isUsed && isOwn(new URL(target, base))) return "must not lead to the directory's own server";
  return undefined;
}

const AFFORDANCES = ['properties', 'actions', 'events'] as const;

/** Members of security schemes that are URIs. */
const OF_SECURITY = ['proxy', 'authorization', 'token', 'refresh'] as const;

function targetsOf(td: Members): readonly Target[] {
  const forms = AFFORDANCES.flatMap((group) =>
    entriesOf(td[group]).flatMap(([name, affordance]) =>
      addressesIn(isMembers(affordance) ? affordance.forms : undefined, 'href', {
        path: `/${group}/${escapePointer(name)}/forms`,
        isUsed: true,
      }),
    ),
  );
  const security = entriesOf(td.securityDefinitions).flatMap(([name, scheme]) =>
    OF_SECURITY.flatMap((member) =>
      isMembers(scheme) && member in scheme
        ? [{ path: `/securityDefinitions/${escapePointer(name)}/${member}`, value: scheme[member], isUsed: true }]
        : [],
    ),
  );
  return [
    { path: '/base', value: td.base, isUsed: true },
    { path: '/support', value: td.support, isUsed: false },
    ...addressesIn(td.links, 'href', { path: '/links', isUsed: false }),
    ...addressesIn(td.links, 'anchor', { path: '/links', isUsed: false }),
    ...addressesIn(td.forms, 'href', { path: '/forms', isUsed: true }),
    ...forms,
    ...security,
  ];
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isMembers(value) ? Object.entries(value) : [];

function addressesIn(
  list: unknown,
  member: 'href' | 'anchor',
  { path, isUsed }: Omit<Target, 'value'>,
): readonly Target[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown, i) => ({
    path: `${path}/${i}/${member}`,
    value: isMembers(item) ? item[member] : undefined,
    isUsed,
  }));
}

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
