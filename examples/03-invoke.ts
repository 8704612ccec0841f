/** A script that invokes an action and shows its progress: `npx tsx --conditions=source examples/03-invoke.ts [TD URL]`. */
import { consume } from '@thingwright/client';
import { SingleBar } from 'cli-progress';
import { Kiln } from './kiln.model.js';

await using kiln = await consume(Kiln, process.argv[2] ?? 'http://127.0.0.1:8080/things/kiln');
const bar = new SingleBar({ format: 'firing [{bar}] {percentage} %', noTTYOutput: true });
bar.start(100, 0);
const firing = kiln.actions.fire({ to: 1100 }, { signal: AbortSignal.timeout(30_000) });
firing.progress.subscribe(({ percent }) => bar.update(percent));
const { reached } = await firing.output;
bar.stop();
console.log(`reached ${reached} degrees`);
