import {
  ANONYMOUS,
  type Grant,
  OPERATION_NAMES,
  type OperationName,
  type PolicyQuestion,
  type Principal,
} from '@thingwright/core';
import { expect } from 'chai';
import { GatewayModel } from '../src/gateway.model.js';
import { createPolicy, hasRole, ROLES, type Role } from '../src/policy.js';

const GATEWAY = { id: 'urn:uuid:gateway', name: 'gateway', model: GatewayModel };
const LAB = {
  id: 'urn:uuid:lab',
  name: 'lab',
  model: { title: 'Lab', actions: { bake: {}, history: { safe: true, synchronous: true } } },
} as const;

const policy = createPolicy({ gatewayID: GATEWAY.id, organizationOf: (id) => (id === LAB.id ? 'acme' : undefined) });

const ada = (...grants: readonly Grant[]): Principal => ({ id: 'user:ada', kind: 'user', grants });
type Question = Omit<PolicyQuestion, 'principal' | 'thing'> & { readonly thing?: PolicyQuestion['thing'] };
const may = (principal: Principal, question: Question): boolean => policy({ principal, thing: LAB, ...question });

/** What each operation needs, written down once more and by hand. */
const NEEDS: Readonly<Record<OperationName | 'describe', Role>> = {
  describe: 'viewer',
  readproperty: 'viewer',
  readallproperties: 'viewer',
  readmultipleproperties: 'viewer',
  observeproperty: 'viewer',
  observeallproperties: 'viewer',
  unobserveproperty: 'viewer',
  unobserveallproperties: 'viewer',
  subscribeevent: 'viewer',
  subscribeallevents: 'viewer',
  unsubscribeevent: 'viewer',
  unsubscribeallevents: 'viewer',
  queryallactions: 'viewer',
  queryaction: 'operator',
  cancelaction: 'operator',
  invokeaction: 'operator',
  writeproperty: 'operator',
  writeallproperties: 'operator',
  writemultipleproperties: 'operator',
};

const ABOUT: Readonly<Partial<Record<OperationName | 'describe', object>>> = {
  invokeaction: { affordance: 'bake' },
  queryaction: { affordance: 'bake', invoker: 'user:bob' },
  cancelaction: { affordance: 'bake', invoker: 'user:bob' },
};

describe('The policy of a gateway', () => {
  it('takes an admin to write or invoke what is reserved, and no more than ever to see it', () => {
    const model = { title: 'Lab', properties: { label: { schema: {} } }, actions: { wipe: {}, bake: {} } } as const;
    const { label } = model.properties;
    const { wipe } = model.actions;
    const reserving = createPolicy({
      gatewayID: GATEWAY.id,
      organizationOf: () => 'acme',
      reserved: new Set<object>([label, wipe]),
    });
    const thing = { ...LAB, model: { ...model, title: 'Another' } };
    const ask = (role: Role, operation: OperationName, affordance: string): boolean =>
      reserving({ principal: ada({ role, organization: 'acme' }), thing, operation, affordance });
    expect(ask('operator', 'writeproperty', 'label')).to.equal(false);
    expect(ask('operator', 'invokeaction', 'wipe')).to.equal(false);
    expect(ask('operator', 'invokeaction', 'bake')).to.equal(true);
    expect(ask('admin', 'writeproperty', 'label')).to.equal(true);
    expect(ask('admin', 'invokeaction', 'wipe')).to.equal(true);
    expect(ask('viewer', 'readproperty', 'label')).to.equal(true);
    expect(ask('viewer', 'observeproperty', 'label')).to.equal(true);
  });

  for (const operation of [...OPERATION_NAMES, 'describe'] as const) {
    const question = { operation, ...ABOUT[operation] };
    for (const [place, role] of ROLES.entries()) {
      const isEnough = place >= ROLES.indexOf(NEEDS[operation]);
      it(`${isEnough ? 'lets' : 'does not let'} a ${role} ${operation} in its organization`, () => {
        expect(may(ada({ role }), question)).to.equal(isEnough);
        expect(may(ada({ role, organization: 'acme' }), question)).to.equal(isEnough);
        expect(may(ada({ role, thing: LAB.id }), question)).to.equal(isEnough);
      });

      it(`does not let a ${role} ${operation} in another organization, or on another Thing`, () => {
        const isAbove = role === 'superuser';
        expect(may(ada({ role, organization: 'umbrella' }), question)).to.equal(isAbove);
        expect(may(ada({ role, thing: 'urn:uuid:other' }), question)).to.equal(isAbove);
        const elsewhere = { ...question, thing: { ...LAB, id: 'urn:uuid:gone' } };
        expect(may(ada({ role, organization: 'acme' }), elsewhere)).to.equal(isAbove);
      });
    }

    it(`lets nobody ${operation} who has no role, a made-up one, or is a device`, () => {
      const device = { id: 'device:lab', kind: 'device', grants: [] } as const;
      const strangers = [
        ANONYMOUS,
        device,
        ada(),
        ada({ role: 'owner' }),
        ada({ role: '__proto__' }),
        ada({ role: '' }),
      ];
      for (const stranger of strangers) expect(may(stranger, question)).to.equal(false);
    });
  }

  it('lets a viewer invoke what is safe', () => {
    expect(may(ada({ role: 'viewer' }), { operation: 'invokeaction', affordance: 'history' })).to.equal(true);
    expect(may(ada({ role: 'viewer' }), { operation: 'invokeaction', affordance: '__proto__' })).to.equal(false);
  });

  it('lets everybody who sees a Thing query and cancel what is their own', () => {
    for (const operation of ['queryaction', 'cancelaction'] as const) {
      const own = { operation, affordance: 'bake', invoker: 'user:ada' };
      expect(may(ada({ role: 'viewer', organization: 'acme' }), own)).to.equal(true);
      expect(may(ada({ role: 'viewer', organization: 'umbrella' }), own)).to.equal(false);
    }
  });

  it('follows the grants of a principal that change while it is there', () => {
    const grants = { now: [{ role: 'viewer' }] };
    const live: Principal = {
      id: 'user:ada',
      kind: 'user',
      get grants() {
        return grants.now;
      },
    };
    const write = { operation: 'writeproperty', affordance: 'target' } as const;
    expect(may(live, write)).to.equal(false);
    grants.now = [{ role: 'operator' }];
    expect(may(live, write)).to.equal(true);
    grants.now = [];
    expect(may(live, write)).to.equal(false);
  });

  it('keeps a grant to its affordance, which shows the Thing and begins operations on all', () => {
    const narrow = ada({ role: 'operator', affordance: 'target' });
    expect(may(narrow, { operation: 'writeproperty', affordance: 'target' })).to.equal(true);
    expect(may(narrow, { operation: 'writeproperty', affordance: 'fan' })).to.equal(false);
    expect(may(narrow, { operation: 'describe' })).to.equal(true);
    expect(may(narrow, { operation: 'readallproperties' })).to.equal(true);
  });

  it('keeps a grant to its operation, or to those of which one on many consists', () => {
    const narrow = ada({ role: 'operator', operation: 'readproperty' });
    expect(may(narrow, { operation: 'readproperty', affordance: 'target' })).to.equal(true);
    expect(may(narrow, { operation: 'readallproperties' })).to.equal(true);
    expect(may(narrow, { operation: 'writeproperty', affordance: 'target' })).to.equal(false);
    expect(may(narrow, { operation: 'observeproperty', affordance: 'target' })).to.equal(false);
    expect(may(ada({ role: 'operator', operation: 'readallproperties' }), { operation: 'readproperty' })).to.equal(
      true,
    );
  });

  it('never lets a narrow grant be widened by the role of another', () => {
    const two = ada({ role: 'admin', organization: 'umbrella' }, { role: 'viewer', organization: 'acme' });
    expect(may(two, { operation: 'readproperty', affordance: 'target' })).to.equal(true);
    expect(may(two, { operation: 'writeproperty', affordance: 'target' })).to.equal(false);
  });

  describe('on the gateway itself', () => {
    const at = (principal: Principal, question: Question) => may(principal, { ...question, thing: GATEWAY });

    it('lets admins administer, also those of one organization, and nobody below', () => {
      const provision = { operation: 'invokeaction', affordance: 'provisionDevice' } as const;
      for (const role of ['admin', 'superuser'] as const) {
        expect(at(ada({ role }), provision)).to.equal(true);
        expect(at(ada({ role, organization: 'acme' }), provision)).to.equal(true);
      }
      for (const role of ['viewer', 'operator'] as const) expect(at(ada({ role }), provision)).to.equal(false);
      expect(at(ada({ role: 'admin', thing: LAB.id }), provision)).to.equal(false);
    });

    it('lets every user and service care for itself, and nobody else', () => {
      const invoke = (affordance: string) => ({ operation: 'invokeaction', affordance }) as const;
      const service = { id: 'service:reports', kind: 'service', grants: [] } as const;
      for (const affordance of ['listPrincipals', 'listCredentials', 'setPassword', 'issueToken', 'revokeCredential']) {
        expect(at(ada(), invoke(affordance)), affordance).to.equal(true);
        expect(at(service, invoke(affordance)), affordance).to.equal(true);
        expect(at(ANONYMOUS, invoke(affordance)), affordance).to.equal(false);
        expect(at({ ...service, kind: 'device' }, invoke(affordance)), affordance).to.equal(false);
        expect(may(ada(), invoke(affordance)), `${affordance} of another Thing`).to.equal(false);
      }
      for (const affordance of ['addUser', 'grant', 'removePrincipal', 'listDevices', 'provisionDevice']) {
        expect(at(ada(), invoke(affordance)), affordance).to.equal(false);
      }
      expect(at(ada(), { operation: 'describe' })).to.equal(true);
      expect(at(ada(), { operation: 'readproperty', affordance: 'version' })).to.equal(false);
    });

    it('tells of users and services those alone who administer everything', () => {
      const changes = { operation: 'subscribeevent', affordance: 'principalChanged' } as const;
      expect(at(ada({ role: 'admin' }), changes)).to.equal(true);
      expect(at(ada({ role: 'admin', organization: 'acme' }), changes)).to.equal(false);
      expect(at(ada({ role: 'operator' }), changes)).to.equal(false);
    });

    it('shows the audit to all who administer something', () => {
      const audit = { operation: 'invokeaction', affordance: 'audit' } as const;
      expect(at(ada({ role: 'admin', organization: 'acme' }), audit)).to.equal(true);
      expect(at(ada({ role: 'superuser' }), audit)).to.equal(true);
      expect(at(ada({ role: 'operator' }), audit)).to.equal(false);
      expect(at(ada({ role: 'admin', thing: LAB.id }), audit)).to.equal(false);
    });

    it('lets those of one organization list the devices that they may see', () => {
      const list = { operation: 'invokeaction', affordance: 'listDevices' } as const;
      expect(at(ada({ role: 'viewer', organization: 'acme' }), list)).to.equal(true);
      expect(at(ada({ role: 'viewer', thing: LAB.id }), list)).to.equal(false);
    });

    it('shows those of one organization only what is open', () => {
      const read = (affordance: string) => ({ operation: 'readproperty', affordance }) as const;
      const mine = ada({ role: 'admin', organization: 'acme' });
      expect(at(mine, { operation: 'describe' })).to.equal(true);
      expect(at(mine, { operation: 'readallproperties' })).to.equal(true);
      expect(at(mine, read('version'))).to.equal(true);
      expect(at(mine, read('devices'))).to.equal(false);
      expect(at(mine, { operation: 'subscribeevent', affordance: 'deviceAdded' })).to.equal(false);
      expect(at(ada({ role: 'viewer' }), read('devices'))).to.equal(true);
    });
  });
});

describe('hasRole', () => {
  it('asks for the whole of an organization', () => {
    expect(hasRole(ada({ role: 'admin', organization: 'acme' }), 'admin', 'acme')).to.equal(true);
    expect(hasRole(ada({ role: 'admin' }), 'operator', 'acme')).to.equal(true);
    expect(hasRole(ada({ role: 'superuser' }), 'admin', 'acme')).to.equal(true);
    expect(hasRole(ada({ role: 'operator', organization: 'acme' }), 'admin', 'acme')).to.equal(false);
    expect(hasRole(ada({ role: 'admin', organization: 'umbrella' }), 'admin', 'acme')).to.equal(false);
    for (const narrow of [{ thing: LAB.id }, { affordance: 'target' }, { operation: 'readproperty' } as const]) {
      expect(hasRole(ada({ role: 'admin', organization: 'acme', ...narrow }), 'admin', 'acme')).to.equal(false);
    }
    expect(hasRole(ada({ role: 'owner' }), 'viewer', 'acme')).to.equal(false);
  });
});
