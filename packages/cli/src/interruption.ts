/** The wish that a command ends. Disposing stops to listen for it. */
export interface Interruption extends Disposable {
  /** Resolves when it happens. */
  readonly happened: Promise<NodeJS.Signals>;
}

/** The first SIGINT or SIGTERM of this process; a second one ends it at once. */
export function processInterruption(): Interruption {
  let onSignal: (signal: NodeJS.Signals) => void = () => undefined;
  const happened = new Promise<NodeJS.Signals>((resolve) => {
    let stopping = false;
    onSignal = (signal) => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve(signal);
    };
  });
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    happened,
    [Symbol.dispose]: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
