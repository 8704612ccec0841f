import { readFile } from 'node:fs/promises';
import { ERROR_CODES, ThingError } from '@thingwright/core';
import { toProblem } from '@thingwright/web-thing-protocol';
import { expect } from 'chai';

/** The rows of the table in docs/errors.md: code, HTTP status, status in the Web Thing Protocol, meaning, what to do. */
async function documentedErrors(): Promise<readonly (readonly string[])[]> {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('docs/errors.md', () => {
  it('lists every error code of core, and no other', async () => {
    const codes = (await documentedErrors()).map(([code]) => code);
    expect(codes).to.have.members([...ERROR_CODES]);
    expect(codes).to.have.lengthOf(ERROR_CODES.length);
  });

  it('says what each means, what to do, and an HTTP status', async () => {
    for (const [code, http, , meaning, remedy] of await documentedErrors()) {
      expect(http, code).to.match(/^[45]\d\d$/);
      expect(meaning, code).to.match(/\.$/);
      expect(remedy, code).to.match(/\.$/);
    }
  });

  it('states the status that the Web Thing Protocol really sends', async () => {
    const documented = new Map((await documentedErrors()).map(([code, , status]) => [code, Number(status)]));
    for (const code of ERROR_CODES) {
      expect(documented.get(code), code).to.equal(toProblem(new ThingError(code, 'no matter'), true).status);
    }
  });
});
