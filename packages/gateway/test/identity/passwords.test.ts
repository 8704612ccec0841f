import { expect } from 'chai';
import { createPasswords, type PasswordWork } from '../../src/identity/passwords.js';
import { refusal } from './entrance-fixture.js';

const PASSWORD = 'correct horse battery';

describe('createPasswords', () => {
  it('hashes with argon2id, each time with another salt, and knows the password again', async () => {
    const passwords = createPasswords();
    const [one, other] = await Promise.all([passwords.hash(PASSWORD), passwords.hash(PASSWORD)]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.to.equal(other);
    expect(await passwords.verify(one, PASSWORD)).to.equal(true);
    expect(await passwords.verify(one, `${PASSWORD} `)).to.equal(false);
    expect(await passwords.verify(one, '')).to.equal(false);
  });

  it('knows a password however its letters were typed', async () => {
    const passwords = createPasswords();
    const hash = await passwords.hash('zo\u00eb and her lab'.normalize('NFC'));
    expect(await passwords.verify(hash, 'zo\u00eb and her lab'.normalize('NFD'))).to.equal(true);
  });

  it('compares with a hash of the same parameters where there is none, and says no', async () => {
    const compared: string[] = [];
    const work: PasswordWork = {
      hash: async () => '',
      async verify(hash) {
        compared.push(hash);
        return true;
      },
    };
    expect(await createPasswords({}, work).verify(undefined, PASSWORD)).to.equal(false);
    expect(compared).to.have.length(1);
    const parameters = (hash: string | undefined): string | undefined => hash?.split('$').slice(1, 4).join('$');
    expect(parameters(compared[0])).to.equal(parameters(await createPasswords().hash(PASSWORD)));
  });

  it('refuses passwords that are too short or too long', async () => {
    const passwords = createPasswords();
    for (const password of ['', 'eleven char', 'x'.repeat(257)]) {
      expect((await refusal(() => passwords.hash(password))).code, password).to.equal('invalid');
    }
  });

  it('never takes a text for the password that it begins with', async () => {
    const passwords = createPasswords();
    const longest = 'x'.repeat(256);
    const hash = await passwords.hash(longest);
    expect(await passwords.verify(hash, longest)).to.equal(true);
    expect(await passwords.verify(hash, `${longest}y`)).to.equal(false);
  });

  it('works on a few at once, lets a few wait, and refuses the rest', async () => {
    const working: (() => void)[] = [];
    let most = 0;
    let present = 0;
    const work: PasswordWork = {
      hash: async () => '',
      async verify() {
        most = Math.max(most, ++present);
        await new Promise<void>((resolve) => working.push(resolve));
        present--;
        return true;
      },
    };
    const passwords = createPasswords({ parallel: 2, waiting: 3 }, work);
    const first = Array.from({ length: 5 }, () => passwords.verify('hash', PASSWORD));
    const { code, retryAfter } = await refusal(() => passwords.verify('hash', PASSWORD));
    expect({ code, retryAfter }).to.deep.equal({ code: 'tooMany', retryAfter: 1 });
    const all = Promise.all(first);
    const letGo = setInterval(() => working.shift()?.());
    expect(await all).to.deep.equal([true, true, true, true, true]);
    const later = passwords.verify('hash', PASSWORD);
    expect(await later).to.equal(true);
    clearInterval(letGo);
    expect(most).to.equal(2);
  });

  it('goes on after work that failed', async () => {
    let fails = true;
    const work: PasswordWork = {
      hash: async () => '',
      async verify() {
        if (fails) throw new Error('no memory');
        return true;
      },
    };
    const passwords = createPasswords({ parallel: 1, waiting: 0 }, work);
    await passwords.verify('hash', PASSWORD).catch(() => undefined);
    fails = false;
    expect(await passwords.verify('hash', PASSWORD)).to.equal(true);
  });

  it('leaves the event loop free', async () => {
    const passwords = createPasswords();
    let turns = 0;
    const counting = setInterval(() => turns++);
    await Promise.all(Array.from({ length: 6 }, () => passwords.verify(undefined, PASSWORD)));
    clearInterval(counting);
    expect(turns).to.be.greaterThan(6);
  });
});
