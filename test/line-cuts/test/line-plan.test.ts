import { expect } from 'chai';
import { ENDINGS, planLine } from '../src/index.js';

const plans = (seed: number, count: number) => Array.from({ length: count }, (_, number) => planLine(number, { seed }));

describe('planLine', () => {
  it('gives a line the same fate for the same seed, and another one for another', () => {
    expect(plans(5, 50)).to.deep.equal(plans(5, 50));
    expect(plans(5, 50)).not.to.deep.equal(plans(6, 50));
  });

  it('has every kind of fault among many lines', () => {
    const many = plans(1, 5000);
    expect(new Set(many.map(({ end }) => end.how))).to.deep.equal(new Set(ENDINGS));
    expect(new Set(many.map(({ stall }) => stall?.way))).to.deep.equal(
      new Set([undefined, 'toClient', 'toServer', 'both']),
    );
    expect(many.some(({ delay }) => delay > 0)).to.equal(true);
    expect(many.some(({ rate }) => rate !== undefined)).to.equal(true);
    expect(many.filter(({ delay, rate, stall }) => delay === 0 && !rate && !stall)).not.to.have.lengthOf(0);
  });

  it('lets a line live as long as it is told, some three times as long, and one that is refused not at all', () => {
    const life = [100, 200] as const;
    for (let number = 0; number < 1000; number++) {
      const { end } = planLine(number, { seed: 3, life });
      if (end.how === 'refusal') expect(end.at).to.equal(0);
      else expect(end.at).to.be.within(100, 600);
    }
  });

  it('draws endings as often as it is told', () => {
    const endings = { refusal: 0, reset: 1, finish: 0, finishToClient: 0, finishToServer: 0, silence: 3 };
    const silent = Array.from({ length: 4000 }, (_, number) => planLine(number, { seed: 2, endings })).filter(
      ({ end }) => end.how === 'silence',
    );
    expect(silent.length).to.be.within(2900, 3100);
  });

  it('refuses a life that ends before it begins', () => {
    expect(() => planLine(0, { seed: 1, life: [2, 1] })).to.throw(RangeError);
  });
});
