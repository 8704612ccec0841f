import { isMembers, type Members } from '@thingwright/core';

/** The forms of payload that devices speak (reference 6.2). */
export const DIALECTS = ['ci-2026-01', 'schema-2026-02'] as const;

/** One of {@link DIALECTS}. */
export type Dialect = (typeof DIALECTS)[number];

/** Where a key goes, and what its number is multiplied by. */
interface Conversion {
  readonly to: string;
  readonly factor?: number;
}

type Conversions = ReadonlyMap<string, Conversion>;

const conversions = (table: Readonly<Record<string, Conversion>>): Conversions => new Map(Object.entries(table));

const BATTERY = conversions({
  soc: { to: 'soc', factor: 100 },
  soh: { to: 'soh', factor: 100 },
  power_kw: { to: 'power', factor: 1000 },
  temperature_c: { to: 'temperature' },
});
const GRID = conversions({ power_kw: { to: 'power', factor: 1000 } });
const SOLAR = conversions({
  power_ac_kw: { to: 'power_ac', factor: 1000 },
  power_dc_kw: { to: 'power_dc', factor: 1000 },
  energy_today_kwh: { to: 'energy_today' },
  irradiance_w_m2: { to: 'irradiance' },
});
const LOAD = conversions({
  total_load_kw: { to: 'power', factor: 1000 },
  energy_consumed_today_kwh: { to: 'energy_today' },
});
/** From `system` to `system_status`; its other keys stay where they are. */
const SYSTEM: ReadonlyMap<string, string> = new Map([
  ['system_state', 'state'],
  ['system_mode', 'mode'],
  ['error_flags', 'error_flags'],
  ['wifi_rssi', 'wifi_strength'],
  ['uptime_seconds', 'uptime'],
  ['firmware_version', 'firmware_version'],
]);

/** The dialect of a frame by its keys: never by its values. */
export function recogniseDialect(frame: Members): Dialect {
  if (Object.hasOwn(frame, 'system') || hasKilowatts(frame.battery) || hasKilowatts(frame.grid))
    return 'schema-2026-02';
  return Object.values(frame).some(hasKilowatts) ? 'schema-2026-02' : 'ci-2026-01';
}

const hasKilowatts = (section: unknown): boolean => isMembers(section) && Object.hasOwn(section, 'power_kw');

/** Brings a frame of a dialect to the normalised keys and units. Values of a wrong type stay as they are. */
export function normalise(frame: Members, dialect: Dialect): Members {
  if (dialect === 'ci-2026-01') return frame;
  const { battery, grid, solar, load, system, ...rest } = frame;
  return {
    ...rest,
    ...section('battery', battery, BATTERY),
    ...section('grid', grid, GRID),
    ...section('solar', solar, SOLAR),
    ...section('load', load, LOAD),
    ...systemSections(system, rest.system_status),
  };
}

function section(name: string, value: unknown, table: Conversions): Members {
  if (value === undefined) return {};
  if (!isMembers(value)) return { [name]: value };
  const unchanged: [string, unknown][] = [];
  const converted: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const conversion = table.get(key);
    if (conversion) converted.push([conversion.to, scaled(member, conversion.factor)]);
    else unchanged.push([key, member]);
  }
  return { [name]: Object.fromEntries([...unchanged, ...converted]) };
}

/** Multiplies, without the dust of binary fractions: 0.57 of a whole is 57 %. */
function scaled(value: unknown, factor: number | undefined): unknown {
  return typeof value === 'number' && factor !== undefined ? Number((value * factor).toPrecision(12)) : value;
}

function systemSections(system: unknown, status: unknown): Members {
  if (system === undefined) return {};
  if (!isMembers(system)) return { system };
  const stay: [string, unknown][] = [];
  const move: [string, unknown][] = [];
  for (const [key, member] of Object.entries(system)) {
    const to = SYSTEM.get(key);
    if (to === undefined) stay.push([key, member]);
    else move.push([to, member]);
  }
  const known = isMembers(status) ? status : {};
  return {
    ...(stay.length > 0 ? { system: Object.fromEntries(stay) } : {}),
    ...(move.length > 0 ? { system_status: { ...known, ...Object.fromEntries(move) } } : {}),
  };
}
