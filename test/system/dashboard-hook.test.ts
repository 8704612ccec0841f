import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { build } from 'esbuild';
import { startChromium } from './fixture/chromium.js';
import { LAUNCHER, startGateway } from './fixture/gateway-process.js';

const HOOK = new URL('fixture/use-telemetry.tsx', import.meta.url).pathname;

describe("the guide's dashboard hook", () => {
  it('shows what a device publishes, on a page of our own origin with its login cookie, and outlives the device', async () => {
    const bundle = await build({
      entryPoints: [HOOK],
      bundle: true,
      write: false,
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    await using gateway = await startGateway();
    const { token } = JSON.parse(await gateway.run('provision', 'telemetry', 'ems_001', '--json'));
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.route('**/dashboard.html', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<div id="root"></div><script src="/hook.js"></script>' }),
      );
      await page.route('**/hook.js', (route) =>
        route.fulfill({ contentType: 'text/javascript', body: bundle.outputFiles[0]?.text ?? '' }),
      );
      await page.route('**/login.html', (route) => route.fulfill({ contentType: 'text/html', body: '<p>login' }));

      await page.goto(`${gateway.url}/dashboard.html`);
      await page.waitForFunction(() => document.getElementById('status')?.textContent === 'CLOSED');

      await page.goto(`${gateway.url}/login.html`);
      const status = await page.evaluate(
        async (admin) =>
          (await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${admin}` } })).status,
        gateway.token,
      );
      expect(status).to.be.within(200, 204);
      await page.goto(`${gateway.url}/dashboard.html`);
      await page.waitForFunction(() => document.getElementById('status')?.textContent === 'OPEN');

      const device = spawn(
        process.execPath,
        [LAUNCHER, 'simulate', 'telemetry', '--url', gateway.url, '--name', 'ems_001'],
        {
          env: { ...process.env, THINGWRIGHT_DEVICE_TOKEN: token },
          stdio: 'ignore',
        },
      );
      await page.waitForFunction(() => Number(document.getElementById('soc')?.textContent) > 0);
      device.kill('SIGKILL');
      await once(device, 'exit');
      expect(await page.textContent('#status')).to.equal('OPEN');
      expect(await page.title()).to.equal('');
    } finally {
      await browser.close();
    }
  });
});
