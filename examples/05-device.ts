/**
 * A device that dials in and follows commands. Provision it first: `npx thingwright provision telemetry my_battery`, then
 * `DEVICE_ID=my_battery API_TOKEN=… npx tsx --conditions=source examples/05-device.ts`; watch it with
 * `npx thingwright observe my_battery batterySoc`.
 */
import { dialIn } from '@thingwright/device-link/device';
import { interval } from 'rxjs';

const { DEVICE_ID = 'my_battery', API_TOKEN = '', GATEWAY = 'ws://127.0.0.1:8080' } = process.env;
let soc = 80;
let mode = 'AUTO';

await using dial = dialIn({
  url: `${GATEWAY}/ws/device/${DEVICE_ID}`,
  name: DEVICE_ID,
  token: API_TOKEN,
  onCommand(text) {
    const { command_id, action, payload } = JSON.parse(text);
    if (action === 'SET_MODE') mode = payload.target_mode;
    dial.send({ command_id, status: action === 'SET_MODE' ? 'done' : 'rejected' });
  },
});
dial.state.subscribe(({ state }) => console.log(state));
const measuring = interval(250).subscribe(() => {
  soc = mode === 'AUTO' ? Math.min(soc + 0.5, 100) : Math.max(soc - 0.5, 0);
  const battery = { voltage: 48 + soc / 16, soc };
  dial.send({ device_id: DEVICE_ID, timestamp: new Date().toISOString(), battery, system_status: { mode } });
});

for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => void dial[Symbol.asyncDispose]());
const { cause, error } = await dial.ended;
measuring.unsubscribe();
console.log(`ended: ${cause}`, error?.detail ?? '');
