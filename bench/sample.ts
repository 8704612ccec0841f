/** Name of the n-th device. */
export const deviceName = (n: number): string => `ems_${String(n).padStart(4, '0')}`;

/** The id of its Thing. */
export const deviceID = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Different samples that a device sends, one after the other, round and round. */
export const VARIANTS = 16;

/** What a device measured, in a dialect of the telemetry wire; 8 numbers and the state differ from sample to sample. */
export function sampleOf(device: number, variant: number) {
  const by = (step: number): number => Math.round((variant * step + (device % 10) * 0.01) * 100) / 100;
  return {
    device_id: deviceName(device),
    timestamp: `2026-01-31T12:00:${String(10 + variant)}Z`,
    system_status: {
      state: variant % 2 === 0 ? 'CHARGING' : 'IDLE',
      mode: 'AUTO',
      error_flags: [],
      wifi_strength: -40 - variant,
    },
    battery: { voltage: 52.01 + by(0.1), current: 10.5 + by(0.1), power: 558.6 + by(1), soc: 50.5 + variant },
    grid: { voltage: 230.1 + by(0.1), power: -200 + by(2), frequency: 49.9 + by(0.01) },
  };
}

/** A sample. */
export type Sample = ReturnType<typeof sampleOf>;
