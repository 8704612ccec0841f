/** A whole gateway, as `thingwright serve` opens it, with a data folder of its own. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGateway } from '@thingwright/gateway';
import { obey } from '../harness/commands.js';
import { peakMemory } from '../harness/peak-memory.js';

const data = await mkdtemp(join(tmpdir(), 'thingwright-bench-'));
process.once('exit', () => rmSync(data, { recursive: true, force: true }));
const gateway = await openGateway({ port: 0, data, adminToken: 'bench' });
const port = Number(new URL(gateway.url).port);

obey({ open: () => ({ port, isGateway: 1 }), ...peakMemory(), tidy: () => ({}) }, async () =>
  gateway[Symbol.asyncDispose](),
);
