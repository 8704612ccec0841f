import { randomBytes } from 'node:crypto';
import { isMembers, ThingError } from '@thingwright/core';
import type { HardwareType } from '@thingwright/upgrader';
import type { Gateway } from '../gateway.js';

/** What the upgradable device of a demonstration is. */
export const DEMO_HARDWARE: readonly HardwareType[] = [
  { key: 'simulated-router.bin', label: 'Simulated router', boards: ['Simulated router'] },
];

const CATEGORY = 'Demo routers';
const VERSION = '2.0';
const SIZE = 1_000_000;

/** Files firmware for the upgradable device of a demonstration, unless that was done before. */
export async function fileDemoFirmware({ url, adminToken }: Pick<Gateway, 'url' | 'adminToken'>): Promise<void> {
  const ask = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>>> => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${url}/api/v1/firmware-upgrader/${path}`, {
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body && !isForm ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { method: 'POST', body: isForm ? body : JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    if (response.ok && isMembers(answer)) return answer;
    throw new ThingError('failed', `Firmware could not be filed: ${response.status} ${JSON.stringify(answer)}`);
  };
  const { results } = await ask('category/?page_size=100');
  if (Array.isArray(results) && results.some(({ name }) => name === CATEGORY)) return;
  const { id: category } = await ask('category/', { name: CATEGORY, organization: 'default' });
  const { id: build } = await ask('build/', { category, version: VERSION });
  const form = new FormData();
  form.set('type', DEMO_HARDWARE[0]?.key ?? '');
  form.set('file', new Blob([CATEGORY, randomBytes(SIZE)]), 'demo-simulated-router.bin');
  await ask(`build/${String(build)}/image/`, form);
}
