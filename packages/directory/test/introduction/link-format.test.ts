import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatLinks, introducingLink, introductionsOf, parseLinks } from '../../src/introduction/link-format.js';

const FROM = 'http://127.0.0.1:8080/.well-known/core';

const refusal = (act: () => unknown): string => {
  try {
    act();
    return 'taken';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
};

describe('the CoRE Link Format', () => {
  it('reads links with attributes, quoted or not, with or without a value', () => {
    const links = parseLinks(
      '</td>;rt="wot.thing x";ct=432;obs, <http://h/a,b;c>;title="a \\"b\\", c" ;rt=first;rt=second',
    );
    expect(links.map(({ target }) => target)).to.deep.equal(['/td', 'http://h/a,b;c']);
    expect(Object.fromEntries(links[0]?.attributes ?? [])).to.deep.equal({ rt: 'wot.thing x', ct: '432', obs: '' });
    expect(Object.fromEntries(links[1]?.attributes ?? [])).to.deep.equal({ title: 'a "b", c', rt: 'first' });
  });

  it('reads an empty document, and what it writes itself', () => {
    expect(parseLinks('')).to.deep.equal([]);
    const links = [introducingLink('/.well-known/wot', 'Directory'), introducingLink('/things/a"b', 'Thing')];
    expect(formatLinks(links)).to.equal(
      '</.well-known/wot>;rt="wot.directory";ct=432,</things/a"b>;rt="wot.thing";ct=432',
    );
    expect(parseLinks(formatLinks(links))).to.deep.equal(links);
  });

  it('introduction-core-rd-resource-type-thing, introduction-core-rd-resource-type-directory: finds what leads to descriptions', () => {
    const links = parseLinks(
      '</td>;rt="wot.thing",<dir>;rt="other wot.directory",</x>;rt=other,<coap://h/td>;rt=wot.thing,<//h2/td>;rt=wot.thing,<http://[>;rt=wot.thing',
    );
    expect(introductionsOf(links, FROM)).to.deep.equal([
      { url: 'http://127.0.0.1:8080/td', type: 'Thing', mechanism: 'core' },
      { url: 'http://127.0.0.1:8080/.well-known/dir', type: 'Directory', mechanism: 'core' },
      { url: 'http://h2/td', type: 'Thing', mechanism: 'core' },
    ]);
  });

  it('refuses what is no link, and too many of them', () => {
    for (const text of ['td', '<td', '<td>;', '<td>;=x', '<td>;rt="x', '<td> <td>', '<td>;rt=a b']) {
      expect(
        refusal(() => parseLinks(text)),
        text,
      ).to.equal('invalid');
    }
    expect(refusal(() => parseLinks('<a>,'.repeat(257)))).to.equal('tooLarge');
    expect(refusal(() => parseLinks(`<a>;title="${'x'.repeat(70_000)}"`))).to.equal('tooLarge');
    expect(refusal(() => parseLinks(`<a>${Array.from({ length: 40 }, (_, i) => `;a${i}`).join('')}`))).to.equal(
      'tooLarge',
    );
  });

  it('throws nothing else, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>;,="\\ a/'), maxLength: 60 }), (text) => {
        expect(refusal(() => introductionsOf(parseLinks(text), FROM))).to.be.oneOf(['taken', 'invalid', 'tooLarge']);
      }),
    );
  });
});
