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
});
