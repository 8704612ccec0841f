import { openStore } from '../src/index.js';

const [, , data = ''] = process.argv;
const store = await openStore({ data });
await store.devices.add({ name: 'ems_001', kind: 'telemetry', title: 'Battery' }, 'acknowledged');
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
