import { expect } from 'chai';
import { readPreconditions } from '../src/preconditions.js';
import { access, anonymous, as, authenticate, LAMP_ID, type Library, openLibrary, pump } from './library.js';

const PUMP = '/things/urn:example:pump';

const tagOf = async (library: Library): Promise<string> => (await library.ask('GET', PUMP)).headers.get('etag') ?? '';
const titleOf = async (library: Library): Promise<unknown> => (await library.ask('GET', PUMP)).body.title;

/** The three ways to change the pump, under a header. */
const changes = (headers: Readonly<Record<string, string>>) =>
  [
    ['PUT', { body: pump({ title: 'Late' }), headers }],
    ['PATCH', { body: { title: 'Late' }, headers }],
    ['DELETE', { headers }],
  ] as const;

describe('the entity tag of a registration', () => {
  it('is another one for each state, also for one of the same moment, and the same after a restart', async () => {
    const now = (): number => Date.parse('2026-03-04T06:00:00Z');
    await using library = await openLibrary({ now });
    await library.ask('PUT', PUMP, { body: pump() });
    const first = await tagOf(library);
    expect(first).to.match(/^"[\w-]{27}"$/);
    expect(await tagOf(library)).to.equal(first);
    await library.ask('PUT', PUMP, { body: pump({ title: 'Bilge' }) });
    expect(await tagOf(library)).not.to.equal(first);
    await using other = await openLibrary({ now });
    await other.ask('PUT', PUMP, { body: pump() });
    expect(await tagOf(other)).to.equal(first);
  });

  it('comes with what was posted and patched', async () => {
    await using library = await openLibrary();
    const posted = await library.ask('POST', '/things', { body: anonymous() });
    const location = posted.headers.get('location') ?? '';
    const got = await library.ask('GET', location);
    expect(posted.headers.get('etag')).to.equal(got.headers.get('etag')).and.not.equal(null);
    const patched = await library.ask('PATCH', location, { body: { title: 'Bilge' } });
    expect(patched.headers.get('etag')).not.to.equal(posted.headers.get('etag'));
    expect(patched.headers.get('etag')).to.equal((await library.ask('GET', location)).headers.get('etag'));
  });
});

describe('a change that insists on a state', () => {
  it('is made if it is that one, and refused with 412 if it is another one by now', async () => {
    await using library = await openLibrary();
    await library.ask('PUT', PUMP, { body: pump() });
    const stale = await tagOf(library);
    expect(
      (await library.ask('PATCH', PUMP, { body: { title: 'Early' }, headers: { 'if-match': stale } })).status,
    ).to.equal(204);
    for (const [method, options] of changes({ 'if-match': stale })) {
      const answer = await library.ask(method, PUMP, options);
      expect([answer.status, answer.headers.get('content-type'), answer.body.title], method).to.deep.equal([
        412,
        'application/problem+json',
        'Precondition Failed',
      ]);
    }
    expect(await titleOf(library)).to.equal('Early');
    for (const [method, options] of changes({ 'if-match': `"x", ${await tagOf(library)}` }).slice(0, 1)) {
      expect((await library.ask(method, PUMP, options)).status).to.equal(204);
    }
    expect((await library.ask('DELETE', PUMP, { headers: { 'if-match': await tagOf(library) } })).status).to.equal(204);
  });

  it('is made once, however many insist on the same one', async () => {
    await using library = await openLibrary();
    await library.ask('PUT', PUMP, { body: pump() });
    const headers = { 'if-match': await tagOf(library) };
    const all = Array.from({ length: 10 }, (_, i) =>
      library.ask('PATCH', PUMP, { body: { title: `Pump ${i}` }, headers }),
    );
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([204, ...Array.from({ length: 9 }, () => 412)]);
  });

  it('may insist that there is one, or none', async () => {
    await using library = await openLibrary();
    const put = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await library.ask('PUT', PUMP, { body: pump(), headers })).status;
    expect(await put({ 'if-match': '*' })).to.equal(412);
    expect(await put({ 'if-match': '"x"' })).to.equal(412);
    expect((await library.ask('GET', PUMP)).status).to.equal(404);
    expect(await put({ 'if-none-match': '*' })).to.equal(201);
    for (const [method, options] of changes({ 'if-none-match': '*' })) {
      expect((await library.ask(method, PUMP, options)).status, method).to.equal(412);
    }
    expect(await put({ 'if-none-match': `W/${await tagOf(library)}` })).to.equal(412);
    expect(await put({ 'if-match': `W/${await tagOf(library)}` })).to.equal(412);
    expect(await put({ 'if-none-match': '"x", "y"' })).to.equal(204);
    expect(await put({ 'if-match': '*' })).to.equal(204);
  });

  it('gets the same answer as any other where it would be refused anyway', async () => {
    await using library = await openLibrary({ access }, { authenticate, policy: () => true });
    await library.ask('PUT', PUMP, { body: pump(), ...as('ada') });
    const headersOf = (who: string) => ({ headers: { ...as(who).headers, 'if-match': '"x"', 'if-none-match': '*' } });
    for (const [method, path, who, status] of [
      ['DELETE', '/things/urn:example:nobody', 'ada', 404],
      ['DELETE', PUMP, 'ulf', 404],
      ['DELETE', PUMP, 'vic', 403],
      ['DELETE', `/things/${LAMP_ID}`, 'ada', 403],
    ] as const) {
      expect((await library.ask(method, path, headersOf(who))).status, `${method} ${path} ${who}`).to.equal(status);
    }
    expect((await library.ask('PUT', PUMP, { body: pump(), ...headersOf('ulf') })).status).to.equal(409);
    expect((await library.ask('PUT', PUMP, { body: pump({ title: 7 }), ...headersOf('ada') })).status).to.equal(400);
  });

  it('is refused if nobody knows on which', async () => {
    await using library = await openLibrary();
    await library.ask('PUT', PUMP, { body: pump() });
    for (const name of ['if-match', 'if-none-match']) {
      for (const [method, options] of changes({ [name]: 'x' })) {
        expect((await library.ask(method, PUMP, options)).status, `${method} ${name}`).to.equal(400);
      }
    }
  });
});

describe('readPreconditions', () => {
  it('takes lists of entity tags, with commas in them too', () => {
    expect(readPreconditions({ 'if-match': ' "a,b" ,W/"c","" ' })).to.deep.equal({ ifMatch: ['"a,b"', 'W/"c"', '""'] });
    expect(readPreconditions({ 'if-none-match': ' * ' })).to.deep.equal({ ifNoneMatch: '*' });
    expect(readPreconditions({})).to.deep.equal({});
  });

  it('refuses all else', () => {
    for (const header of ['', 'a', '"a', '"a" "b"', '*, "a"', 'w/"a"', '"a"b']) {
      expect(() => readPreconditions({ 'if-match': header }), header).to.throw('If-Match');
    }
  });
});
