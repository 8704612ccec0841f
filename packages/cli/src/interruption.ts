/** The wish that a command ends. Disposing stops to listen for it. */
export interface Interruption extends Disposable {
  /** Resolves when it happens. */
  readonly happened: Promise<NodeJS.Signals>;
}

/** npm hands a terminal's ^C on to a process that has had it already; that is no second ^C. Milliseconds. */
const ECHO = 500;

/** The first SIGINT or SIGTERM of this process; a later one ends it at once. */
export function processInterruption(): Interruption {
  let onSignal: (signal: NodeJS.Signals) => void = () => undefined;
  const happened = new Promise<NodeJS.Signals>((resolve) => {
    let first: number | undefined;
    onSignal = (signal) => {
      if (first !== undefined && performance.now() - first > ECHO) process.exit(130);
      first ??= performance.now();
      resolve(signal);
    };
  });
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    happened,
    [Symbol.dispose]: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
