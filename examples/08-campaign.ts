/**
 * Upgrades the firmware of all devices that take what a device can be given: plans, starts, and shows how far it is. `npm run demo` has a
 * device: `THINGWRIGHT_TOKEN=… npx tsx --conditions=source examples/08-campaign.ts [TD URL of a device]`.
 */
import { consume } from '@thingwright/client';
import { Campaigns, CampaignThing, DeviceUpgrader } from '@thingwright/upgrader';
import { SingleBar } from 'cli-progress';
import { filter, firstValueFrom } from 'rxjs';

const [url = 'http://127.0.0.1:8080/things/router_001'] = process.argv.slice(2);
const token = process.env.THINGWRIGHT_TOKEN ?? '';
const nextTo = (name: string): string => new URL(name, url).href;

await using device = await consume(DeviceUpgrader, url, { token });
const [image] = await device.properties.eligibleImages.read();
if (!image) throw new Error('There is no firmware for that device');

await using campaigns = await consume(Campaigns, nextTo('campaigns'), { token });
const order = { build: image.build, firmwareless: true };
const plan = await campaigns.actions.dryRun({ request: order }).output;
for (const { deviceName, reason } of plan.skipped) console.log(`${deviceName} is left out: ${reason}`);

const { name, total } = await campaigns.actions.createCampaign(order).output;
await using campaign = await consume(CampaignThing, nextTo(name), { token });
const bar = new SingleBar({ format: 'upgrading [{bar}] {value}/{total}', noTTYOutput: true });
bar.start(total, 0);
campaign.properties.completed.subscribe((completed) => bar.update(completed));
await campaign.actions.start().output;
const status = await firstValueFrom(
  campaign.properties.status.pipe(filter((now) => now !== 'idle' && now !== 'in-progress')),
);
bar.update(await campaign.properties.completed.read());
bar.stop();
console.log(`${image.category} ${image.version}: ${status}`);
