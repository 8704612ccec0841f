import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './gateway-requests.js';
import { reportOf, type ScenarioReport } from './scenario.js';
import type { World } from './world.js';

/** Milliseconds of load after an outage. */
const LOAD = 2000;
/** Milliseconds within which a write is answered with 503 while nothing can be kept. */
const REFUSED_WITHIN = 6000;
/** Milliseconds within which a read is answered all the same. */
const READ_WITHIN = 2000;
/** Milliseconds after which writes have to be taken again, from when it is possible. */
const RECOVERED_WITHIN = 15_000;

/** What was seen while nothing could be kept. */
export interface OutageFigures {
  readonly refusals: number;
  /** Milliseconds. */
  readonly slowestRefusal: number;
  readonly reads: number;
  /** Milliseconds. */
  readonly slowestRead: number;
  /** Numbers of frames that readers got meanwhile. */
  readonly frames: number;
}

/** Watches for some time what a gateway answers that cannot keep anything; `each` is called between two questions. */
export async function watchOutage(
  world: World,
  {
    milliseconds,
    each = async () => undefined,
  }: { readonly milliseconds: number; readonly each?: () => Promise<unknown> },
): Promise<OutageFigures> {
  const { gateway, token, tally } = world;
  const authorization = `Bearer ${token}`;
  const thing = `${gateway.url}/things/station-0`;
  const lastBefore = world.followers[0]?.last ?? 0;
  const times: { readonly refusals: number[]; readonly reads: number[] } = { refusals: [], reads: [] };
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    await each();
    const body = { kind: 'telemetry', name: 'never-provisioned' };
    const refused = await ask(`${gateway.url}/things/gateway/actions/provisionDevice`, {
      method: 'POST',
      authorization,
      body,
    });
    if (refused.status !== 503) tally.violate(`it provisions with ${refused.status} while nothing can be kept`);
    times.refusals.push(refused.took);
    const read = await ask(`${thing}/properties/gridPower`, { authorization });
    if (read.status !== 200) tally.violate(`it answers a read with ${read.status} while nothing can be kept`);
    times.reads.push(read.took);
    const ready = await ask(`${gateway.url}/readyz`, { authorization });
    if (ready.status !== 503) tally.violate(`/readyz says ${ready.status} while nothing can be kept`);
    const live = await ask(`${gateway.url}/livez`, { authorization });
    if (live.status !== 200) tally.violate(`/livez says ${live.status} while nothing can be kept`);
    await pause(200);
  }
  const [slowestRefusal, slowestRead] = [Math.max(...times.refusals), Math.max(...times.reads)];
  if (slowestRefusal > REFUSED_WITHIN) tally.violate(`a write was refused after ${Math.round(slowestRefusal)} ms`);
  if (slowestRead > READ_WITHIN) tally.violate(`a read was answered after ${Math.round(slowestRead)} ms`);
  const frames = (world.followers[0]?.last ?? 0) - lastBefore;
  if (frames === 0) tally.violate('readers got nothing of the devices while nothing could be kept');
  return { refusals: times.refusals.length, slowestRefusal, reads: times.reads.length, slowestRead, frames };
}

/** Waits until a gateway that could not keep anything can again; gives how long that took, in milliseconds. */
async function waitForRecovery({ gateway, token, tally }: World): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const { status } = await ask(`${gateway.url}/readyz`, { authorization: `Bearer ${token}` });
    const took = performance.now() - begun;
    if (status === 200) return took;
    if (took > RECOVERED_WITHIN) {
      tally.violate(`nothing can be kept ${RECOVERED_WITHIN / 1000} s after the cause is gone`);
      return took;
    }
    await pause(50);
  }
}

/** Says it in words. */
const describeOutage = (
  { refusals, slowestRefusal, reads, slowestRead, frames }: OutageFigures,
  recovered: number,
): string =>
  `${refusals} changes refused with 503, the slowest after ${Math.round(slowestRefusal)} ms; ${reads} reads answered, the slowest ` +
  `after ${Math.round(slowestRead)} ms; ${frames} frames of a device shown meanwhile; kept again after ${Math.round(recovered)} ms`;

/** Goes on when the cause of an outage is gone, kills the gateway once, and reports what everybody had of it. */
export async function reportOutage(world: World, outage: OutageFigures, scenario: string): Promise<ScenarioReport> {
  const recovered = await waitForRecovery(world);
  await pause(LOAD);
  await world.rest();
  await world.look();
  await world.killAndStart();
  await world.look();
  await world.everybodyIsThere();
  const readers = await world.compareReaders();
  const { tally, gateway } = world;
  const figures = [describeOutage(outage, recovered), `cut or refused: ${JSON.stringify(world.failures)}`];
  return reportOf({ scenario, runs: 1, figures }, { tally, readers, starts: gateway.starts });
}
