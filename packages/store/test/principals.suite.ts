import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { Store } from '../src/index.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What every store promises of users and services. `open` gives an empty store whose clock is `now`. */
export function principalsSuite(open: (options: { readonly now: () => number }) => Promise<Store>): void {
  let present = Date.parse('2026-03-04T06:17:31Z');
  const now = () => present;
  const opened = () => open({ now });
  const ada = { kind: 'user', name: 'ada', title: 'Ada', organization: 'default' } as const;
  const reports = { kind: 'service', name: 'reports', title: 'Reports', organization: 'lab' } as const;
  const token = { principal: 'user:ada', kind: 'token', label: 'laptop' } as const;

  it('gives back a user as it was added', async () => {
    await using store = await opened();
    const added = await store.principals.add(ada);
    const times = { created: '2026-03-04T06:17:31.000Z', modified: '2026-03-04T06:17:31.000Z' };
    expect(added).to.deep.equal({ ...ada, id: 'user:ada', disabled: false, grants: [], ...times });
    expect(await store.principals.get('user:ada')).to.deep.equal(added);
    expect(await store.principals.get('user:bob')).to.equal(undefined);
  });

  it('lists users and services in the order in which they were added, with their grants', async () => {
    await using store = await opened();
    await store.principals.add(reports);
    await store.principals.add(ada);
    const grant = await store.principals.grant('user:ada', { role: 'viewer' });
    const listed = await store.principals.list();
    expect(listed.map(({ id }) => id)).to.deep.equal(['service:reports', 'user:ada']);
    expect(listed.map(({ grants }) => grants)).to.deep.equal([[], [grant]]);
  });

  it('lets a user and a service have one name, and refuses two users of one name', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    await store.principals.add({ ...reports, name: 'ada' });
    expect(await codeOf(store.principals.add({ ...ada, title: 'Another' }))).to.equal('conflict');
    expect(await store.principals.get('user:ada')).to.have.property('title', 'Ada');
  });

  it('keeps every member of a grant, and none that was not given', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    const narrow = {
      role: 'operator',
      organization: 'lab',
      thing: 'urn:uuid:1',
      affordance: 'mode',
      operation: 'writeproperty',
    } as const;
    const first = await store.principals.grant('user:ada', narrow);
    const second = await store.principals.grant('user:ada', { role: 'viewer' });
    expect(first.id).to.match(UUID_V7);
    expect(first).to.deep.include(narrow);
    expect((await store.principals.get('user:ada'))?.grants).to.deep.equal([first, second]);
  });

  it('takes back a grant of that principal, and no other', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    await store.principals.add(reports);
    const { id } = await store.principals.grant('user:ada', { role: 'viewer' });
    const other = await store.principals.grant('user:ada', { role: 'operator' });
    expect(await store.principals.revokeGrant('service:reports', id)).to.equal(undefined);
    expect((await store.principals.revokeGrant('user:ada', id))?.grants).to.deep.equal([other]);
    expect(await store.principals.revokeGrant('user:ada', id)).to.equal(undefined);
  });

  it('says when one was modified', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    present += 1000;
    await store.principals.grant('user:ada', { role: 'viewer' });
    const { created, modified } = (await store.principals.get('user:ada')) ?? { created: '', modified: '' };
    expect(Date.parse(modified) - Date.parse(created)).to.equal(1000);
  });

  it('finds whose a secret is, with all grants', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    const credential = await store.principals.addCredential(token, 'right');
    const grants = [
      await store.principals.grant('user:ada', { role: 'viewer' }),
      await store.principals.grant('user:ada', { role: 'operator', thing: 'urn:uuid:1' }),
    ];
    const found = await store.principals.findBySecret('right');
    expect(found?.credential).to.deep.equal(credential);
    expect(found?.principal).to.deep.equal(await store.principals.get('user:ada'));
    expect(found?.principal.grants).to.deep.equal(grants);
    for (const wrong of ['', 'Right', 'righ', 'right ', '\u0000right']) {
      expect(await store.principals.findBySecret(wrong), JSON.stringify(wrong)).to.equal(undefined);
    }
  });

  it('finds one without grants too', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    await store.principals.addCredential(token, 'right');
    expect((await store.principals.findBySecret('right'))?.principal.grants).to.deep.equal([]);
  });

  it('knows a credential until it ends', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    const until = present + 60_000;
    const credential = await store.principals.addCredential({ ...token, until }, 'right');
    expect(credential).to.have.property('until', until);
    present += 59_999;
    expect(await store.principals.findBySecret('right')).to.have.nested.property('credential.until', until);
    expect(await store.principals.credentials('user:ada')).to.deep.equal([credential]);
    present += 1;
    expect(await store.principals.findBySecret('right')).to.equal(undefined);
    expect(await store.principals.credentials('user:ada')).to.deep.equal([]);
  });

  it('adds a credential and lets others end, of the same principal only and never later than they would', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    await store.principals.add(reports);
    const first = await store.principals.addCredential(token, 'first');
    const short = await store.principals.addCredential({ ...token, until: present + 10 }, 'short');
    const foreign = await store.principals.addCredential({ ...token, principal: 'service:reports' }, 'foreign');
    const at = present + 60_000;
    const ends = [first, short, foreign].map(({ id }) => ({ id, at }));
    await store.principals.addCredential(token, 'second', { ends });
    expect(await store.principals.findBySecret('first')).to.have.nested.property('credential.until', at);
    expect(await store.principals.findBySecret('short')).to.have.nested.property('credential.until', present + 10);
    expect(await store.principals.findBySecret('foreign')).not.to.have.nested.property('credential.until');
    present = at;
    expect(await store.principals.findBySecret('first')).to.equal(undefined);
    expect(await store.principals.findBySecret('second')).not.to.equal(undefined);
  });

  it('adds no credential for nobody, and then ends none', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    expect(await codeOf(store.principals.addCredential({ ...token, principal: 'user:bob' }, 'x'))).to.equal('notFound');
    expect(await store.principals.findBySecret('x')).to.equal(undefined);
  });

  it('ends a credential of that principal, and no other', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    const credential = await store.principals.addCredential(token, 'right');
    expect(await store.principals.endCredential('user:bob', credential.id)).to.equal(undefined);
    expect(await store.principals.findBySecret('right')).not.to.equal(undefined);
    expect(await store.principals.endCredential('user:ada', credential.id)).to.deep.equal(credential);
    expect(await store.principals.findBySecret('right')).to.equal(undefined);
  });

  it('lets what was had for a credential end with it', async () => {
    await using store = await opened();
    await store.principals.add(reports);
    const secret = { principal: 'service:reports', kind: 'secret', label: '' } as const;
    const first = await store.principals.addCredential(secret, 'first');
    const access = { ...secret, kind: 'access', parent: first.id } as const;
    const had = await store.principals.addCredential(access, 'had for the first');
    expect(had.parent).to.equal(first.id);
    const second = await store.principals.addCredential(secret, 'second', {
      ends: [{ id: first.id, at: present + 10 }],
    });
    expect((await store.principals.findBySecret('had for the first'))?.credential.until).to.equal(present + 10);
    await store.principals.addCredential({ ...access, parent: second.id }, 'had for the second');
    await store.principals.endCredential('service:reports', second.id);
    expect(await store.principals.findBySecret('had for the second')).to.equal(undefined);
    expect(await store.principals.findBySecret('had for the first')).not.to.equal(undefined);
  });

  it('finds nobody who is disabled, and everything again afterwards', async () => {
    await using store = await opened();
    await store.principals.add(ada, 'a hash');
    await store.principals.addCredential(token, 'right');
    expect(await store.principals.setDisabled('user:ada', true)).to.have.property('disabled', true);
    expect(await store.principals.findBySecret('right')).to.equal(undefined);
    expect(await store.principals.findPassword('user:ada')).to.equal(undefined);
    expect(await store.principals.setDisabled('user:ada', false)).to.have.property('disabled', false);
    expect(await store.principals.findBySecret('right')).not.to.equal(undefined);
    expect(await store.principals.findPassword('user:ada')).not.to.equal(undefined);
  });

  it('keeps the hash of a password until another is set, or none', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    expect(await store.principals.findPassword('user:ada')).to.equal(undefined);
    await store.principals.setPassword('user:ada', 'a hash');
    const grant = await store.principals.grant('user:ada', { role: 'viewer' });
    const found = await store.principals.findPassword('user:ada');
    expect(found?.hash).to.equal('a hash');
    expect(found?.principal.grants).to.deep.equal([grant]);
    await store.principals.setPassword('user:ada', undefined);
    expect(await store.principals.findPassword('user:ada')).to.equal(undefined);
  });

  it('never shows a hash in what it lists', async () => {
    await using store = await opened();
    const added = await store.principals.add(ada, 'a-hash-of-a-password');
    const shown = [added, await store.principals.list(), await store.principals.get('user:ada')];
    expect(JSON.stringify(shown)).not.to.include('a-hash-of-a-password');
  });

  it('removes one with its grants and credentials; its name is free then', async () => {
    await using store = await opened();
    await store.principals.add(ada, 'a hash');
    await store.principals.grant('user:ada', { role: 'superuser' });
    await store.principals.addCredential(token, 'right');
    expect(await store.principals.remove('user:ada')).to.have.property('name', 'ada');
    expect(await store.principals.remove('user:ada')).to.equal(undefined);
    expect(await store.principals.findBySecret('right')).to.equal(undefined);
    const again = await store.principals.add(ada);
    expect(again.grants).to.deep.equal([]);
    expect(await store.principals.credentials('user:ada')).to.deep.equal([]);
    expect(await store.principals.findPassword('user:ada')).to.equal(undefined);
  });

  it('knows nobody to change', async () => {
    await using store = await opened();
    expect(await codeOf(store.principals.setDisabled('user:bob', true))).to.equal('notFound');
    expect(await codeOf(store.principals.setPassword('user:bob', 'a hash'))).to.equal('notFound');
    expect(await codeOf(store.principals.grant('user:bob', { role: 'viewer' }))).to.equal('notFound');
    expect(await store.principals.revokeGrant('user:bob', 'no-grant')).to.equal(undefined);
  });

  it('forgets what has ended, and nothing else', async () => {
    await using store = await opened();
    await store.principals.add(ada);
    await store.principals.addCredential({ ...token, until: present + 10 }, 'short');
    await store.principals.addCredential({ ...token, until: present + 20 }, 'longer');
    await store.principals.addCredential(token, 'lasting');
    present += 10;
    expect(await store.principals.sweep()).to.equal(1);
    expect(await store.principals.sweep()).to.equal(0);
    expect(await store.principals.credentials('user:ada')).to.have.length(2);
  });

  it('keeps names, titles and labels of any script, quotes included', async () => {
    await using store = await opened();
    const text = `Zoë's "lab" 電池 '); DROP TABLE principals; --`;
    await store.principals.add({ ...ada, name: `issuer.example|${text}`, title: text, organization: text });
    const id = `user:issuer.example|${text}`;
    await store.principals.addCredential({ ...token, principal: id, label: text }, 'right');
    const found = await store.principals.findBySecret('right');
    expect(found?.principal).to.include({ id, title: text, organization: text });
    expect(found?.credential.label).to.equal(text);
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
