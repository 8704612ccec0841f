import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { startChromium } from './fixture/chromium.js';

const SERVE = new URL('../../examples/04-browser-page/serve.ts', import.meta.url).pathname;

describe('examples/04-browser-page', () => {
  it('observes and invokes from a page in Chromium, over the bundled client', async () => {
    const server = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', SERVE], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const browser = await startChromium();
    try {
      const [address] = await once(createInterface(server.stdout), 'line');
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.goto(address);
      await page.waitForFunction(() => document.getElementById('temperature')?.textContent === '20');
      expect(await page.textContent('#connection')).to.equal('open');
      await page.click('#fire');
      await page.waitForFunction(() => document.getElementById('progress')?.textContent === 'reached 1100');
      await page.waitForFunction(() => document.getElementById('temperature')?.textContent === '1100');
      expect(await page.textContent('#overheated')).to.equal('1100');
      expect(errors).to.deep.equal([]);
    } finally {
      await browser.close();
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  });
});
