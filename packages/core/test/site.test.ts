import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import { compileCheck } from '../src/checks/index.js';
import {
  ANONYMOUS,
  type CompileCheck,
  createSite,
  defineThing,
  expose,
  type Policy,
  ThingError,
} from '../src/index.js';

const Lamp = defineThing({ title: 'Lamp', properties: { on: { schema: t.Boolean(), readOnly: true } } });
const lamp = expose(Lamp, () => ({ properties: { on: of(true) } }));

describe('A site', () => {
  it('holds its Things by name and by id, in the order they came', async () => {
    await using site = createSite({ compileCheck });
    const second = site.add('b', lamp, { id: 'urn:b' });
    const first = site.add('a', lamp);
    expect([...site.things.keys()]).to.deep.equal(['b', 'a']);
    expect(site.byID('urn:b')).to.equal(second);
    expect(first.id).to.match(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(site.byID(first.id)).to.equal(first);
    expect(site.byID('__proto__')).to.equal(undefined);
    expect([first.name, first.model]).to.deep.equal(['a', Lamp]);
  });

  it('tells of Things that come and go', async () => {
    const site = createSite({ compileCheck });
    const told: string[] = [];
    site.changes.subscribe({
      next: ({ type, thing }) => told.push(`${type} ${thing.name}`),
      complete: () => told.push('the end'),
    });
    site.add('a', lamp);
    site.add('b', lamp);
    await site.remove('a');
    await site.remove('a');
    await site.remove('never');
    await site[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    expect(told).to.deep.equal(['added a', 'added b', 'removed a', 'removed b', 'the end']);
  });

  it('gives a Thing another title, and tells of it; other Things of its Model keep theirs', async () => {
    await using site = createSite({ compileCheck });
    const told: string[] = [];
    const principal = ANONYMOUS;
    const [hall, stairs] = [site.add('hall', lamp), site.add('stairs', lamp)];
    const values: unknown[] = [];
    hall
      .observe({ op: 'observeproperty', name: 'on' }, { principal })
      .subscribe({ complete: () => values.push('end') });
    site.changes.subscribe(({ type, thing }) => told.push(`${type} ${thing.model.title}`));
    site.setTitle('hall', 'Hall');
    site.setTitle('nobody', 'X');
    expect(told).to.deep.equal(['changed Hall']);
    expect(site.describe(hall, 'http://x', principal).title).to.equal('Hall');
    expect(site.describe(stairs, 'http://x', principal).title).to.equal('Lamp');
    expect(() => hall.request({ op: 'readproperty', name: 'off' }, { principal })).to.throw("in 'Hall'");
    expect(() => hall.request({ op: 'writeproperty', name: 'on', value: 1 }, { principal })).to.throw("of 'Hall'");
    expect(values).to.deep.equal([]);
  });

  it('takes a name again once it is free', async () => {
    await using site = createSite({ compileCheck });
    const first = site.add('a', lamp);
    await site.remove('a');
    expect(site.add('a', lamp, { id: first.id })).to.not.equal(first);
  });

  it('refuses a name or an id that is taken, a name that is none, and all once it is closed', async () => {
    const site = createSite({ compileCheck });
    site.add('a', lamp, { id: 'urn:a' });
    const refused = (name: string, id: string) => {
      try {
        site.add(name, lamp, { id });
      } catch (thrown) {
        if (thrown instanceof ThingError) return thrown.code;
      }
      return undefined;
    };
    expect(refused('a', 'urn:b')).to.equal('conflict');
    expect(refused('b', 'urn:a')).to.equal('conflict');
    for (const name of ['', 'a/b', '..', '.a', 'ä', 'a b', '__proto__', 'a'.repeat(65)]) {
      expect(refused(name, 'urn:c')).to.equal('invalid');
    }
    expect(refused('constructor', 'urn:constructor')).to.equal(undefined);
    await site[Symbol.asyncDispose]();
    expect(refused('c', 'urn:c')).to.equal('unavailable');
  });

  it('adds nothing when the Thing cannot be made', async () => {
    await using site = createSite({ compileCheck });
    const broken = expose(Lamp, () => {
      throw new TypeError('no bulb');
    });
    expect(() => site.add('a', broken)).to.throw(TypeError, 'no bulb');
    expect(site.things.size).to.equal(0);
    expect(() => site.add('a', lamp)).to.not.throw();
  });

  it('makes handlers for each Thing, but compiles each schema of a Model once', async () => {
    let compiled = 0;
    let implemented = 0;
    const counting: CompileCheck = (schema) => {
      compiled++;
      return compileCheck(schema);
    };
    await using site = createSite({ compileCheck: counting });
    const exposure = expose(Lamp, () => {
      implemented++;
      return { properties: { on: of(true) } };
    });
    site.add('a', exposure);
    site.add('b', exposure);
    expect([compiled, implemented]).to.deep.equal([1, 2]);
  });

  it('knows everybody as anonymous, and lets them do everything, unless told otherwise', async () => {
    await using site = createSite({ compileCheck });
    expect(await site.authenticate({ kind: 'none' })).to.deep.equal({ principal: ANONYMOUS });
    const thing = site.add('a', lamp);
    expect(site.policy({ principal: ANONYMOUS, thing, operation: 'describe' })).to.equal(true);
    expect(site.strict).to.equal(false);
    expect(site.describe(thing, 'http://h', ANONYMOUS).securityDefinitions).to.deep.equal({
      nosec_sc: { scheme: 'nosec' },
    });
  });

  it('shows a Thing to those whom the policy lets read its description', async () => {
    const policy: Policy = ({ principal, operation }) => operation === 'describe' && principal.kind === 'user';
    await using site = createSite({ compileCheck, policy });
    const thing = site.add('a', lamp);
    const ada = { ...ANONYMOUS, id: 'user:ada', kind: 'user' } as const;
    expect([site.isVisible(thing, ada), site.isVisible(thing, ANONYMOUS)]).to.deep.equal([true, false]);
  });

  it('describes a Thing at the origin it is reached at, with the forms of every binding', async () => {
    await using site = createSite({ compileCheck, profiles: ['https://p.example'] });
    site.addForms(({ base, kind, name }) => [{ href: `${base}${kind}/${name}` }]);
    site.addForms(({ name }) => (name === 'on' ? [{ href: 'ws://h/things' }] : []));
    const thing = site.add('a', lamp);
    const td = site.describe(thing, 'http://h:1', ANONYMOUS);
    expect(td).to.include({ id: thing.id, base: 'http://h:1/things/a/' });
    expect(td.profile).to.deep.equal(['https://p.example']);
    expect(td.properties?.on?.forms.map(({ href }) => href)).to.deep.equal([
      'http://h:1/things/a/property/on',
      'ws://h/things',
    ]);
  });

  it("declares the prefix of a binding's own terms in the TDs that use one", async () => {
    await using site = createSite({ compileCheck });
    site.addForms(({ name }) => (name === 'on' ? [{ href: 'x', 'mine:term': 1 }] : []), {
      mine: 'urn:m#',
      other: 'urn:o#',
    });
    const td = site.describe(site.add('a', lamp), 'http://h', ANONYMOUS);
    expect(td['@context']).to.deep.equal(['https://www.w3.org/2022/wot/td/v1.1', { mine: 'urn:m#' }]);
  });
});
