import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { ThingError } from '@thingwright/core';

/** Where secrets are read from, and where a person is asked for them. */
export interface SecretSource {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Characters that a line may have. */
const LONGEST = 4096;

/**
 * Reads secrets: from a person who types them, without an echo; else a line of the input each. The function that it gives rejects
 * with a ThingError: `aborted` at ^C, `invalid` where nothing comes.
 */
export function createSecretReader({ input, output }: SecretSource): (prompt: string) => Promise<string> {
  let lines: AsyncIterator<string> | undefined;
  return async (prompt) => {
    if (input.isTTY) return typed(prompt, { input, output });
    lines ??= createInterface({ input })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done || value === '') throw new ThingError('invalid', `${prompt} is expected on the input, and nothing came`);
    return checked(value);
  };
}

function typed(prompt: string, { input, output }: SecretSource): Promise<string> {
  // What a terminal is told of the keys that were pressed is thrown away.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader: Interface = createInterface({ input, output: silence, terminal: true });
  output.write(`${prompt}: `);
  const answered = new Promise<string>((resolve, reject) => {
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => {
      output.write('\n');
      reject(new ThingError('aborted', 'Nothing was typed'));
    });
    reader.question('', (answer) => {
      resolve(answer);
      reader.close();
    });
  });
  return answered.then(checked);
}

function checked(secret: string): string {
  if (secret.length > LONGEST) throw new ThingError('invalid', 'That is too long for a password');
  return secret;
}
