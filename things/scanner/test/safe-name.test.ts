import { expect } from 'chai';
import fc from 'fast-check';
import { safeNameOf } from '../src/safe-name.js';

describe('A safe name', () => {
  it('A8, B1: is the last segment of a path, or none', () => {
    const given = ['data.mrd', '../x', '/etc/x', 'a/b', '..\\..\\x.mrd', 'C:\\x', '../../../../x', 'a b-c_1.npy'];
    expect(given.map(safeNameOf)).to.deep.equal(['data.mrd', 'x', 'x', 'b', 'x.mrd', 'x', 'x', 'a b-c_1.npy']);
    for (const name of ['', '.', '..', '/', 'x/', '../..', '.hidden', ' ', 'x.', '\u0000']) {
      expect(safeNameOf(name), JSON.stringify(name)).to.be.oneOf([undefined, '_']);
    }
  });

  it('B13: is none that is reserved', () => {
    for (const name of [
      'device_parameter.json',
      'DEVICE_PARAMETER.JSON',
      'x.part',
      'CON',
      'nul.txt',
      'com1',
      'Lpt9.mrd',
    ]) {
      expect(safeNameOf(name), name).to.equal(undefined);
    }
    expect(safeNameOf('console.txt')).to.equal('console.txt');
  });

  it('keeps the suffix of a long name, and replaces what not every system takes', () => {
    expect(safeNameOf(`${'x'.repeat(300)}.mrd`)).to.match(/^x{124}\.mrd$/);
    expect(safeNameOf('Schädel "1".mrd')).to.equal('Sch_del _1_.mrd');
  });

  it('has no separator, no control character and no dot in front, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (given) => {
        const name = safeNameOf(given);
        if (name !== undefined) expect(name).to.match(/^[A-Za-z0-9_ -][A-Za-z0-9._ -]{0,127}$/);
      }),
      { numRuns: 500 },
    );
  });
});
