import { expect } from 'chai';
import fc from 'fast-check';
import {
  listFolder,
  player,
  readEstimate,
  readFileInfo,
  readInfo,
  readRobotReport,
} from '../../src/robot/robot-commands.js';
import { openRobot, type RobotSession } from '../../src/robot/robot-session.js';
import { binaryText } from '../../src/wire/device-answer.js';
import { codeOf } from '../served-printer.js';
import { type ScriptedClient, scriptedRobot } from './scripted-robot.js';

/** For what is to come, on a busy machine too; and for what does not. */
const TIMES = { answer: 4000, stall: 4000, settle: 4000 };
const SHORT = { answer: 200, stall: 200, settle: 200 };
const FOLDER = { storage: 'SD', path: '' } as const;
const FILE = { storage: 'SD', path: 'a.fc' } as const;

/** What comes of some work with a robot that answers so. */
async function outcome(
  answer: (client: ScriptedClient, command: string) => void,
  work: (session: RobotSession) => Promise<unknown>,
  times = TIMES,
): Promise<{ readonly result: unknown; readonly isOpen: boolean }> {
  await using robot = await scriptedRobot((command, client) => answer(client, command));
  using session = await openRobot(robot.target, { times });
  const result = await codeOf(work(session));
  return { result, isOpen: session.isOpen };
}

const report = '{"st_id": 16, "st_label": "ST_RUNNING", "error": [], "prog": NaN, "traveled": Infinity}';

describe('A session with a robot', () => {
  it('reads a report whose numbers JSON has no word for', async () => {
    await using robot = await scriptedRobot((_command, client) => client.say(report));
    using session = await openRobot(robot.target, { times: TIMES });
    expect(await readRobotReport(session)).to.deep.include({ id: 16, progress: null, traveled: null });
    expect(session.isOpen).to.equal(true);
  });

  it('takes an answer that makes no sense for what it is, and is of no use then', async () => {
    for (const [text, work] of [
      ['{"st_id": 1e99}', readRobotReport],
      ['ok', readRobotReport],
      ['continue', (session: RobotSession) => player(session, 'pause')],
      ['ok', (session: RobotSession) => listFolder(session, FOLDER)],
      ['continue', readInfo],
      ['data 1', (session: RobotSession) => readFileInfo(session, FILE)],
    ] as const) {
      const { result } = await outcome((client) => client.say(text), work);
      expect(result, text).to.equal('protocol');
    }
  });

  it('says what the device refuses in our terms, and goes on', async () => {
    for (const [text, code] of [
      ['error NO_TASK', 'conflict'],
      ['er RESOURCE_BUSY', 'conflict'],
      ['error NOT_EXIST BAD_NODE', 'notFound'],
      ['error BAD_PARAMS', 'invalid'],
      ['error TOO_LARGE', 'tooLarge'],
      ['error UNKNOWN_COMMAND', 'notAllowed'],
    ] as const) {
      const { result, isOpen } = await outcome(
        (client) => client.say(text),
        (session) => player(session, 'pause'),
      );
      expect(result, text).to.equal(code);
      expect(isOpen, text).to.equal(code !== 'tooLarge');
    }
  });

  it('is over where the device was given to another, has crashed, or is gone', async () => {
    const work = (session: RobotSession) => player(session, 'pause');
    expect(await outcome((client) => client.say('error KICKED'), work)).to.deep.equal({
      result: 'disconnected',
      isOpen: false,
    });
    expect(await outcome((client) => client.say('UNKNOWN_ERROR'), work)).to.deep.equal({
      result: 'protocol',
      isOpen: false,
    });
    expect(await outcome((client) => client.end(), work)).to.deep.equal({ result: 'disconnected', isOpen: false });
    expect(await outcome(() => undefined, work, SHORT)).to.deep.equal({ result: 'timeout', isOpen: false });
  });

  it('is over when the device has more to say than it was asked', async () => {
    const { result, isOpen } = await outcome(
      (client) => client.say('ok', 'ok'),
      async (session) => {
        await player(session, 'pause');
        await until(() => !session.isOpen);
      },
    );
    expect({ result, isOpen }).to.deep.equal({ result: 'none', isOpen: false });
  });

  it('is seen to be over while nobody asks', async () => {
    await using robot = await scriptedRobot(() => undefined);
    using session = await openRobot(robot.target);
    for (const socket of robot.sockets) socket.end();
    await until(() => !session.isOpen);
  });

  it('takes no more bytes than it has to', async () => {
    const info = (session: RobotSession) => readFileInfo(session, FILE);
    expect(await outcome((client) => client.say(binaryText('image/png', 999_999_999_999)), info)).to.deep.equal({
      result: 'tooLarge',
      isOpen: false,
    });
    const endless = (client: ScriptedClient) => {
      for (let i = 0; i < 20; i++) {
        client.say(binaryText('image/png', 1));
        client.send(Buffer.of(1));
      }
      client.say('ok');
    };
    expect((await outcome(endless, info)).result).to.equal('tooLarge');
    const stalled = (client: ScriptedClient) => client.say(binaryText('image/png', 100));
    expect((await outcome(stalled, info, SHORT)).result).to.equal('timeout');
  });

  it('takes so many details of a file, and nothing that steers a terminal', async () => {
    const details = ['a\u001b=b\u202ec=d', 'e=', '=f', 'g', ...Array.from({ length: 100 }, (_, i) => `k${i}=v`)];
    await using robot = await scriptedRobot((_command, client) => client.say(`ok ${details.join('\0')}`));
    using session = await openRobot(robot.target, { times: TIMES });
    const info = await readFileInfo(session, FILE);
    expect(info.details).to.include({ 'a\u{fffd}': 'b\u{fffd}c=d', e: '', k0: 'v' });
    expect(Object.keys(info.details)).to.have.length(62);
  });

  it('sends no file that the device does not wait for, and waits for none that does not come', async () => {
    const words = ['file', 'upload', 'binary', '4', '#'];
    const sending = (content: AsyncIterable<Uint8Array>) => (session: RobotSession) =>
      session.upload(words, { size: 4, content });
    async function* whole() {
      yield Buffer.from('FCx0');
    }
    async function* broken() {
      yield Buffer.from('FC');
      throw new Error('the disk is gone');
    }
    async function* hanging() {
      yield Buffer.from('FC');
      await new Promise(() => undefined);
    }
    expect((await outcome((client) => client.say('error TOO_LARGE'), sending(whole()))).result).to.equal('tooLarge');
    expect((await outcome((client) => client.say('ok'), sending(whole()))).result).to.equal('protocol');
    expect((await outcome((client) => client.say('continue'), sending(whole()), SHORT)).result).to.equal('timeout');
    expect((await outcome((client) => client.say('continue'), sending(broken()))).result).to.equal('failed');
    const { result, isOpen } = await outcome((client) => client.say('continue'), sending(hanging()), SHORT);
    expect({ result, isOpen }).to.deep.equal({ result: 'timeout', isOpen: false });
  });

  it('knows no time of a job whose file does not tell it', async () => {
    for (const info of ['{"TIME_COST": ""}', '{"TIME_COST": "soon"}', '{"TIME_COST": -1}', '[]', '{', '{}']) {
      await using robot = await scriptedRobot((_command, client) => {
        client.say(binaryText('text/json', info.length));
        client.send(Buffer.from(info));
        client.say('ok');
      });
      using session = await openRobot(robot.target, { times: TIMES });
      expect(await readEstimate(session), info).to.equal(null);
    }
    for (const refusal of ['NO_TASK', 'UNKNOWN_COMMAND', 'NOT_FOUND']) {
      await using robot = await scriptedRobot((_command, client) => client.say(`error ${refusal}`));
      using session = await openRobot(robot.target, { times: TIMES });
      expect(await readEstimate(session), refusal).to.equal(null);
    }
  });

  it('ends any answer in an error or a value, never otherwise', async () => {
    const answer = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('ok', 'continue', 'binary image/png 3', 'data {}', report, 'error', 'er  ', 'md5 x'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 4 }), async (texts) => {
        for (const work of [readRobotReport, readInfo, (session: RobotSession) => listFolder(session, FOLDER)]) {
          const { result } = await outcome((client) => {
            client.say(...texts);
            client.end();
          }, work);
          expect(result).to.be.a('string');
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** Waits for what no event tells. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
