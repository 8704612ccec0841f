import { join } from 'node:path';
import { systemTimer } from '@thingwright/device-link';
import { openGateway } from '@thingwright/gateway';
import { SESSION_COOKIE } from '@thingwright/listener';
import { type Upgrade, upgradeTablesInProcess } from '@thingwright/upgrader';
import { simulateUpgradable } from '@thingwright/upgrader/simulator';
import { expect } from 'chai';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { temporaryFolder } from '../../packages/gateway/test/upgrader/temporary-folder.js';
import { ADMIN_TOKEN, HARDWARE, openUpgraderLab } from '../../packages/gateway/test/upgrader/upgrader-lab.js';
import { campaignOf, groupOf, upgradeOf, uuid } from '../../things/upgrader/test/fixture.js';
import { type ServedApi, serveApi } from '../../things/upgrader/test/served-api.js';
import { startChromium } from './fixture/chromium.js';
import { type SitePages, sitePages } from './fixture/upgrader-pages/html.js';

const OPERATION = uuid(1);
const BATCH = uuid(1, '2');
const DEVICE = uuid(1, '3');
const SCRIPT = new URL('fixture/upgrader-pages/page.ts', import.meta.url).pathname;

const claim = { type: 'claim', holder: 'w', until: Date.now() + 10_000_000 } as const;

/** A page that is open, and what went wrong on it. */
interface Opened {
  readonly page: Page;
  readonly errors: readonly string[];
}

describe('pages of upgrades that do what those of existing servers do', () => {
  let browser: Browser;
  let script: string;

  before(async () => {
    browser = await startChromium();
    const { outputFiles } = await build({ entryPoints: [SCRIPT], bundle: true, format: 'iife', write: false });
    script = outputFiles[0]?.text ?? '';
  });
  after(() => browser.close());

  /** An operation that is worked on, outside of any campaign. */
  async function served(options: Parameters<typeof serveApi>[0] = {}): Promise<ServedApi> {
    const api = await serveApi({ clock: systemTimer, ...options });
    await api.record.add(upgradeOf(1));
    await api.record.advance(OPERATION, claim);
    return api;
  }

  /** A campaign that runs, whose operations are worked on. */
  async function servedBatch(size: number): Promise<ServedApi> {
    const api = await serveApi({ clock: systemTimer });
    const upgrades = Array.from({ length: size }, (_, i) => upgradeOf(i + 1, { campaign: BATCH }));
    await api.record.addCampaign(campaignOf(1, { total: size, groups: [groupOf('all', size)] }), upgrades, []);
    await api.record.advanceCampaign(BATCH, { type: 'start' });
    for (const { id } of upgrades) await api.record.advance(id, claim);
    return api;
  }

  /** Opens a page of a site that Thingwright stands in for. */
  async function openIn(
    context: BrowserContext,
    url: string,
    { path, make }: { readonly path: string; readonly make: (pages: SitePages) => string },
  ): Promise<Opened> {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    const body = make(sitePages(new URL(url).host, script));
    await page.route(`**${path}*`, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    await page.goto(`${url}${path}`);
    await page.evaluate(() => {
      document.body.dataset.loaded = 'once';
    });
    return { page, errors };
  }

  /** The same with the cookie of somebody who has logged in there. */
  async function open(
    { url }: Pick<ServedApi, 'url'>,
    path: string,
    make: (pages: SitePages) => string,
  ): Promise<Opened> {
    const context = await browser.newContext();
    const cookie = { name: SESSION_COOKIE, value: 'operator@lab', httpOnly: true, sameSite: 'Strict' } as const;
    await context.addCookies([{ ...cookie, url }]);
    return openIn(context, url, { path, make });
  }

  const openOperation = (api: Pick<ServedApi, 'url'>): Promise<Opened> =>
    open(api, `/admin/upgradeoperation/${OPERATION}/change/`, (pages) => pages.operation());
  const openBatch = (api: ServedApi, shown: readonly Upgrade[]): Promise<Opened> =>
    open(api, `/admin/batchupgradeoperation/${BATCH}/change/`, (pages) => pages.batch(shown));

  const upgradesOf = async ({ record }: ServedApi): Promise<readonly Upgrade[]> =>
    (await record.tables.upgrades.find({ campaign: BATCH, order: { by: 'place', isDescending: false } })).items;

  /** Waits until the bar in a place shows that, and nothing else. */
  const shows = (page: Page, place: string, text: string, look?: string): Promise<unknown> =>
    page.waitForFunction(
      ([selector, percent, name]) => {
        const bar = document.querySelector(`${selector} .bar`);
        return (
          bar !== null &&
          document.querySelector(`${selector} .percent`)?.textContent === percent &&
          (name === '' || bar.classList.contains(name))
        );
      },
      [place, text, look ?? ''] as const,
    );
  const STATUS = '.field-status .readonly';
  const cell = (number: number): string => `td[data-operation-id="${uuid(number)}"]`;
  const has = (page: Page, selector: string, text: string): Promise<unknown> =>
    page.waitForFunction(([place, part]) => document.querySelector(place)?.textContent?.includes(part), [
      selector,
      text,
    ] as const);

  /** Nothing went wrong, and nobody has loaded the page anew. */
  async function done({ page, errors }: Opened): Promise<void> {
    expect(errors).to.deep.equal([]);
    expect(await page.evaluate(() => document.body.dataset.loaded)).to.equal('once');
    await page.context().close();
  }

  const end = ({ record }: ServedApi, number: number, phase: 'not-needed' | 'failed' | 'precondition-failed') =>
    record.advance(uuid(number), { type: 'end', fence: 1, phase, lines: [`it is ${phase}`] });

  it('11.73: show an operation that goes from 25 to 75 % and succeeds, with every line of its log as text', async () => {
    await using api = await served();
    const opened = await openOperation(api);
    const { page } = opened;
    const step = (phase: 'uploading' | 'verifying', progress: number, line: string) =>
      api.record.advance(OPERATION, { type: 'step', fence: 1, phase, progress, lines: [line] });
    await shows(page, STATUS, '0%');
    await step('uploading', 25, 'a <b>line</b>');
    await shows(page, STATUS, '25%', 'in-progress');
    await has(page, '.field-log .readonly', 'a <b>line</b>');
    expect(await page.locator('.field-log b').count()).to.equal(0);
    await api.record.advance(OPERATION, { type: 'flash', fence: 1, lines: ['the way back ends'] });
    await step('verifying', 75, 'looking');
    await shows(page, STATUS, '75%');
    await has(page, '.field-log .readonly', 'a <b>line</b>the way back endslooking');
    expect(await page.locator('.field-log br').count()).to.equal(2);
    await api.record.advance(OPERATION, { type: 'end', fence: 1, phase: 'succeeded', lines: [] });
    await shows(page, STATUS, '100%', 'success');
    await has(page, STATUS, 'success');
    await done(opened);
  });

  for (const [status, phase] of [
    ['failed', 'failed'],
    ['aborted', 'precondition-failed'],
  ] as const) {
    it(`11.73, 11.75: show an operation that is ${status} with a full bar and without a percentage`, async () => {
      await using api = await served();
      const opened = await openOperation(api);
      await shows(opened.page, STATUS, '0%');
      await end(api, 1, phase);
      await shows(opened.page, STATUS, '', status);
      await has(opened.page, STATUS, status);
      await has(opened.page, '.field-log .readonly', `it is ${phase}`);
      await done(opened);
    });
  }

  it('11.75, 11.78: cancel by a click, once the user has said yes, and show what came of it', async () => {
    await using api = await served();
    const opened = await openOperation(api);
    const { page } = opened;
    await shows(page, STATUS, '0%');
    page.once('dialog', (dialog) => void dialog.dismiss());
    await page.click('button.cancel');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.click('button.cancel');
    const driverHasStopped = async (): Promise<void> => {
      await has(page, '.field-log .readonly', 'cancelled by user');
      await api.record.advance(OPERATION, { type: 'stopped', fence: 1 });
    };
    await driverHasStopped();
    await shows(page, STATUS, '', 'cancelled');
    expect(await page.locator('button.cancel').count()).to.equal(0);
    await done(opened);
  });

  it('11.78: offer no cancel from 65 % on', async () => {
    await using api = await served();
    const opened = await openOperation(api);
    await opened.page.waitForSelector('button.cancel:enabled');
    await api.record.advance(OPERATION, { type: 'flash', fence: 1 });
    await opened.page.waitForSelector('button.cancel:disabled');
    await shows(opened.page, STATUS, '65%');
    await done(opened);
  });

  for (const generation of ['flat', 'envelope']) {
    it(`11.73, 11.78: show the operations of a device by scripts that read the ${generation} message`, async () => {
      await using api = await served();
      await end(api, 1, 'failed');
      await api.record.add(upgradeOf(2, { device: DEVICE }));
      await api.record.advance(uuid(2), claim);
      const upgrades = (await api.record.tables.upgrades.find({ device: DEVICE })).items;
      const opened = await open(api, `/admin/device/${DEVICE}/change/?generation=${generation}`, (pages) =>
        pages.device(upgrades),
      );
      const { page } = opened;
      const place = (number: number): string =>
        `.dynamic-upgradeoperation_set:has(input[value="${uuid(number)}"]) ${STATUS}`;
      await shows(page, place(1), '', 'failed');
      await shows(page, place(2), '0%');
      await api.record.advance(uuid(2), { type: 'step', fence: 1, phase: 'uploading', progress: 40 });
      await shows(page, place(2), '40%');
      // One that is new has no place on the page.
      await end(api, 2, 'not-needed');
      await api.record.add(upgradeOf(3, { device: DEVICE }));
      await shows(page, place(2), '100%', 'success');
      await done(opened);
    });
  }

  it('11.74: show how far a campaign is, and each of its operations', async () => {
    await using api = await servedBatch(2);
    const opened = await openBatch(api, await upgradesOf(api));
    const { page } = opened;
    await shows(page, '.batch-main-progress', '0%');
    await api.record.advance(uuid(1), { type: 'step', fence: 1, phase: 'uploading', progress: 30 });
    await shows(page, cell(1), '30%');
    await end(api, 1, 'not-needed');
    await shows(page, '.batch-main-progress', '50%');
    await has(page, '.field-completed', '1 out of 2');
    await shows(page, cell(1), '100%', 'success');
    await end(api, 2, 'not-needed');
    await count(api);
    await shows(page, '.batch-main-progress', '100%', 'success');
    await has(page, STATUS, 'completed successfully');
    await done(opened);
  });

  it('11.75, 11.76: show a campaign of which a part failed as a partial success', async () => {
    await using api = await servedBatch(4);
    const opened = await openBatch(api, await upgradesOf(api));
    const { page } = opened;
    await shows(page, '.batch-main-progress', '0%');
    await end(api, 1, 'not-needed');
    await end(api, 2, 'failed');
    await end(api, 3, 'precondition-failed');
    await api.record.advance(uuid(4), { type: 'cancel', by: 'user:ada' });
    await api.record.advance(uuid(4), { type: 'stopped', fence: 1 });
    await count(api);
    await shows(page, '.batch-main-progress', '', 'partial-success');
    await has(page, STATUS, 'completed with some failures');
    await shows(page, cell(1), '100%', 'success');
    await shows(page, cell(2), '', 'failed');
    await shows(page, cell(3), '', 'aborted');
    await shows(page, cell(4), '', 'cancelled');
    await done(opened);
  });

  it('11.77: add a row for an operation that the page has not', async () => {
    await using api = await servedBatch(3);
    const opened = await openBatch(api, (await upgradesOf(api)).slice(0, 1));
    const { page } = opened;
    await shows(page, '.batch-main-progress', '0%');
    expect(await page.locator('#result_list tbody tr').count()).to.equal(1);
    await api.record.advance(uuid(2), { type: 'step', fence: 1, phase: 'uploading', progress: 30 });
    await shows(page, cell(2), '30%');
    expect(await page.locator('#result_list tbody tr').count()).to.equal(2);
    expect(await page.textContent('tr:last-child .device')).to.equal('router 2');
    expect(await page.textContent('tr:last-child .image')).to.equal('Routers v2.0: Model X');
    expect(await page.getAttribute('tr:last-child .device a', 'href')).to.equal(`/device/${uuid(2, '3')}/`);
    await done(opened);
  });

  it('11.78: log in to a gateway, follow an upgrade that waits for its device, and go on with the gateway that comes after it', async () => {
    await using folder = await temporaryFolder();
    const data = folder.path;
    await using lab = await openUpgraderLab({ data });
    const { url } = lab.gateway;
    const { id, token } = await lab.gateway.fleet.provision({ kind: 'upgradable', name: 'router' });
    const { image } = await lab.file('2.0');
    const body = { image, is_persistent: true };
    const given = await lab.ask('PUT', `device/${id.replace('urn:uuid:', '')}/firmware/`, { body });
    const { upgrade_operation: operation } = await given.json();

    const context = await browser.newContext();
    const { page: login } = await openIn(context, url, { path: '/admin/login/', make: () => '<p>Who are you?</p>' });
    const logIn = (): Promise<number> =>
      login.evaluate(
        async (authorization) => (await fetch('/session', { method: 'POST', headers: { authorization } })).status,
        `Bearer ${ADMIN_TOKEN}`,
      );
    expect(await logIn()).to.equal(200);
    const opened = await openIn(context, url, {
      path: `/admin/upgradeoperation/${operation.id}/change/`,
      make: (pages) => pages.operation(),
    });
    const { page } = opened;
    await shows(page, STATUS, '0%');
    await lab.gateway[Symbol.asyncDispose]();
    const port = Number(new URL(url).port);
    await using _again = await openGateway({ port, adminToken: ADMIN_TOKEN, hardware: HARDWARE, data });
    // Sessions end with their gateway: the page itself need not know of the next one.
    expect(await logIn()).to.equal(200);
    const router = { url, name: 'router', token, folder: join(data, 'router'), model: 'Model X' };
    await using _router = await simulateUpgradable({ ...router, installTime: 1, bootTime: 1 });
    await shows(page, STATUS, '100%', 'success');
    await has(page, '.field-log .readonly', 'Upgrade completed successfully.');
    expect(opened.errors.filter((text) => !text.includes('WebSocket'))).to.deep.equal([]);
    await context.close();
  });

  it('find out by themselves what happened while the server was away', async () => {
    const tables = upgradeTablesInProcess();
    const first = await served({ tables });
    const opened = await openOperation(first);
    await shows(opened.page, STATUS, '0%');
    const port = Number(new URL(first.url).port);
    await first[Symbol.asyncDispose]();
    await using again = await serveApi({ tables, port, clock: systemTimer });
    await end(again, 1, 'failed');
    await shows(opened.page, STATUS, '', 'failed');
    // What the browser says of its attempts while nobody was there is no fault of the page.
    expect(opened.errors.filter((text) => !text.includes('WebSocket'))).to.deep.equal([]);
    await opened.page.context().close();
  });
});

/** As an engine does it. */
async function count({ record }: ServedApi): Promise<void> {
  const tally = await record.tally(BATCH);
  await record.advanceCampaign(BATCH, { type: 'count', groups: [tally.counts(0)], all: tally.counts() });
}
