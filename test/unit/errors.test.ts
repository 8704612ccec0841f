import { readFile } from 'node:fs/promises';
import { ERROR_CODES, ThingError } from '@thingwright/core';
import { toProblem as toHTTPProblem } from '@thingwright/listener';
import { toProblem as toSocketProblem } from '@thingwright/web-thing-protocol';
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

  it('says of each what it means and what to do', async () => {
    for (const [code, , , meaning, remedy] of await documentedErrors()) {
      expect(meaning, code).to.match(/\.$/);
      expect(remedy, code).to.match(/\.$/);
    }
  });

  it('states the statuses that HTTP and the Web Thing Protocol really send', async () => {
    const documented = new Map((await documentedErrors()).map(([code, ...statuses]) => [code, statuses.slice(0, 2)]));
    for (const code of ERROR_CODES) {
      const error = new ThingError(code, 'no matter');
      const sent = [toHTTPProblem(error), toSocketProblem(error, true)].map(({ status }) => String(status));
      expect(documented.get(code), code).to.deep.equal(sent);
    }
  });
});
