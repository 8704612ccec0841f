/** What a plant was told to do; kept over a restart. */
export interface PlantMode {
  /** `AUTO`, or `MANUAL` with what to do: `MANUAL_CHARGE`, `MANUAL_DISCHARGE`, `MANUAL_IDLE`. */
  readonly target: string;
  /** Watts; how strongly, in a manual mode. */
  readonly power: number;
}

/** What a plant measures at one moment, in volts, amperes, watts, percent. */
export interface Measurement {
  readonly state: 'IDLE' | 'CHARGING' | 'DISCHARGING' | 'FULL' | 'ERROR';
  readonly mode: 'AUTO' | 'MANUAL';
  readonly errorFlags: readonly string[];
  readonly battery: {
    readonly voltage: number;
    readonly current: number;
    readonly power: number;
    readonly soc: number;
    readonly temperature: number;
  };
  readonly grid: { readonly voltage: number; readonly power: number; readonly frequency: number };
  readonly solar: { readonly power: number; readonly irradiance: number };
  readonly load: { readonly power: number };
  readonly uptime: number;
  readonly wifi: number;
}

/** A battery with its inverter, a roof and a house, that behaves as such things do. */
export interface Plant {
  /** Lets time pass and measures. `now` is in milliseconds since 1970, `seconds` what passed since the last call. */
  measure(now: number, seconds: number): Measurement;
  readonly mode: PlantMode;
  setMode(mode: PlantMode): void;
  /** Goes into ERROR until it is reset. */
  fail(flag: string): void;
  reset(): void;
}

/** Wh. */
const CAPACITY = 10_000;
const STRONGEST = 3000;
const DEFAULT_POWER = 500;
const DAY = 86_400_000;

const clamp = (value: number, limit: number): number => Math.min(Math.max(value, -limit), limit);
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Makes a plant with a half full battery. `random` gives numbers from 0 to 1. */
export function createPlant(random: () => number, initial: PlantMode): Plant {
  let mode = initial;
  let charge = 35 + random() * 30;
  let temperature = 24;
  let uptime = 0;
  const flags = new Set<string>();
  const jitter = (span: number): number => (random() - 0.5) * span;

  /** Watts into the battery that it would like. */
  const wanted = (surplus: number): number => {
    if (flags.size > 0) return 0;
    if (mode.target === 'AUTO') return surplus;
    if (mode.target.includes('DISCHARGE')) return -mode.power;
    return mode.target.includes('CHARGE') ? mode.power : 0;
  };

  const stateOf = (power: number): Measurement['state'] => {
    if (flags.size > 0) return 'ERROR';
    if (power > 20) return 'CHARGING';
    if (power < -20) return 'DISCHARGING';
    return charge >= 99.9 ? 'FULL' : 'IDLE';
  };

  return {
    get mode() {
      return mode;
    },
    setMode(next) {
      mode = { target: next.target, power: clamp(Math.abs(next.power) || DEFAULT_POWER, STRONGEST) };
    },
    fail: (flag) => void flags.add(flag),
    reset: () => flags.clear(),
    measure(now, seconds) {
      uptime += seconds;
      const sun = Math.max(0, Math.sin(((now % DAY) / DAY - 0.25) * 2 * Math.PI));
      const irradiance = sun * (850 + jitter(100));
      const solar = irradiance * 4.5;
      const load = 420 + 260 * Math.sin(now / 180_000) ** 2 + random() * 60;
      let power = clamp(wanted(solar - load), STRONGEST);
      if ((power > 0 && charge >= 100) || (power < 0 && charge <= 5)) power = 0;
      charge = Math.min(100, Math.max(0, charge + ((power * seconds) / 3600 / CAPACITY) * 100));
      const voltage = 48 + charge * 0.06 + power / 3000 + jitter(0.04);
      temperature += (24 + Math.abs(power) / 250 - temperature) * Math.min(1, seconds / 300);
      return {
        state: stateOf(power),
        mode: mode.target === 'AUTO' ? 'AUTO' : 'MANUAL',
        errorFlags: [...flags],
        battery: {
          voltage: round(voltage, 2),
          current: round(power / voltage, 2),
          power: round(power, 1),
          soc: round(charge, 2),
          temperature: round(temperature, 1),
        },
        grid: {
          voltage: round(230 + jitter(2), 1),
          power: round(load + power - solar, 1),
          frequency: round(50 + jitter(0.04), 3),
        },
        solar: { power: round(solar, 1), irradiance: round(irradiance, 1) },
        load: { power: round(load, 1) },
        uptime: Math.floor(uptime),
        wifi: Math.round(-52 + jitter(8)),
      };
    },
  };
}
