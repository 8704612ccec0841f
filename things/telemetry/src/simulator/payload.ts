import type { Dialect } from '../wire/dialect.js';
import type { Measurement } from './plant.js';

/** Who reports, and when (milliseconds since 1970). */
export interface Report {
  readonly name: string;
  readonly now: number;
  readonly seq: number;
}

const kilo = (watts: number): number => Number((watts / 1000).toFixed(4));
const part = (percent: number): number => Number((percent / 100).toFixed(4));

/** A measurement in the form of a dialect. */
export function payloadIn(dialect: Dialect, measurement: Measurement, report: Report): object {
  return dialect === 'ci-2026-01' ? inFirstForm(measurement, report) : inLaterForm(measurement, report);
}

function inFirstForm({ battery, grid, solar, load, ...rest }: Measurement, { name, now, seq }: Report): object {
  return {
    device_id: name,
    timestamp: new Date(now).toISOString(),
    seq,
    system_status: {
      state: rest.state,
      mode: rest.mode,
      error_flags: rest.errorFlags,
      wifi_strength: rest.wifi,
      uptime: rest.uptime,
    },
    battery,
    grid,
    solar: { power_ac: solar.power, irradiance: solar.irradiance },
    load,
  };
}

function inLaterForm({ battery, grid, solar, load, ...rest }: Measurement, { name, now, seq }: Report): object {
  return {
    device_id: name,
    // Microseconds and no zone, as that schema has it.
    timestamp: `${new Date(now).toISOString().slice(0, -1)}000`,
    seq,
    battery: {
      soc: part(battery.soc),
      soh: 0.97,
      voltage: battery.voltage,
      current: battery.current,
      power_kw: kilo(battery.power),
      temperature_c: battery.temperature,
      faults: [],
      warnings: [],
    },
    grid: { voltage: grid.voltage, frequency: grid.frequency, power_kw: kilo(grid.power), status: 'connected' },
    solar: { power_ac_kw: kilo(solar.power), irradiance_w_m2: solar.irradiance },
    load: { total_load_kw: kilo(load.power) },
    system: {
      system_state: rest.state,
      system_mode: rest.mode,
      error_flags: rest.errorFlags,
      wifi_rssi: rest.wifi,
      uptime_seconds: rest.uptime,
      cpu_usage: 12.5,
    },
  };
}
