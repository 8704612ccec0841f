/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. Disposing stops to listen. */
export function interruption(): { readonly happened: Promise<NodeJS.Signals> } & Disposable {
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
