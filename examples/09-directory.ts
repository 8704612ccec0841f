/**
 * Registers a Thing in the directory of a gateway, follows what becomes of it, finds it by what it says of itself, and takes it away again:
 * `THINGWRIGHT_TOKEN=… npx tsx --conditions=source examples/09-directory.ts [URL of the gateway]`.
 */
const [gateway = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const authorization = `Bearer ${process.env.THINGWRIGHT_TOKEN ?? ''}`;

const pump = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id: 'urn:example:pump',
  title: 'Pump in the cellar',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  properties: { level: { type: 'number', unit: 'cm', forms: [{ href: 'coap://192.0.2.7/level' }] } },
  registration: { ttl: 3600 },
};

async function ask(path: string, method = 'GET', body?: { readonly type: string; readonly json: object }) {
  const headers = { authorization, ...(body ? { 'content-type': `application/${body.type}` } : {}) };
  const answer = await fetch(gateway + path, { method, headers, ...(body ? { body: JSON.stringify(body.json) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

const { body } = await ask('/events?diff=true');
if (!body) throw new Error('There are no events');
const events = body.pipeThrough(new TextDecoderStream()).getReader();

const address = `/things/${pump.id}`;
await ask(address, 'PUT', { type: 'td+json', json: pump });
await ask(address, 'PATCH', { type: 'merge-patch+json', json: { title: 'Pump in the attic' } });
const query = encodeURIComponent(`$[?search(@.title, "[Pp]ump")]['id', 'title']`);
console.log('found:', await (await ask(`/search/jsonpath?query=${query}`)).json());
await ask(address, 'DELETE');

for (let told = ''; !told.includes('event: thing_deleted'); ) {
  const { value, done } = await events.read();
  if (done) break;
  told += value;
  for (const [, type] of value.matchAll(/^event: (.*)$/gm)) console.log(type);
}
await events.cancel();
