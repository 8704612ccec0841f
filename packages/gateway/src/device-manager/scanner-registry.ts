import { type Context, isMembers, type Principal, type Site, type Thing, ThingError } from '@thingwright/core';
import type { RegisteredScanner, ScannerRegistry } from '@thingwright/scanner';
import { isAdminOf } from '../administration/authority.js';
import type { DeviceSummary, Fleet } from '../fleet.js';
import { GATEWAY_NAME } from '../gateway-routes.js';
import { DEFAULT_ORGANIZATION } from '../policy.js';

/** What the scanners of a gateway are kept by. */
export interface ScannerRegistryParts {
  readonly site: Pick<Site, 'things' | 'byID'>;
  readonly fleet: Pick<Fleet, 'list' | 'get' | 'datesOf'>;
  /** Rejects if nothing can be kept for the moment. */
  readonly check: () => Promise<void>;
}

const KIND = 'scanner';

/**
 * The devices of the kind `scanner` as the device manager knows them. What changes them goes by the actions of the gateway's Thing, so
 * that it is asked who may do it, and told to the audit, in the one way that there is.
 */
export function createScannerRegistry({ site, fleet, check }: ScannerRegistryParts): ScannerRegistry {
  const invoke = async (name: string, input: object, context: Context): Promise<unknown> => {
    const gateway = site.things.get(GATEWAY_NAME);
    if (!gateway) throw new ThingError('unavailable', 'The gateway is closing');
    return (await gateway.request({ op: 'invokeaction', name, input }, context)).output;
  };
  const toRegistered = ({ id, name, kind }: DeviceSummary): RegisteredScanner[] => {
    const dates = kind === KIND ? fleet.datesOf(name) : undefined;
    return dates ? [{ id, name, ...dates }] : [];
  };
  const deviceOf = (thing: Thing | undefined): DeviceSummary[] => {
    const device = thing && fleet.get(thing.name);
    return device ? [device] : [];
  };

  return {
    list: () => fleet.list().flatMap(toRegistered),
    find: (id) => deviceOf(site.byID(id)).flatMap(toRegistered)[0],
    async create(title, context) {
      const organization = organizationOf(context.principal);
      const output = await invoke('provisionDevice', { kind: KIND, title, organization }, context);
      if (isMembers(output) && typeof output.id === 'string' && typeof output.token === 'string') {
        return { id: output.id, token: output.token };
      }
      throw new ThingError('failed', 'A device was provisioned, but not told of');
    },
    async remove(name, context) {
      await invoke('removeDevice', { name }, context);
    },
    check,
  };
}

/**
 * The organization of what somebody creates who has no word for organizations: the default one, or the one that they administer.
 * @throws ThingError `conflict` where that is not clear.
 */
function organizationOf(principal: Principal): string {
  if (isAdminOf(principal, DEFAULT_ORGANIZATION)) return DEFAULT_ORGANIZATION;
  const all = principal.grants.flatMap(({ organization }) => organization ?? []);
  const own = [...new Set(all)].filter((organization) => isAdminOf(principal, organization));
  if (own.length < 2) return own[0] ?? DEFAULT_ORGANIZATION;
  throw new ThingError(
    'conflict',
    `${principal.id} administers ${own.join(', ')}: provision the device for one of them`,
  );
}
