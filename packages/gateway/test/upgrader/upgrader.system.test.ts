import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { consume } from '@thingwright/client';
import { silent, ThingError } from '@thingwright/core';
import { manifestText } from '@thingwright/device-link';
import { openStore } from '@thingwright/store';
import { DeviceUpgrader, imageKey } from '@thingwright/upgrader';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { createAttempts } from '../../src/identity/attempts.js';
import { openGateway } from '../../src/index.js';
import { signInOf } from '../../src/upgrader/sign-in.js';
import { temporaryFolder } from './temporary-folder.js';
import { ADMIN_TOKEN, consumeCampaign, consumeCampaigns, HARDWARE, openUpgraderLab } from './upgrader-lab.js';

const UNREADABLE = '99999999-9999-4999-8999-999999999999';

/** Adds a campaign that goes on, of a shape that no release knows, to the store of a gateway that does not run. */
async function addUnreadableCampaign(data: string): Promise<void> {
  const store = await openStore({ data, log: silent });
  try {
    const row = { id: UNREADABLE, build: 'b', organization: null, outcome: null, isEnded: false, createdBy: 'admin' };
    const kept = JSON.stringify({ id: UNREADABLE, phase: 'from the future' });
    await store.campaigns.add(
      { ...row, phase: 'running', clientKey: null, created: 1, modified: 1, seq: 1, kept },
      [],
      [],
    );
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

describe('The upgrader of a gateway', () => {
  it('upgrades a device that dials in, by its Thing', async () => {
    await using lab = await openUpgraderLab();
    const device = await lab.device('router');
    const { image } = await lab.file('2.0');
    await using thing = await consume(DeviceUpgrader, `${lab.gateway.url}/things/router`, { token: ADMIN_TOKEN });
    const outcome = await thing.actions.upgrade({ image }).output;
    expect(outcome).to.include({ status: 'success', progress: 100 });
    expect(device.version).to.equal('2.0');
    expect(await thing.properties.currentFirmware.read()).to.include({ version: '2.0', image });
    expect(lab.gateway.fleet.list()[0]).to.include({ kind: 'upgradable', connected: true });
  });

  it('11.55: recognises what a device runs, also if that was filed before it came', async () => {
    await using lab = await openUpgraderLab();
    const { image } = await lab.file('1.0', 'default', 'OS 1');
    await lab.device('router', { os: 'OS 1' });
    await using thing = await consume(DeviceUpgrader, `${lab.gateway.url}/things/router`, { token: ADMIN_TOKEN });
    const { targetFirmware } = thing.properties;
    expect(await firstValueFrom(targetFirmware.pipe(filter((firmware) => firmware !== null)))).to.include({
      image,
      installed: true,
    });
    const id = lab.gateway.fleet.get('router')?.id.replace('urn:uuid:', '');
    expect(await (await lab.ask('GET', `device/${id}/firmware/`)).json()).to.include({ image, installed: true });
    expect(await (await lab.ask('GET', 'upgrade-operation/')).json()).to.include({ count: 0 });
  });

  it('takes images alone that are signed with a key that it knows, as devices do that know it too', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await using lab = await openUpgraderLab({ imageKeys: new Map([['release', imageKey(pem)]]) });
    const device = await lab.device('router', { keys: { release: pem } });
    const post = async (path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await lab.ask('POST', path, { body });
      return { status: response.status, body: await response.json() };
    };
    const { body: category } = await post('category/', { name: 'Routers', organization: 'default' });
    const { body: build } = await post('build/', { category: category.id, version: '2.0' });
    const content = Buffer.from('firmware 2.0 '.repeat(1000));
    const sha256 = createHash('sha256').update(content).digest('hex');
    const text = manifestText({ sha256, size: content.length, version: '2.0' });
    const upload = (signature?: string) => {
      const form = new FormData();
      form.set('type', 'model-x.bin');
      if (signature !== undefined) form.set('signature', signature);
      form.set('file', new Blob([content]), 'a-model-x.bin');
      return post(`build/${build.id}/image/`, form);
    };
    expect(await upload()).to.deep.equal({ status: 400, body: { signature: ['This field is required.'] } });
    expect((await upload(sign(null, Buffer.from(`${text} `), privateKey).toString('base64'))).status).to.equal(400);
    const { status, body: image } = await upload(sign(null, Buffer.from(text), privateKey).toString('base64'));
    expect(status, JSON.stringify(image)).to.equal(201);
    await using thing = await consume(DeviceUpgrader, `${lab.gateway.url}/things/router`, { token: ADMIN_TOKEN });
    expect(await thing.actions.upgrade({ image: String(image.id) }).output).to.include({ status: 'success' });
    expect(device.version).to.equal('2.0');
  });

  it('plans, makes and starts a campaign by its Things, which REST shows as they do', async () => {
    await using lab = await openUpgraderLab();
    const devices = [await lab.device('one'), await lab.device('two')];
    const { build } = await lab.file('2.0');
    await using campaigns = await consumeCampaigns(lab.gateway);
    const request = { build, firmwareless: true };
    const plan = await campaigns.actions.dryRun({ request }).output;
    expect(plan).to.include({ total: 2, skippedTotal: 0 });
    const { campaign: id, name, total } = await campaigns.actions.createCampaign(request).output;
    expect(total).to.equal(2);
    await using campaign = await consumeCampaign(lab.gateway, name);
    await campaign.actions.start().output;
    await firstValueFrom(campaign.properties.status.pipe(filter((status) => status === 'success')));
    expect(await campaign.properties.completed.read()).to.equal(2);
    expect(devices.map(({ version }) => version)).to.deep.equal(['2.0', '2.0']);
    const batch = await (await lab.ask('GET', `batch-upgrade-operation/${id}/`)).json();
    expect(batch).to.deep.include({ status: 'success' });
    expect(batch.build.id).to.equal(build);
    expect(await campaigns.properties.active.read()).to.deep.equal([]);
  });

  it('keeps a campaign that begins between two seconds, as REST and its Thing show it', async () => {
    await using lab = await openUpgraderLab();
    await lab.device('one');
    const { build } = await lab.file('2.0');
    const scheduled_at = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, -4)}123Z`;
    const body = { upgrade_all: true, scheduled_at };
    const { batch } = await (await lab.ask('POST', `build/${build}/upgrade/`, { body })).json();
    const { results } = await (await lab.ask('GET', 'batch-upgrade-operation/')).json();
    expect(results[0]).to.include({ id: batch, scheduled_at });
    await using campaign = await consumeCampaign(lab.gateway, `campaign-${batch}`);
    expect(await campaign.properties.schedule.read()).to.include({
      timeZone: 'UTC',
      startAt: scheduled_at.slice(0, -1),
    });
  });

  it('shows a campaign to those alone whose organization it is', async () => {
    await using lab = await openUpgraderLab();
    const { people } = lab.gateway;
    await lab.device('ours', { organization: 'lab' });
    const { build } = await lab.file('2.0', 'lab');
    const tokens = new Map<string, string>();
    for (const [user, role, organization] of [
      ['ada', 'admin', 'lab'],
      ['bob', 'operator', 'lab'],
      ['eve', 'admin', 'clinic'],
    ] as const) {
      await people.addUser({ name: user });
      await people.grant(`user:${user}`, { role, organization });
      tokens.set(user, (await people.issueToken(`user:${user}`)).secret);
    }
    const status = async (user: string, path: string): Promise<number> =>
      (await fetch(`${lab.gateway.url}/things/${path}`, { headers: { authorization: `Bearer ${tokens.get(user)}` } }))
        .status;
    await using own = await consumeCampaigns(lab.gateway, 'campaigns-lab', tokens.get('ada'));
    const { name, campaign } = await own.actions.createCampaign({ build, firmwareless: true }).output;
    expect([await status('ada', name), await status('bob', name), await status('eve', name)]).to.deep.equal([
      200, 200, 404,
    ]);
    expect([await status('ada', 'campaigns'), await status('eve', 'campaigns-lab')]).to.deep.equal([404, 404]);
    const refused = await fetch(`${lab.gateway.url}/things/campaigns-lab/actions/createCampaign`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.get('bob')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ build, firmwareless: true }),
    });
    expect(refused.status).to.equal(403);
    const batch = `batch-upgrade-operation/${campaign}/`;
    expect((await lab.ask('GET', batch, { token: tokens.get('bob') ?? '' })).status).to.equal(200);
    expect((await lab.ask('GET', batch, { token: tokens.get('eve') ?? '' })).status).to.equal(404);
  });

  it('asks an admin for what REST asks an admin for, and an operator for the rest', async () => {
    await using lab = await openUpgraderLab();
    const { people } = lab.gateway;
    await lab.device('ours', { organization: 'lab' });
    const { build } = await lab.file('2.0', 'lab');
    const tokenOf = async (name: string, role: string): Promise<string> => {
      await people.addUser({ name });
      await people.grant(`user:${name}`, { role, organization: 'lab' });
      return (await people.issueToken(`user:${name}`)).secret;
    };
    const tokens = { operator: await tokenOf('bob', 'operator'), admin: await tokenOf('ada', 'admin') };
    await using own = await consumeCampaigns(lab.gateway, 'campaigns-lab', tokens.admin);
    const { name, campaign } = await own.actions.createCampaign({ build, firmwareless: true }).output;
    const isRefusedByREST = async (path: string, token: string) => {
      const rest = await lab.ask('POST', `batch-upgrade-operation/${campaign}/${path}/`, { token, body: {} });
      return rest.status === 403;
    };
    const isRefused = async (action: string, token: string) => {
      const response = await fetch(`${lab.gateway.url}/things/${name}/actions/${action}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      });
      return response.status === 403;
    };
    const pairs = [
      ['approve', 'approve'],
      ['deny', 'deny'],
      ['triggerNextGroup', 'trigger-next-group'],
      ['retryFailed', 'retry'],
      ['pause', 'pause'],
      ['resume', 'resume'],
      ['start', 'start'],
      ['cancel', 'cancel'],
    ] as const;
    const reserved: string[] = [];
    for (const [action, path] of pairs) {
      const refused = await isRefused(action, tokens.operator);
      expect(refused, action).to.equal(await isRefusedByREST(path, tokens.operator));
      expect(await isRefused(action, tokens.admin), action).to.equal(false);
      if (refused) reserved.push(action);
    }
    expect(reserved).to.deep.equal(['approve', 'deny', 'triggerNextGroup', 'retryFailed', 'start']);
    // A schedule begins a campaign, as `start` does: 409 is said to whoever may.
    const schedule = async (token: string): Promise<number> => {
      const { status } = await fetch(`${lab.gateway.url}/things/${name}/properties/schedule`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: 'null',
      });
      return status;
    };
    expect([await schedule(tokens.operator), await schedule(tokens.admin)]).to.deep.equal([403, 409]);
  });

  it('lets superusers alone direct what all organizations share, over REST and the Thing', async () => {
    await using lab = await openUpgraderLab();
    const { people } = lab.gateway;
    await lab.device('ours', { organization: 'lab' });
    const { build } = await lab.file('2.0', null);
    await people.addUser({ name: 'ada' });
    await people.grant('user:ada', { role: 'admin' });
    const { secret: token } = await people.issueToken('user:ada');
    const rest = (method: string, path: string) => lab.ask(method, path, { token, body: { upgrade_all: true } });
    expect((await rest('POST', `build/${build}/upgrade/`)).status).to.equal(403);
    await using root = await consumeCampaigns(lab.gateway);
    const { name, campaign } = await root.actions.createCampaign({ build, firmwareless: true }).output;
    expect((await rest('POST', `batch-upgrade-operation/${campaign}/start/`)).status).to.equal(403);
    const start = (bearer: string) =>
      fetch(`${lab.gateway.url}/things/${name}/actions/start`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}` },
      });
    expect((await start(token)).status).to.equal(403);
    expect((await start(ADMIN_TOKEN)).ok).to.equal(true);
  });

  it('has its campaigns, images and devices after a restart, and goes on', async () => {
    await using folder = await temporaryFolder();
    const data = folder.path;
    await using lab = await openUpgraderLab({ data });
    const device = await lab.device('router', { group: 'first floor' });
    const { build } = await lab.file('2.0');
    await using before = await consumeCampaigns(lab.gateway);
    const { name } = await before.actions.createCampaign({ build, firmwareless: true }).output;
    const port = Number(new URL(lab.gateway.url).port);
    await lab.gateway[Symbol.asyncDispose]();

    await using gateway = await openGateway({ port, adminToken: ADMIN_TOKEN, hardware: HARDWARE, data });
    await using campaign = await consumeCampaign(gateway, name);
    expect(await campaign.properties.status.read()).to.equal('idle');
    await using thing = await consume(DeviceUpgrader, `${gateway.url}/things/router`, { token: ADMIN_TOKEN });
    expect(await thing.properties.currentFirmware.read()).to.include({ version: '1.0' });
    await campaign.actions.start().output;
    await firstValueFrom(campaign.properties.status.pipe(filter((status) => status === 'success')));
    expect(device.version).to.equal('2.0');
  }).timeout(20_000);

  it('starts with a campaign that nobody can read, tells of it, and serves the others', async () => {
    await using folder = await temporaryFolder();
    const data = folder.path;
    const lab = await openUpgraderLab({ data });
    let name: string;
    try {
      await lab.device('router');
      const { build } = await lab.file('2.0');
      await using manager = await consumeCampaigns(lab.gateway);
      ({ name } = await manager.actions.createCampaign({ build, firmwareless: true }).output);
    } finally {
      await lab[Symbol.asyncDispose]();
    }
    await addUnreadableCampaign(data);

    const errors: object[] = [];
    const log = { ...silent, error: (details: object) => void errors.push(details) };
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, hardware: HARDWARE, data, log });
    await using campaign = await consumeCampaign(gateway, name);
    expect(await campaign.properties.status.read()).to.equal('idle');
    expect(JSON.stringify(errors)).to.contain(UNREADABLE);
    const path = `${gateway.url}/api/v1/firmware-upgrader/batch-upgrade-operation/`;
    const { results } = await (await fetch(path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).json();
    expect(results).to.have.length(1);
    await campaign.actions.start().output;
  }).timeout(20_000);

  it('puts into the audit who changed what over REST, and who tried to', async () => {
    await using lab = await openUpgraderLab();
    const { build } = await lab.file('2.0');
    const { secret } = await lab.gateway.people.addService({ name: 'guest' });
    await lab.gateway.people.grant('service:guest', { role: 'viewer', organization: 'default' });
    const { secret: token } = await lab.gateway.people.issueToken('service:guest');
    expect(secret).not.to.equal(token);
    expect((await lab.ask('DELETE', `build/${build}/?secret=1`, { token })).status).to.equal(403);
    expect((await lab.ask('GET', `build/${build}/`, { token })).status).to.equal(200);
    expect((await lab.ask('DELETE', `build/${build}/`)).status).to.equal(204);
    const response = await fetch(`${lab.gateway.url}/audit`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const records = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const path = `/api/v1/firmware-upgrader/build/${build}/`;
    const about = records.filter(({ affordances = [] }) => affordances.includes(path));
    expect(
      about.map(({ principal, organization, operation, result }) => [principal, organization, operation, result]),
    ).to.have.deep.members([
      ['service:guest', 'default', 'delete', 'forbidden'],
      ['user:admin', 'default', 'delete', 'done'],
    ]);
  });

  it('gives a token for a password, once it is the right one', async () => {
    await using lab = await openUpgraderLab();
    await lab.gateway.people.addUser({ name: 'ada', password: 'correct horse battery' });
    await lab.gateway.people.grant('user:ada', { role: 'viewer' });
    const signIn = (password: string): Promise<Response> =>
      fetch(`${lab.gateway.url}/api/v1/users/token/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ada', password }),
      });
    expect((await signIn('wrong')).status).to.equal(400);
    const { token } = await (await signIn('correct horse battery')).json();
    expect((await lab.ask('GET', 'category/', { token })).status).to.equal(200);

    const shown = await fetch(`${lab.gateway.url}/audit`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const text = await shown.text();
    const records = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ detail }) => detail === 'password for a token');
    expect(
      records.map(({ principal, address, operation, result }) => [principal, address, operation, result]),
    ).to.have.deep.members([
      ['anonymous', '127.0.0.1', 'authenticate', 'unauthenticated'],
      ['user:ada', '127.0.0.1', 'authenticate', 'done'],
    ]);
    expect(text).not.to.contain('wrong').and.not.contain('correct horse').and.not.contain(token);
  });

  it('counts those who guess at passwords for a token by their address too, whatever names they try', async () => {
    const came: (string | undefined)[] = [];
    const attempts = createAttempts({ count: 3 });
    const tried: string[] = [];
    const signIn = signInOf(
      {
        async checkPassword(id, password) {
          tried.push(id);
          if (password === 'unable') throw new ThingError('unavailable', 'not now');
          return password === 'right';
        },
        credentials: async () => [],
        revokeCredential: () => Promise.reject(new ThingError('notFound', 'There is none')),
        issueToken: async (principal, { label = '' } = {}) => ({
          credential: { id: 'id', principal, kind: 'token', label, created: '' },
          secret: 'new',
        }),
      },
      { attempts, signedIn: (principal) => void came.push(principal) },
    );
    const outcome = (user: string, password: string, address = '192.0.2.1') =>
      signIn(user, password, { address }).catch((error: unknown) => Object(error).code);
    for (let i = 0; i < 5; i++) expect(await outcome('ada', 'right')).to.equal('new');
    for (let i = 0; i < 5; i++) expect(await outcome('ada', 'unable')).to.equal('unavailable');
    const guesses = await Promise.all(Array.from({ length: 6 }, (_, i) => outcome(`user-${i}`, 'guess')));
    expect(guesses.filter((one) => one === undefined)).to.have.length(3);
    expect(guesses.filter((one) => one === 'tooMany')).to.have.length(3);
    expect(await outcome('ada', 'right')).to.equal('tooMany');
    expect(await outcome('ada', 'right', '192.0.2.2')).to.equal('new');
    expect(came.filter((one) => one === undefined)).to.have.length(3);
    expect(tried).not.to.include('user:user-3');
  });

  it('ends the oldest token of a program that asks for one with each run', async () => {
    const revoked: string[] = [];
    let tokens = Array.from({ length: 60 }, (_, i) => ({
      id: `id-${String(60 - i).padStart(2, '0')}`,
      principal: 'user:ada',
      kind: 'token' as const,
      label: i < 55 ? 'firmware upgrader' : 'of her own',
      created: '',
    }));
    const came: (readonly [string | undefined, string])[] = [];
    const people: Parameters<typeof signInOf>[0] = {
      checkPassword: async () => true,
      credentials: async () => tokens,
      async revokeCredential(_principal, id) {
        const found = tokens.find((token) => token.id === id);
        if (!found || id === 'id-07') throw new ThingError('notFound', 'Somebody else was faster');
        revoked.push(id);
        tokens = tokens.filter((token) => token !== found);
        return found;
      },
      issueToken: async (principal, { label = '' } = {}) => ({
        credential: { id: 'id-61', principal, kind: 'token', label, created: '' },
        secret: 'new',
      }),
    };
    const signIn = signInOf(people, { attempts: createAttempts(), signedIn: (...one) => void came.push(one) });
    expect(await signIn('ada', 'right', { address: '192.0.2.1' })).to.equal('new');
    expect(came).to.deep.equal([['user:ada', '192.0.2.1']]);
    expect(revoked).to.deep.equal(['id-06', 'id-08', 'id-09', 'id-10', 'id-11']);
    tokens = tokens.slice(20);
    await signIn('ada', 'right', { address: '192.0.2.1' });
    expect(revoked).to.have.length(5);
  });
});
