import { once } from 'node:events';
import { createServer } from 'node:net';
import { microseconds } from '../wire.js';
import type { Command } from './commands.js';
import { figure } from './figures.js';

/** Makes the n-th change of a server; `at` says when it was due. */
export type Change = (n: number, at: number) => void;

/** What makes a server change. */
export interface Trigger {
  readonly port: number;
  /** `burst { changes }`: how many changes are made in one pass of the event loop. */
  readonly burst: Command;
  /** `pace { perSecond, changes }`: makes changes by the clock, whatever becomes of them. */
  readonly pace: Command;
}

/** Makes a change for every byte that comes over a socket of its own: the readers say how fast they can take them. */
export async function openTrigger(change: Change): Promise<Trigger> {
  let made = 0;
  let asked = 0;
  let burst = 1;
  let running = false;
  const pass = (): void => {
    running = asked >= burst;
    if (!running) return;
    asked -= burst;
    for (let i = 0; i < burst; i++) change(made++, microseconds());
    setImmediate(pass);
  };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', ({ length }) => {
      asked += length;
      if (!running) pass();
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    burst(figures) {
      burst = figure(figures, 'changes');
      return {};
    },
    pace: (figures) => {
      const changes = figure(figures, 'changes');
      const apart = 1e6 / figure(figures, 'perSecond');
      const start = microseconds();
      return new Promise((resolve) => {
        let sent = 0;
        const tick = (): void => {
          const now = microseconds();
          while (sent < changes && start + sent * apart <= now) change(made++, Math.floor(start + sent++ * apart));
          if (sent < changes) setTimeout(tick, 1);
          else resolve({ late: now - start - changes * apart });
        };
        tick();
      });
    },
  };
}
