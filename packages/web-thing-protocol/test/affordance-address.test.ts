import { expect } from 'chai';
import fc from 'fast-check';
import { AFFORDANCE_TERM, affordanceURI, parseAffordanceURI, withAffordance } from '../src/index.js';

const thingID = 'urn:uuid:6ba7b810-9dad-4d11-80b4-00c04fd430c8';

describe('The address of an affordance', () => {
  it("is the Thing's id with a JSON Pointer into its TD", () => {
    expect(affordanceURI({ thingID, kind: 'property', name: 'level' })).to.equal(`${thingID}#/properties/level`);
    expect(affordanceURI({ thingID, kind: 'action', name: 'a/b~c d' })).to.equal(`${thingID}#/actions/a~1b~0c%20d`);
    expect(affordanceURI({ thingID, kind: 'thing', name: '' })).to.equal(thingID);
  });

  it('gives back whatever name went in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('property', 'action', 'event'),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        (kind, name) => {
          const address = { thingID, kind, name } as const;
          expect(parseAffordanceURI(affordanceURI(address))).to.deep.equal(address);
        },
      ),
    );
  });

  it('is nothing that is not one', () => {
    for (const wrong of [undefined, 7, '', '#/properties/a', `${thingID}#/links/a`, `${thingID}#/properties/`]) {
      expect(parseAffordanceURI(wrong), String(wrong)).to.equal(undefined);
    }
    for (const wrong of ['#/properties/%', '#/properties/a/b', '#', '#/properties/a#b']) {
      expect(parseAffordanceURI(thingID + wrong), wrong).to.equal(undefined);
    }
  });

  it('stands in every form of a builder that is told to say it', () => {
    const builder = withAffordance(() => [{ href: 'ws://h/things' }]);
    const security = { definitions: {}, thing: 'nosec_sc' };
    const thing = { id: thingID, name: 'lamp' };
    const target = { thing, base: 'http://h/things/lamp/', security, operations: [], uriVariables: [] };
    expect(builder({ ...target, kind: 'event', name: 'hot' })).to.deep.equal([
      { href: 'ws://h/things', [AFFORDANCE_TERM]: `${thingID}#/events/hot` },
    ]);
  });
});
