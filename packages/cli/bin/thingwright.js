#!/usr/bin/env node
// Committed as it is, because npm links no bin that does not exist when it links.
const entry = await import('thingwright').catch((error) => {
  const unbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('/dist/');
  if (!unbuilt) throw error;
  process.stderr.write('thingwright: not built yet; run: npm run build\n');
  process.exit(1);
});

const status = await entry.main(process.argv.slice(2));
process.stdout.write('', () => process.exit(status));
