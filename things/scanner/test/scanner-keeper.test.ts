import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { ScannerKeeper } from '../src/scanner-keeper.js';

/** A keeper of a memory that keeps when it is told; `kept` is what it was asked to keep. */
function open() {
  const kept: unknown[] = [];
  const settle: ((error?: Error) => void)[] = [];
  const stands = { version: 0 };
  const keeper = new ScannerKeeper({
    id: 'urn:uuid:1',
    name: 'mri',
    log: silent,
    memory: {
      recall() {},
      keep(_id, record) {
        kept.push(record);
        return new Promise((resolve, reject) => settle.push((error) => (error ? reject(error) : resolve())));
      },
    },
    record: () => ({ past: [], parameter: { ...stands } }),
  });
  return { keeper, kept, settle, stands };
}

const turn = () => new Promise(setImmediate);

describe('A keeper of a scanner', () => {
  it('keeps how it stands once more after a write, however often it has changed meanwhile', async () => {
    const { keeper, kept, settle, stands } = open();
    keeper.note();
    await turn();
    const later = [1, 2, 3].map((version) => {
      stands.version = version;
      return keeper.keep();
    });
    await turn();
    expect(kept, 'one after the other').to.have.length(1);
    settle[0]?.();
    await turn();
    settle[1]?.();
    await Promise.all(later);
    expect(kept).to.deep.equal([0, 3].map((version) => ({ past: [], parameter: { version } })));
  });

  it('tells those who wait that it could not, and tries again with the next change', async () => {
    const { keeper, kept, settle } = open();
    const refused = keeper.keep().catch(({ message }: Error) => message);
    await turn();
    settle[0]?.(new Error('the disk is full'));
    expect(await refused).to.equal('the disk is full');
    keeper.note();
    await turn();
    expect(kept).to.have.length(2);
  });

  it('keeps nothing of a device that is gone, not even what waits for its turn', async () => {
    const { keeper, kept, settle } = open();
    keeper.note();
    await turn();
    const waiting = keeper.keep();
    keeper.close();
    settle[0]?.();
    await waiting;
    await keeper.keep();
    expect(kept).to.have.length(1);
  });
});
