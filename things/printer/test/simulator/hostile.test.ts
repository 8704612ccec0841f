import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodePoke } from '../../src/wire/client-packet.js';
import { decodeDeviceAnswer } from '../../src/wire/device-answer.js';
import { encodeClientText } from '../../src/wire/text-frame.js';
import { openListener } from './listener.js';
import { managed, operating, type RawClient, secure, trust } from './raw-client.js';
import { simulated } from './simulated.js';

/** Words that commands are made of, and others. */
const WORDS = [
  ...[
    'rename',
    'passwd',
    'reset_passwd',
    'network',
    'add_trust',
    'remove_trust',
    'scan_wifi',
    'list_trust',
    'enable_ssh',
  ],
  ...['player', 'file', 'config', 'kick', 'maintain', 'quit', 'deviceinfo', 'task', 'update_fw', 'scan'],
  ...['report', 'start', 'pause', 'resume', 'abort', 'info', 'select', 'ls', 'md5', 'cp', 'rm', 'mkdir', 'rmdir'],
  ...[
    'SD',
    'USB',
    '..',
    '/',
    '""',
    '"',
    "'",
    '\\',
    'sample.fc',
    '#',
    '-1',
    'NaN',
    'method=dhcp',
    'ssid=',
    '=',
    '__proto__',
  ],
];
const command = fc
  .tuple(
    fc.array(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: 'binary', maxLength: 20 })),
      {
        maxLength: 6,
      },
    ),
    fc.constantFrom(' ', '\0'),
  )
  .map(([words, separator]) => words.join(separator));

/** Asks something, and after it what surely is an error of one kind: all that comes before is the answer. */
async function answersTo(client: RawClient, text: string, last: string): Promise<readonly string[]> {
  client.send(encodeClientText(text));
  const answers: string[] = [];
  for (let answer = await client.ask(last); ; answer = await client.text()) {
    if (answer === undefined) throw new Error('The printer has closed');
    if (answer === 'error UNKNOWN_COMMAND' && answers.length > 0) return answers;
    answers.push(answer);
  }
}

describe('A simulated printer among hostile clients', () => {
  it('its manager answers whatever it is asked', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    await using _ = client;
    await fc.assert(
      fc.asyncProperty(command, async (text) => {
        const answers = await answersTo(client, text, 'nonsense');
        const end = decodeDeviceAnswer(answers.at(-1) ?? '');
        expect(end.kind, answers.join('|')).to.be.oneOf(['ok', 'error']);
        for (const each of answers.slice(0, -1)) expect(decodeDeviceAnswer(each).kind).to.equal('data');
      }),
      { numRuns: 200 },
    );
  }).timeout(30_000);

  it('its robot answers whatever it is asked', async () => {
    await using printer = await simulated();
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0002');
    await using _ = client;
    const isEnd = (text: string): boolean =>
      ['ok', 'error'].includes(decodeDeviceAnswer(text).kind) || /^(md5|\{)/.test(text);
    await fc.assert(
      fc.asyncProperty(command, async (text) => {
        let answer = await client.ask(text);
        for (; answer !== undefined && !isEnd(answer); answer = await client.text()) {
          const { kind, ...said } = decodeDeviceAnswer(answer);
          if (kind === 'binary' && 'size' in said) await client.exactly(said.size);
        }
        expect(answer).not.to.equal(undefined);
      }),
      { numRuns: 200 },
    );
  }).timeout(30_000);

  it('bytes that are no handshake do it no harm, on any port and at any stage', async () => {
    await using printer = await simulated({ idleTime: 2000 });
    await trust(printer);
    const noise = async (port: number): Promise<void> => {
      const socket = connect(port, printer.address).on('error', () => {});
      socket.end(randomBytes(5000));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    };
    const noiseInTls = async (): Promise<void> => {
      const { client, tls } = await secure(printer, printer.managerPort);
      client.send(randomBytes(5000));
      tls.end();
      while ((await client.text()) !== undefined);
    };
    await Promise.all([noise(printer.managerPort), noise(printer.robotPort), noiseInTls(), noiseInTls()]);
    await using listener = await openListener();
    for (let i = 0; i < 200; i++) listener.send(randomBytes(i), printer.discoveryPort);
    listener.send(encodePoke(1), printer.discoveryPort);
    await listener.nextOf('announcement');
    const { verdict, client } = await operating(printer, 'FLUX0002');
    await using _ = client;
    expect(verdict).to.equal('OK');
  });
});
