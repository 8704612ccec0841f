import { createSite, type Grant, type Principal, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { createThingAdministration } from '../../src/administration/thing-administration.js';
import { createAdoptions } from '../../src/adoption/adoptions.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';
import { createFleet } from '../../src/fleet.js';
import { createDeviceTokens } from '../../src/identity/device-tokens.js';
import { createPolicy } from '../../src/policy.js';
import { fakeKind } from '../fake-kind.js';

const ada = (...grants: readonly Grant[]): Principal => ({ id: 'user:ada', kind: 'user', grants });
const ROOT = ada({ role: 'superuser' });
const ACME = ada({ role: 'admin', organization: 'acme' });
const EVERYWHERE = ada({ role: 'admin' });

const FOREIGN_TD = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Foreign',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  base: 'http://127.0.0.1:9/',
};

describe('The administration of Things', () => {
  it('adds devices and adopted Things only to an organization that the caller administers', async () => {
    await using gate = await open();
    const { things } = gate;
    const device = { kind: 'lamp' };
    expect(await codeOf(things.provision(ACME, device))).to.equal('forbidden');
    expect(await codeOf(things.provision(ACME, { ...device, organization: 'umbrella' }))).to.equal('forbidden');
    expect(await codeOf(things.provision(ACME, { ...device, organization: 'acme' }))).to.equal('done');
    expect(await codeOf(things.provision(EVERYWHERE, device))).to.equal('done');
    expect(await codeOf(things.adopt(ACME, { td: FOREIGN_TD }))).to.equal('forbidden');
    expect(await codeOf(things.adopt(ACME, { td: FOREIGN_TD, organization: 'acme' }))).to.equal('done');
    expect(await codeOf(things.adopt(ACME, { discovered: 'key' }))).to.equal('forbidden');
    expect(await codeOf(things.adopt(ACME, { discovered: 'key', organization: 'acme' }))).to.equal('done');
    const both = { discovered: 'key', td: FOREIGN_TD, organization: 'acme' };
    expect(await codeOf(things.adopt(ACME, both))).to.equal('invalid');
  });

  it('lets nobody administer below an admin, nor with a role that is narrowed to a Thing', async () => {
    await using gate = await open();
    const { id } = await gate.things.provision(ROOT, { kind: 'lamp', name: 'hall', organization: 'acme' });
    for (const narrow of [
      { role: 'operator' },
      { role: 'admin', thing: id },
      { role: 'viewer', organization: 'acme' },
    ]) {
      for (const change of changesOf(gate.things, ada(narrow))) expect(await codeOf(change())).to.equal('forbidden');
    }
    expect(gate.fleet.has('hall')).to.equal(true);
  });

  it('does not tell who administers another organization what there is', async () => {
    await using gate = await open();
    await gate.things.provision(ROOT, { kind: 'lamp', name: 'hall', organization: 'umbrella' });
    for (const change of changesOf(gate.things, ACME)) expect(await codeOf(change())).to.equal('notFound');
    expect(gate.fleet.get('hall')).to.include({ organization: 'umbrella' });
  });

  it('moves a Thing between organizations of which the caller administers both', async () => {
    await using gate = await open();
    const { things } = gate;
    await things.provision(ACME, { kind: 'lamp', name: 'hall', organization: 'acme' });
    await things.adopt(ACME, { td: FOREIGN_TD, name: 'foreign', organization: 'acme' });
    for (const name of ['hall', 'foreign']) {
      expect(await codeOf(things.move(ACME, name, 'umbrella'))).to.equal('forbidden');
      expect(await codeOf(things.move(EVERYWHERE, name, 'umbrella'))).to.equal('done');
      expect(await codeOf(things.move(ACME, name, 'acme'))).to.equal('notFound');
    }
  });

  it('gives other titles to devices and adopted Things of an organization that the caller administers', async () => {
    await using gate = await open();
    const { things, site } = gate;
    await things.provision(ACME, { kind: 'lamp', name: 'hall', organization: 'acme' });
    await things.adopt(ACME, { td: FOREIGN_TD, name: 'foreign', organization: 'acme' });
    for (const name of ['hall', 'foreign']) {
      expect(await codeOf(things.setTitle(ACME, name, 'Ours'))).to.equal('done');
      expect(site.things.get(name)?.model.title).to.equal('Ours');
    }
  });

  it('has what somebody lets go of declined before it goes, and nothing that they may not let go of', async () => {
    await using gate = await open();
    const { things } = gate;
    await things.provision(ACME, { kind: 'lamp', name: 'hall', organization: 'acme' });
    await things.adopt(ACME, { td: FOREIGN_TD, name: 'foreign', organization: 'acme' });
    const viewer = ada({ role: 'viewer', organization: 'acme' });
    expect(await codeOf(things.remove(viewer, 'hall'))).to.equal('forbidden');
    expect(await codeOf(things.release(viewer, 'foreign'))).to.equal('forbidden');
    expect(gate.declined).to.deep.equal([]);
    expect(await codeOf(things.remove(ACME, 'hall'))).to.equal('done');
    expect(await codeOf(things.release(ACME, 'foreign'))).to.equal('done');
    expect(gate.declined).to.deep.equal([
      ['hall', true],
      ['foreign', true],
    ]);
  });

  it('lists the devices that the caller may see', async () => {
    await using gate = await open();
    for (const organization of ['acme', 'umbrella']) {
      await gate.things.provision(ROOT, { kind: 'lamp', name: `lamp-of-${organization}`, organization });
    }
    const listed = (caller: Principal, organization?: string) =>
      gate.things.devices(caller, organization).map(({ name }) => name);
    expect(listed(ROOT)).to.deep.equal(['lamp-of-acme', 'lamp-of-umbrella']);
    expect(listed(ROOT, 'umbrella')).to.deep.equal(['lamp-of-umbrella']);
    expect(listed(ACME)).to.deep.equal(['lamp-of-acme']);
    expect(listed(ACME, 'umbrella')).to.deep.equal([]);
    expect(listed(ada())).to.deep.equal([]);
  });
});

type Things = ReturnType<typeof createThingAdministration>;

const changesOf = (things: Things, caller: Principal): (() => Promise<unknown>)[] => [
  () => things.rotate(caller, 'hall', 0),
  () => things.configure(caller, { name: 'hall' }),
  () => things.remove(caller, 'hall'),
  () => things.release(caller, 'hall'),
  () => things.move(caller, 'hall', 'acme'),
  () => things.setTitle(caller, 'hall', 'Mine'),
];

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof ThingError) return error.code;
    throw error;
  }
}

async function open() {
  const store = await openStore();
  const organizations = new Map<string, string>();
  const policy = createPolicy({ gatewayID: 'urn:uuid:gateway', organizationOf: (id) => organizations.get(id) });
  const site = createSite({ compileCheck, policy });
  const tokens = createDeviceTokens(store.devices);
  const kinds = new Map([['lamp', fakeKind()]]);
  const shared = { site, organizations, baseUrl: () => 'http://gate.example', log: silent };
  const fleet = createFleet({ ...shared, registry: store.devices, tokens, kinds });
  const adopter = {
    name: 'fake',
    schemes: ['http'],
    canAdopt: () => true,
    adopt: async () => ({
      model: { title: 'Foreign' },
      implement: () => ({ properties: new Map(), actions: new Map(), events: new Map() }),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
  const addresses = createReachableAddresses(['127.0.0.0/8']);
  const adoptions = createAdoptions({ ...shared, registry: store.adoptedThings, adopters: [adopter], addresses });
  const declined: (readonly [name: string, isThere: boolean])[] = [];
  return {
    site,
    fleet,
    declined,
    things: createThingAdministration({
      site,
      fleet,
      adoptions,
      discovery: {
        adopt: async () => ({ id: 'urn:1', name: 'found', td: '' }),
        decline: async (name) => void declined.push([name, site.things.has(name)]),
      },
      openWrt: { forgetHostKey: async () => undefined },
    }),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      tokens[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
