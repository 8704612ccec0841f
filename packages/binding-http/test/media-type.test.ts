import { expect } from 'chai';
import fc from 'fast-check';
import { chooseMediaType } from '../src/media-type.js';

const OFFERED = ['application/json', 'text/event-stream'] as const;
const choose = (accept: string | undefined) => chooseMediaType(accept, OFFERED);

describe('chooseMediaType', () => {
  it('gives the first without a header, for */* and for equals', () => {
    for (const accept of [
      undefined,
      '*/*',
      'text/event-stream, application/json',
      'text/html,*/*;q=0.8',
      '*/*;q=0.1',
    ]) {
      expect(choose(accept), accept).to.equal('application/json');
    }
  });

  it('gives the one that is asked for, whatever its case and parameters', () => {
    for (const accept of [
      'text/event-stream',
      'Text/Event-Stream;charset=utf-8',
      'text/*',
      'text/html, text/event-stream',
    ]) {
      expect(choose(accept), accept).to.equal('text/event-stream');
    }
  });

  it('heeds qualities, of several ranges that of the most precise', () => {
    expect(choose('application/json;q=0.5, text/event-stream')).to.equal('text/event-stream');
    expect(choose('application/json;q=0.5, */*;q=0.9')).to.equal('text/event-stream');
    expect(choose('*/*, application/*;q=0.2, application/json')).to.equal('application/json');
    expect(choose('*/*, application/json;q=0')).to.equal('text/event-stream');
  });

  it('gives none where none will do', () => {
    for (const accept of [
      '',
      'text/html',
      'application/*;q=0',
      'application/json;q=0',
      'nonsense',
      'a/b/c',
      'application/json;q=x',
    ]) {
      expect(choose(accept), accept).to.equal(undefined);
    }
  });

  it('never throws and never gives what is not offered', () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        expect([undefined, ...OFFERED]).to.include(choose(accept));
      }),
    );
  });
});
