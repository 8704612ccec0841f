import { expect } from 'chai';
import { visiblePart } from '../src/visible-part.js';
import { follow } from './followed.js';
import { access, as, authenticate, openLibrary, pump } from './library.js';

const form = (href: string, op?: string | readonly string[]) => ({ href, ...(op === undefined ? {} : { op }) });

const TD = pump({
  properties: {
    level: { type: 'number', forms: [form('http://192.0.2.1/level')] },
    code: {
      type: 'string',
      readOnly: true,
      forms: [form('http://192.0.2.1/code', ['readproperty', 'observeproperty'])],
    },
    key: { type: 'string', writeOnly: true, forms: [form('http://192.0.2.1/key')] },
  },
  actions: { drain: { forms: [form('http://192.0.2.1/drain')] } },
  events: { dry: { forms: [form('http://192.0.2.1/dry')] } },
  forms: [form('http://192.0.2.1/', ['readallproperties', 'writeallproperties'])],
});

describe('visiblePart', () => {
  it('is what somebody may see: affordances, their forms, and the operations of those', () => {
    const { properties, actions, events, forms, ...rest } = visiblePart(TD, (operation) =>
      /^(?:read|sub)/.test(operation),
    );
    expect(rest).to.deep.equal(pump());
    expect(properties).to.deep.equal({
      level: { type: 'number', forms: [form('http://192.0.2.1/level', ['readproperty'])] },
      code: { type: 'string', readOnly: true, forms: [form('http://192.0.2.1/code', ['readproperty'])] },
    });
    expect(actions).to.equal(undefined);
    expect(events).to.deep.equal({ dry: { forms: [form('http://192.0.2.1/dry', ['subscribeevent'])] } });
    expect(forms).to.deep.equal([form('http://192.0.2.1/', ['readallproperties'])]);
  });

  it('asks for each affordance by its name, and for the Thing without one', () => {
    const asked: string[] = [];
    const seen = visiblePart(TD, (operation, name) => asked.push(`${name} ${operation}`) < 0);
    expect(seen).to.deep.equal(pump());
    expect(asked).to.deep.equal([
      'level readproperty',
      'level writeproperty',
      'code readproperty',
      'code observeproperty',
      'key writeproperty',
      'drain invokeaction',
      'dry subscribeevent',
      'dry unsubscribeevent',
      'undefined readallproperties',
      'undefined writeallproperties',
    ]);
  });

  it('is all of it for who may see all', () => {
    expect(visiblePart(TD, () => true)).to.deep.equal(TD);
  });

  it('is taken for any names', () => {
    const odd = JSON.parse('{"properties":{"__proto__":{"forms":[{"href":"x:"}]},"level":7},"actions":[]}');
    expect(JSON.stringify(visiblePart(odd, () => true))).to.equal(
      '{"properties":{"__proto__":{"forms":[{"href":"x:"}]}}}',
    );
  });
});

describe('a reader who may see one affordance of a registration', () => {
  const PUMP = '/things/urn:example:pump';
  const LEVEL = ['level'];
  const namesIn = ({ properties = {}, actions, events, forms }: Readonly<Record<string, unknown>>) => {
    expect([actions, events, forms]).to.deep.equal([undefined, undefined, undefined]);
    return Object.keys(Object(properties));
  };

  it('gets that alone: by itself, in the list, in pages, in searches and in events', async () => {
    await using library = await openLibrary({ access }, { authenticate });
    using stream = await follow(`${library.url}/events?diff=true`, as('lea').headers);
    using whole = await follow(`${library.url}/events?diff=true`, as('vic').headers);
    await library.ask('PUT', PUMP, { body: TD, ...as('ada') });
    const one = await library.ask('GET', PUMP, as('lea'));
    expect(namesIn(one.body)).to.deep.equal(LEVEL);
    expect(one.body).to.include({ id: 'urn:example:pump', title: 'Pump' });
    expect(one.body.registration).to.have.all.keys('created', 'modified', 'retrieved');
    for (const path of ['/things', '/things?limit=2', '/search/jsonpath?query=$[?(@.title==%27Pump%27)]']) {
      const { list } = await library.ask('GET', path, as('lea'));
      expect(namesIn(list.find(({ title }) => title === 'Pump') ?? {}), path).to.deep.equal(LEVEL);
    }
    await library.ask('PATCH', PUMP, { body: { properties: { code: { title: 'Secret' } } }, ...as('ada') });
    const [created, updated] = (await stream.next(2)).map(({ data }) => JSON.parse(data));
    expect(namesIn(created)).to.deep.equal(LEVEL);
    expect(updated).to.deep.equal({ id: 'urn:example:pump' });
    const [, patched] = (await whole.next(2)).map(({ data }) => JSON.parse(data));
    expect(patched.properties).to.deep.equal({ code: { title: 'Secret' } });
  });

  it('gets the part of what it is now, and no entity tag', async () => {
    await using library = await openLibrary({ access }, { authenticate });
    await library.ask('PUT', PUMP, { body: TD, ...as('ada') });
    const readers = () => Promise.all(['lea', 'vic', 'ada'].map((who) => library.ask('GET', PUMP, as(who))));
    expect((await readers()).map(({ headers }) => headers.has('etag'))).to.deep.equal([false, true, true]);
    await library.ask('PATCH', PUMP, { body: { title: 'Bilge' }, ...as('ada') });
    expect((await readers()).map(({ body }) => body.title)).to.deep.equal(['Bilge', 'Bilge', 'Bilge']);
    expect((await library.ask('PUT', PUMP, { body: TD, ...as('lea') })).status).to.equal(403);
  });
});
