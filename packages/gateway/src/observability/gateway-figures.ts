import type { Figure, Meter, Site } from '@thingwright/core';
import type { Store } from '@thingwright/store';
import { take } from 'rxjs';
import type { Fleet } from '../fleet.js';

/** What figures are taken of when somebody asks for them. */
export interface Measured {
  readonly site: Pick<Site, 'things'>;
  readonly fleet: Pick<Fleet, 'devices'>;
  readonly store: Pick<Store, 'stats'>;
}

/** Adds the figures that nobody has to count, because they are known when they are asked for; gives what brings them up to date. */
export function gatewayFigures(meter: Meter, { site, fleet, store }: Measured): () => void {
  const things = meter.gauge({ name: 'thingwright_things', help: 'Things that are served.' });
  const refreshStore = storeFigures(meter, store);
  const connectedByKind = new Map<string, Figure>();

  const connectedOf = (kind: string): Figure => {
    let figure = connectedByKind.get(kind);
    if (!figure) {
      figure = meter.gauge({
        name: 'thingwright_devices_connected',
        help: 'Devices that are dialled in.',
        labels: { kind },
      });
      connectedByKind.set(kind, figure);
    }
    return figure;
  };

  return () => {
    things.value = site.things.size;
    refreshStore();
    for (const figure of connectedByKind.values()) figure.value = 0;
    fleet.devices.pipe(take(1)).subscribe((devices) => {
      for (const { kind, connected } of devices) connectedOf(kind).value += connected ? 1 : 0;
    });
  };
}

function storeFigures(meter: Meter, store: Measured['store']): () => void {
  const counter = (name: string, help: string): Figure => meter.counter({ name: `thingwright_store_${name}`, help });
  const gauge = (name: string, help: string): Figure => meter.gauge({ name: `thingwright_store_${name}`, help });
  const commits = counter('commits_total', 'Commits that were done.');
  const seconds = counter('commit_seconds_total', 'Time that all commits took together.');
  const failures = counter('commit_failures_total', 'Commits that failed and were tried again.');
  const changes = counter('changes_total', 'Changes that were committed.');
  const dropped = counter(
    'changes_dropped_total',
    'Changes that were dropped because they could not be committed in time.',
  );
  const last = gauge('last_commit_seconds', 'Time that the last commit took.');
  const longest = gauge('longest_commit_seconds', 'Time that the longest commit took.');
  const waiting = gauge('waiting_bytes', 'Bytes of changes that wait to be committed.');
  return () => {
    const stats = store.stats();
    commits.value = stats.commits;
    seconds.value = stats.allCommits / 1000;
    failures.value = stats.failures;
    changes.value = stats.changes;
    dropped.value = stats.dropped;
    last.value = stats.lastCommit / 1000;
    longest.value = stats.longestCommit / 1000;
    waiting.value = stats.waiting;
  };
}
