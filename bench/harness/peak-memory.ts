import type { Command } from './commands.js';

/** Milliseconds between two looks at the memory of a process. */
const EVERY = 20;

/** How large this process gets: `watch` begins to look, `peak` tells the bytes of RSS that it had at most, and ends it. */
export function peakMemory(): { readonly watch: Command; readonly peak: Command } {
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  return {
    watch() {
      clearInterval(timer);
      peak = 0;
      timer = setInterval(look, EVERY);
      return {};
    },
    peak() {
      clearInterval(timer);
      look();
      return { rss: peak };
    },
  };
}
