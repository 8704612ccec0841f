import { expect } from 'chai';
import { credentialsFor } from '../src/security.js';

const basic = { username: 'ada', password: 'pass' };
const bearer = { token: 'secret' };
const basicScheme = { scheme: 'basic', in: 'header', name: 'Authorization' };
const bearerScheme = { scheme: 'bearer', in: 'header' };
const ticketScheme = { scheme: 'bearer', in: 'query', name: 'access_token' };

describe('credentialsFor', () => {
  it('takes what the scheme asks for, of one entry or of a list', () => {
    const shown = { basic: { user: 'ada', password: 'pass' } };
    expect(credentialsFor([basicScheme], basic)).to.deep.equal(shown);
    expect(credentialsFor([basicScheme], [bearer, basic])).to.deep.equal(shown);
    expect(credentialsFor([bearerScheme], [basic, bearer])).to.deep.equal({ token: 'secret' });
    expect(credentialsFor([{ scheme: 'auto' }], [basic])).to.deep.equal(shown);
    expect(credentialsFor([{ scheme: 'auto' }], bearer)).to.deep.equal({ token: 'secret' });
  });

  it('shows nothing to who asks for nothing', () => {
    expect(credentialsFor([{ scheme: 'nosec' }], basic)).to.deep.equal({});
    expect(credentialsFor([], basic)).to.deep.equal({});
  });

  it('shows a token as a password where only that is asked for', () => {
    expect(credentialsFor([basicScheme], bearer)).to.deep.equal({ basic: { user: 'token', password: 'secret' } });
  });

  it('takes the first way of a combination that it has', () => {
    const combination = { scheme: 'combo', oneOf: [ticketScheme, basicScheme, bearerScheme] };
    expect(credentialsFor([combination], [basic])).to.deep.equal({ basic: { user: 'ada', password: 'pass' } });
    expect(credentialsFor([{ scheme: 'combo', oneOf: [ticketScheme, bearerScheme] }], bearer)).to.deep.equal(bearer);
    expect(credentialsFor([{ scheme: 'combo', allOf: [{ scheme: 'nosec' }, bearerScheme] }], bearer)).to.deep.equal(
      bearer,
    );
  });

  it('says so where it cannot', () => {
    const impossible = [
      [[basicScheme], undefined],
      [[bearerScheme], basic],
      [[ticketScheme], bearer],
      [[{ scheme: 'oauth2' }], bearer],
      [
        [basicScheme, bearerScheme],
        [basic, bearer],
      ],
      [[{ scheme: 'combo' }], bearer],
      [[{ scheme: 'combo', allOf: [basicScheme, bearerScheme] }], [basic, bearer]],
      [[basicScheme], 'ada:pass'],
    ] as const;
    for (const [metadata, kept] of impossible) {
      expect(credentialsFor(metadata, kept), JSON.stringify([metadata, kept])).to.equal(undefined);
    }
  });
});
