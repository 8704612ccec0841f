import { expect } from 'chai';
import { checkOptions, flagsOf } from '../src/index.js';

describe('the options of an upgrade', () => {
  it('become flags in the order in which they were given', () => {
    expect(flagsOf({})).to.deep.equal(['-c']);
    expect(flagsOf({ c: true, F: true })).to.deep.equal(['-c', '-F']);
    expect(flagsOf({ F: true, n: true, c: false })).to.deep.equal(['-F', '-n']);
    expect(flagsOf({ n: true })).to.deep.equal(['-n']);
    expect(flagsOf({ o: true, u: false })).to.deep.equal(['-o', '-c']);
  });

  it('are refused in the words that clients know', () => {
    const refused: readonly [unknown, string][] = [
      [{ n: true, o: true }, 'The "-n" and "-o" options cannot be used together'],
      [{ n: true, c: true }, 'The "-n" and "-c" options cannot be used together'],
      [{ x: true }, 'The upgrade options are invalid'],
      [{ c: 'yes' }, 'The upgrade options are invalid'],
      [[], 'The upgrade options are invalid'],
      [null, 'The upgrade options are invalid'],
    ];
    for (const [value, text] of refused) expect(() => checkOptions(value), JSON.stringify(value)).to.throw(text);
    expect(checkOptions({ n: true })).to.deep.equal({ n: true });
    expect(checkOptions({ k: true })).to.deep.equal({ k: true, c: true });
  });
});
