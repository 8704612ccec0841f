import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../../../packages/cli/test/temporary-folder.js';
import { PlantedSecrets } from '../../faults/planted-secrets.js';

describe('Planted secrets', () => {
  const secrets = new PlantedSecrets();
  const token = secrets.plant('token', 'lCyuUwN-ZwK179L6L0RGFAj6Zpm1');
  const basic = secrets.plantBasic('ada', 'correct horse battery staple');
  const jwt = secrets.plantEnd('JSON Web Token', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ');

  it('are found wherever they stand in a line, be it as a part or as a header', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'some.log');
    const bad = [
      `{"url":"/things?access_token=${token}"}`,
      `x${token.slice(0, 15)}…`,
      basic,
      'correct horse battery staple',
    ];
    await writeFile(file, ['nothing', ...bad, `Bearer ${jwt}`, 'eyJhbGciOiJFUzI1NiJ9 is the begin of all'].join('\n'));
    const { lines, betrayals } = await secrets.find([file]);
    expect(lines).to.equal(7);
    expect(betrayals.map(({ line, secret }) => [line, secret])).to.deep.equal([
      [2, 'token'],
      [3, 'token'],
      [4, 'basic credentials'],
      [5, 'password'],
      [6, 'JSON Web Token'],
    ]);
  });

  it('are long enough to be told from other text', () => {
    expect(() => secrets.plant('token', 'short')).to.throw(RangeError);
  });
});
