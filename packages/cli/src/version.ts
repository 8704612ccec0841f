import { readFileSync } from 'node:fs';

const description: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The release of this package. */
export const { version: VERSION } = description;
