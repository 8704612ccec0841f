import { type AcknowledgedRun, ThingError } from '@thingwright/core';
import { firstValueFrom, fromEvent, type Observable, race, startWith, takeWhile, tap } from 'rxjs';
import { concatMap, filter, last, map } from 'rxjs/operators';
import { type Phase, stageOf, statusOf } from '../phase.js';
import { isEnded, type Upgrade } from '../upgrade.js';
import type { UpgradeChange } from '../upgrade-change.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { type OperationValue, readOperation } from './operation-value.js';

/** How far an upgrade is that somebody waits for. */
export interface UpgradeProgress {
  readonly operation: string;
  readonly phase: Phase;
  readonly progress: number;
}

type Run = Pick<AcknowledgedRun<UpgradeProgress>, 'id' | 'signal' | 'acknowledge' | 'progress'>;

/** Upgrades as invocations: those who asked are told how far they are, and what came of them. */
export class UpgradeRuns {
  readonly #record: UpgradeRecord;
  readonly #changes: Observable<UpgradeChange>;
  /** The upgrade of each invocation. */
  readonly #running = new Map<string, Upgrade>();

  /** `changes`: those of the device. */
  constructor(record: UpgradeRecord, changes: Observable<UpgradeChange>) {
    this.#record = record;
    this.#changes = changes;
  }

  /**
   * Follows an upgrade to its end. Rejects with a ThingError: `failed` with the last line of its log, `aborted` if it was cancelled; and with the
   * reason of the run's signal, which leaves the upgrade as it is.
   */
  async follow(upgrade: Upgrade, run: Run): Promise<OperationValue> {
    this.#running.set(run.id, upgrade);
    try {
      return await this.#outcome(await this.#end(upgrade.id, run));
    } finally {
      this.#running.delete(run.id);
    }
  }

  /** Asks an upgrade to stop whose invocation is cancelled. @throws ThingError `conflict` if that is too late. */
  async cancel(invocation: string): Promise<void> {
    const upgrade = this.#running.get(invocation);
    if (upgrade) await this.#record.advance(upgrade.id, { type: 'cancel', by: upgrade.requestedBy });
  }

  #end(id: string, run: Run): Promise<Upgrade> {
    const { upgrades } = this.#record.tables;
    const told = this.#changes.pipe(
      map(({ upgrade }) => upgrade),
      filter((upgrade) => upgrade.id === id),
      startWith(undefined),
      // The first one is read, once what changes meanwhile is heard.
      concatMap(async (upgrade) => upgrade ?? (await upgrades.get(id))),
      map((upgrade) => {
        if (upgrade) return upgrade;
        throw new ThingError('notFound', `The operation ${id} was deleted`);
      }),
      tap((upgrade) => tell(upgrade, run)),
      takeWhile((upgrade) => !isEnded(upgrade), true),
      last(),
    );
    const stopped = fromEvent(run.signal, 'abort').pipe(
      map((): never => {
        throw run.signal.reason;
      }),
    );
    run.signal.throwIfAborted();
    return firstValueFrom(race(stopped, told));
  }

  async #outcome(upgrade: Upgrade): Promise<OperationValue> {
    const value = await readOperation(this.#record.tables.upgrades, upgrade);
    const why = value.log.split('\n').at(-1) ?? '';
    switch (statusOf(upgrade.phase)) {
      case 'success':
        return value;
      case 'cancelled':
        throw new ThingError('aborted', `cancelled: ${why}`);
      default:
        throw new ThingError('failed', `${value.status}: ${why}`);
    }
  }
}

function tell({ id, phase, progress }: Upgrade, run: Run): void {
  const stage = stageOf(phase);
  if (stage !== 'waiting') run.acknowledge();
  if (stage !== 'ended') run.progress({ operation: id, phase, progress });
}
