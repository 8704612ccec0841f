import { expect } from 'chai';
import { withWebThingsLinks } from '../src/webthings-links.js';
import { bodyOf, serveOven } from './oven.js';

const TD = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Kiln',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
};
const whose = { name: 'kiln', origin: 'https://lab.example' };

describe('withWebThingsLinks', () => {
  it("4.8 adds the Thing's href, and links to its groups and its socket", () => {
    expect(withWebThingsLinks(TD, whose)).to.deep.equal({
      ...TD,
      href: '/things/kiln',
      links: [
        { rel: 'properties', href: '/things/kiln/properties' },
        { rel: 'actions', href: '/things/kiln/actions' },
        { rel: 'events', href: '/things/kiln/events' },
        { rel: 'alternate', href: 'wss://lab.example/things/kiln' },
      ],
    });
  });

  it('4.8 links each affordance to itself, whatever its name, and keeps its terms', () => {
    const { properties, actions, events } = withWebThingsLinks(
      {
        ...TD,
        properties: Object.fromEntries([['__proto__', { forms: [], type: 'integer' }]]),
        actions: { 'a/b': { forms: [] } },
        events: { hot: { forms: [] } },
      },
      whose,
    );
    const links = [{ rel: 'property', href: '/things/kiln/properties/__proto__' }];
    expect(Object.entries(properties ?? {})).to.deep.equal([['__proto__', { forms: [], type: 'integer', links }]]);
    expect(actions?.['a/b']?.links).to.deep.equal([{ rel: 'action', href: '/things/kiln/actions/a%2Fb' }]);
    expect(events?.hot?.links).to.deep.equal([{ rel: 'event', href: '/things/kiln/events/hot' }]);
  });

  it('keeps the links that are there', () => {
    const manual = { rel: 'manual', href: '/manual' };
    expect(withWebThingsLinks({ ...TD, links: [manual] }, whose).links)
      .to.deep.include(manual)
      .and.have.length(5);
  });

  it('is asked for by an option, and never in strict mode', async () => {
    await using served = await serveOven({ webThingsLinks: true });
    const td = await bodyOf(await fetch(served.oven));
    expect(td).to.have.property('href', '/things/oven');
    expect(td).to.have.nested.property('links[3].href', `${served.oven.replace('http', 'ws')}`);
    expect(await bodyOf(await fetch(`${served.url}/things`))).to.have.nested.property('[0].href', '/things/oven');
    expect(await (await fetch(`${served.url}/openapi.json`)).text()).to.not.contain('"links"');
    await using plain = await serveOven();
    expect(await bodyOf(await fetch(plain.oven))).to.not.have.any.keys('href', 'links');
    await using strict = await serveOven({ webThingsLinks: true }, { strict: true });
    expect(await bodyOf(await fetch(strict.oven))).to.not.have.any.keys('href', 'links');
  });
});
