import { ANONYMOUS } from '@thingwright/core';
import { expect } from 'chai';
import { createPreparedAnswers, visibilityOf } from '../src/prepared-answers.js';

describe('prepared answers', () => {
  it('are made once for each object and key', () => {
    const answers = createPreparedAnswers(1000);
    const [a, b] = [{}, {}];
    let made = 0;
    const make = () => ++made;
    const first = answers.get(a, 'x', make);
    expect(answers.get(a, 'x', make)).to.equal(first);
    expect(answers.get(b, 'x', make).bytes.toString()).to.equal('2');
    expect(answers.get(b, 'y', make).bytes.toString()).to.equal('3');
    expect(answers.get(a, 'x', () => 1).etag).to.equal(first.etag);
  });

  it('are no more bytes than they may be; the least used go first', () => {
    const answers = createPreparedAnswers(30);
    const of = {};
    const made: string[] = [];
    const get = (key: string) =>
      answers.get(of, key, () => {
        made.push(key);
        return 'x'.repeat(8);
      });
    for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) get(key);
    expect(made.join('')).to.equal('abcdb');
  });

  it('are kept where all others are wanted, and never if larger than all may be', () => {
    const answers = createPreparedAnswers(30);
    const of = {};
    let made = 0;
    const get = (key: string, length: number) =>
      answers.get(of, key, () => {
        made++;
        return 'x'.repeat(length);
      });
    for (const key of ['a', 'b', 'c', 'a', 'b', 'c', 'd', 'd', 'd']) get(key, 8);
    expect(made).to.equal(4);
    expect(get('large', 50).bytes).to.have.length(52);
    get('large', 50);
    expect(made).to.equal(6);
    get('d', 8);
    expect(made).to.equal(6);
  });
});

describe('visibilityOf', () => {
  it('is the same for principals that a policy cannot tell apart', () => {
    expect(visibilityOf(ANONYMOUS)).to.equal(visibilityOf({ ...ANONYMOUS }));
    expect(visibilityOf({ ...ANONYMOUS, grants: [{ role: 'a' }, { role: 'b' }] })).to.not.equal(
      visibilityOf({ ...ANONYMOUS, grants: [{ role: 'a,b' }] }),
    );
  });

  it('tells those apart who have the same grants, whoever came before', () => {
    const grants = [{ role: 'viewer' }];
    const texts = ['user:ada', 'user:bob', 'user:ada'].map((id) => visibilityOf({ ...ANONYMOUS, id, grants }));
    expect(new Set(texts).size).to.equal(2);
    expect(texts[2]).to.equal(texts[0]);
    expect(visibilityOf({ ...ANONYMOUS, id: 'user:ada', kind: 'user', grants })).to.not.equal(texts[0]);
  });
});
