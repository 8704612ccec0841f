import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { liveTable } from '../src/live-table.js';

describe('a table that changes in place', () => {
  it('is drawn over what was there, cut to the width of the terminal, without what steers it', () => {
    const stream = Object.assign(new PassThrough(), { columns: 20 });
    const table = liveTable(stream, { a: 'FIRST', b: 'SECOND' });
    table.show([{ a: 'x\u001b[2J', b: 'y'.repeat(30) }]);
    table.show([{ a: 'x' }]);
    const [first = '', second = ''] = String(stream.read()).split('\u001b[2A');
    expect(first).to.equal('\u001b[0JFIRST       SECOND\nx\\u001b[2J  yyyyyyy\n');
    expect(second).to.equal('\u001b[0JFIRST  SECOND\nx      -\n');
  });

  it('is no higher than the terminal, and nobody pushes a column off it', () => {
    const stream = Object.assign(new PassThrough(), { columns: 80, rows: 6 });
    const table = liveTable(stream, { title: 'TITLE', key: 'KEY' });
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ title: 'x'.repeat(200), key: `key ${i}` }));
    const row = (i: number): string => `${'x'.repeat(31)}…  key ${i}\n`;
    const head = `\u001b[0J${'TITLE'.padEnd(34)}KEY\n`;
    table.show(rows(4));
    expect(String(stream.read())).to.equal([head, row(0), row(1), row(2), row(3)].join(''));
    table.show(rows(100));
    expect(String(stream.read())).to.equal(['\u001b[5A', head, row(0), row(1), row(2), 'and 97 more\n'].join(''));
  });
});
