import { nothingToDo } from '../campaign-nothing.js';
import { type OrderOptions, orderOf } from '../campaign-order.js';
import { consumeManager } from '../campaign-target.js';
import { printList } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** Devices that are shown; programs ask the Thing for pages. */
const SHOWN = 1000;

/** Shows whom a campaign would upgrade, in which groups, and whom not and why; changes nothing. */
export async function plan(build: string, options: OrderOptions, terminal: Terminal): Promise<ExitStatus> {
  await using manager = await consumeManager(options, terminal);
  const request = await orderOf(build, options, manager);
  const planned = await manager.actions.dryRun({ request, limit: SHOWN }).output;
  const why = nothingToDo(planned, { firmwareless: request.firmwareless ?? false });
  if (options.json) {
    terminal.print(JSON.stringify(why === undefined ? planned : { ...planned, why }));
    return EXIT.done;
  }
  const { total, groups, upgrades, skippedTotal, skipped } = planned;
  terminal.print(why ?? `${total} to upgrade${groups.map(({ name, size }) => `, ${name}: ${size}`).join('')}`);
  const rows = upgrades.map(({ device, deviceName, group }) => ({ deviceName, device, group: groups[group]?.name }));
  printList(rows, ['deviceName', 'device', 'group'], { json: false, terminal });
  if (skippedTotal > 0) terminal.print(`${skippedTotal} left out`);
  printList(skipped, ['deviceName', 'device', 'reason'], { json: false, terminal });
  return EXIT.done;
}
