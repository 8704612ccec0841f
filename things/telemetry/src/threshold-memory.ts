/** What a telemetry Thing must remember beyond a restart; whoever runs it keeps it. Ids are those of the Things. */
export interface ThresholdMemory {
  /** The threshold that was set, in percent; undefined if none was. */
  recall(id: string): number | undefined;
  /** Keeps a threshold. What it throws, or rejects with, fails the write. */
  keep(id: string, threshold: number): void | Promise<void>;
}

/** Remembers until the process ends. */
export function rememberInProcess(): ThresholdMemory {
  const thresholds = new Map<string, number>();
  return {
    recall: (id) => thresholds.get(id),
    keep: (id, threshold) => void thresholds.set(id, threshold),
  };
}
