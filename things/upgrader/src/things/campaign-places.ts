import type { Fleet, FleetDevice, Place } from '../fleet.js';

/** A group or a location, with how many devices are there. */
export interface PlaceValue extends Place {
  readonly devices: number;
}

/** The groups and locations in which devices of some organizations are (undefined: of all), by their names. */
export const placesValue = (
  fleet: Pick<Fleet, 'list' | 'group' | 'location'>,
  organizations: readonly string[] | undefined,
): { readonly groups: PlaceValue[]; readonly locations: PlaceValue[] } => {
  const seen = [...fleet.list()].filter(({ organization }) => organizations?.includes(organization) !== false);
  return {
    groups: counted(seen, ({ group }) => (group === null ? undefined : fleet.group(group))),
    locations: counted(seen, ({ location }) => (location === null ? undefined : fleet.location(location))),
  };
};

function counted(devices: readonly FleetDevice[], placeOf: (device: FleetDevice) => Place | undefined): PlaceValue[] {
  const places = new Map<string, PlaceValue>();
  for (const device of devices) {
    const place = placeOf(device);
    if (place) places.set(place.id, { ...place, devices: (places.get(place.id)?.devices ?? 0) + 1 });
  }
  return [...places.values()].sort(
    (a, b) => a.name.localeCompare(b.name) || a.organization.localeCompare(b.organization),
  );
}
