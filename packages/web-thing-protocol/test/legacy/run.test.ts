import { expect } from 'chai';
import {
  fromLabThingsWord,
  fromWebThingsWord,
  type RunState,
  runStateOf,
  toLabThingsWord,
  toWebThingsWord,
} from '../../src/legacy/index.js';
import { lastSegment } from '../../src/legacy/run.js';

const STATES: readonly RunState[] = ['pending', 'running', 'completed', 'failed', 'cancelled'];
const open = { ended: false, failed: false };

describe('status words', () => {
  it('3.4 LabThings: pending, running, completed, cancelled, error', () => {
    expect(STATES.map(toLabThingsWord)).to.deep.equal(['pending', 'running', 'completed', 'error', 'cancelled']);
    for (const state of STATES) expect(fromLabThingsWord(toLabThingsWord(state), open)).to.equal(state);
  });

  it('3.4 LabThings: idle is unfinished', () => {
    expect(fromLabThingsWord('idle', open)).to.equal('pending');
  });

  it('4.5 WebThings: pending, running, completed, failed, deleted', () => {
    expect(STATES.map(toWebThingsWord)).to.deep.equal(['pending', 'running', 'completed', 'failed', 'deleted']);
    for (const state of STATES) expect(fromWebThingsWord(toWebThingsWord(state), open)).to.equal(state);
  });

  it('4.5 WebThings: created is pending', () => {
    expect(fromWebThingsWord('created', open)).to.equal('pending');
  });

  it('7 an unknown word is unfinished unless there is a time of its end', () => {
    for (const from of [fromWebThingsWord, fromLabThingsWord]) {
      for (const word of ['warming up', undefined, 5, '__proto__', 'constructor']) {
        expect(from(word, open)).to.equal('running');
        expect(from(word, { ended: true, failed: false })).to.equal('completed');
        expect(from(word, { ended: true, failed: true })).to.equal('failed');
      }
    }
  });

  it('tells a cancelled run by its error', () => {
    expect(runStateOf({ state: 'failed', error: { code: 'aborted', detail: '' } })).to.equal('cancelled');
    expect(runStateOf({ state: 'failed', error: { code: 'failed', detail: '' } })).to.equal('failed');
    expect(runStateOf({ state: 'running' })).to.equal('running');
  });
});

describe('lastSegment', () => {
  it('is the id in an address, decoded', () => {
    expect(lastSegment('/things/kiln/actions/bake/7')).to.equal('7');
    expect(lastSegment('http://h/a/b%20c/?x=/y#/z')).to.equal('b c');
    expect(lastSegment('/a/%')).to.equal('%');
    expect(lastSegment('')).to.equal(undefined);
    expect(lastSegment('///')).to.equal(undefined);
  });
});
