import { expect } from 'chai';
import { chooseDialect } from '../../src/legacy/index.js';

describe('chooseDialect', () => {
  for (const strict of [false, true]) {
    const things = (...offered: string[]) => chooseDialect(offered, { path: 'things', strict });
    const ws = (...offered: string[]) => chooseDialect(offered, { path: 'ws', strict });

    describe(strict ? 'in strict mode' : 'ordinarily', () => {
      it('/things, webthingprotocol among the offers: the Web Thing Protocol, also beside webthing', () => {
        for (const choice of [things('webthingprotocol'), things('webthing', 'webthingprotocol', 'bearer.eA')]) {
          expect(choice).to.include({ dialect: 'webthingprotocol', subprotocol: 'webthingprotocol' });
        }
      });

      it('/things, webthing among the offers: WebThings, and only webthing is echoed', () => {
        expect(things('webthing', 'bearer.eA')).to.include({ dialect: 'webthings', subprotocol: 'webthing' });
      });

      it('/things, only others: refused, and the detail names both tokens', () => {
        for (const { dialect, refusal } of [things('mqtt'), things('bearer.eA')]) {
          expect(dialect).to.equal(undefined);
          expect(refusal).to.contain("'webthingprotocol'").and.to.contain("'webthing'");
        }
      });

      it('/things/{name}/ws, none or only others: LabThings, nothing is echoed', () => {
        for (const choice of [ws(), ws('mqtt')]) {
          expect(choice).to.include({ dialect: 'labthings', subprotocol: undefined });
        }
      });

      it('/things/{name}/ws, webthing or webthingprotocol among the offers: refused, and the detail says where to go', () => {
        for (const token of ['webthing', 'webthingprotocol']) {
          expect(ws('mqtt', token).refusal).to.contain(`'${token}'`).and.to.contain("without '/ws'");
        }
      });
    });
  }

  it('/things, none: WebThings for its unmodified clients, but refused in strict mode', () => {
    expect(chooseDialect([], { path: 'things', strict: false })).to.include({
      dialect: 'webthings',
      subprotocol: undefined,
    });
    expect(chooseDialect([], { path: 'things', strict: true }).refusal).to.contain("new WebSocket(url, 'webthing')");
  });
});
