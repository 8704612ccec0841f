import { ThingError } from '@thingwright/core';
import { Deadline } from '../connection/deadline.js';
import { deviceError } from '../connection/device-error.js';
import { dial } from '../connection/dial.js';
import type { PeerStream } from '../connection/peer-stream.js';
import type { PrinterTarget } from '../connection/printer-target.js';
import { secureStream } from '../connection/secure-stream.js';
import { answerChallenge, CHALLENGE_BYTES, HELLO_TLS } from '../wire/challenge.js';
import { decodeDeviceAnswer } from '../wire/device-answer.js';
import { encodeManagerCommand, type ManagerCommand } from '../wire/manager-command.js';
import { keyText } from '../wire/rsa.js';

/** How a manager is opened. */
export interface ManagerOptions {
  /**
   * Asked for only if the printer wants one, because it does not know our key, and has to come in time; without it the session is
   * refused then.
   */
  readonly password?: (() => string | Promise<string>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly times?: Partial<ManagerTimes>;
}

/** How long a manager is waited for, milliseconds. */
export interface ManagerTimes {
  /** Until it has let us in. */
  readonly open: number;
  /** For the answer to a command. */
  readonly answer: number;
  /** For a look around for Wi-Fi networks. */
  readonly scan: number;
}

/** What a printer is given, if nobody says otherwise (reference, section 6, item 9): clients of ours wait for 30 s. */
const MANAGER_TIMES: ManagerTimes = { open: 15_000, answer: 5000, scan: 20_000 };

/** A printer that has let us in to manage it. One command at a time; after one that failed for the connection all others do. */
export interface ManagerSession extends Disposable {
  /** It let us in by our key; else by the password. */
  readonly isTrusted: boolean;
  /**
   * Has a command carried out; gives the items that it answers with.
   * @throws ThingError by what the device says; `timeout`: whether it acted is unknown; `disconnected`, `protocol`, `invalid`.
   */
  ask(command: ManagerCommand): Promise<readonly string[]>;
}

/** Items of a list that are taken: no printer trusts so many keys, or sees so many networks. */
const MOST_ITEMS = 256;

/**
 * Opens the manager of a printer (reference, section 4.2): over TLS, whose other end is the printer that was pinned before anything is
 * confided to it; by our key, else by the password, which is then sent once.
 * @throws ThingError `forbidden` for another device, a wrong password, or none where one is wanted; `unavailable`, `timeout`.
 */
export async function openManager(target: PrinterTarget, options: ManagerOptions = {}): Promise<ManagerSession> {
  const times = { ...MANAGER_TIMES, ...options.times };
  const { signal } = options;
  const late = `The printer '${target.name}' does not let anybody in, nor refuses to`;
  const deadline = new Deadline({ timeout: times.open, signal, late });
  const { stream: plain, hello } = await dial({ address: target.address, port: target.ports.manager }, deadline);
  if (hello !== HELLO_TLS) {
    plain.close();
    throw new ThingError('protocol', `What answers at ${target.address} is no manager of a printer`);
  }
  const stream = await secureStream(plain, target, deadline);
  try {
    const isTrusted = await authorize(stream, { target, password: options.password }, deadline);
    return session(stream, { name: target.name, isTrusted, signal, times });
  } catch (error) {
    stream.close();
    throw error;
  }
}

/** Gives whether the printer trusts our key. */
async function authorize(
  stream: PeerStream,
  { target, password }: { readonly target: PrinterTarget } & Pick<ManagerOptions, 'password'>,
  deadline: Deadline,
): Promise<boolean> {
  const { name, uuid, clientKey } = target;
  const challenge = await stream.take(CHALLENGE_BYTES, deadline);
  await stream.sendText(keyText(clientKey), deadline);
  const wanted = await stream.text(deadline);
  if (wanted === 'sign') {
    await stream.sendText(answerChallenge(uuid, challenge, clientKey).toString('hex'), deadline);
  } else if (wanted === 'password') {
    if (!password)
      throw new ThingError('forbidden', `The printer '${name}' does not know our key: it wants a password`);
    const given = await deadline.within(Promise.resolve(password()));
    await stream.sendText(plainPassword(given), deadline);
  } else throw answerError('authorize', wanted);
  const verdict = await stream.text(deadline);
  if (decodeDeviceAnswer(verdict).kind !== 'ok') throw answerError('authorize', verdict);
  return wanted === 'sign';
}

function plainPassword(password: string): string {
  if (/[\0\r\n]/.test(password)) throw new ThingError('invalid', 'A password must not hold NUL or ends of lines');
  return password;
}

function session(
  stream: PeerStream,
  parts: { readonly name: string; readonly isTrusted: boolean; readonly times: ManagerTimes } & Pick<
    ManagerOptions,
    'signal'
  >,
): ManagerSession {
  const { name, isTrusted, signal, times } = parts;

  const ask = async (command: ManagerCommand): Promise<readonly string[]> => {
    const timeout = command.name === 'scan_wifi' ? times.scan : times.answer;
    const deadline = new Deadline({
      timeout,
      signal,
      late: `The printer '${name}' has not answered '${command.name}'`,
    });
    await stream.sendText(encodeManagerCommand(command), deadline);
    const items: string[] = [];
    for (;;) {
      const text = await stream.text(deadline);
      const answer = decodeDeviceAnswer(text);
      if (answer.kind === 'ok') return items;
      if (answer.kind !== 'data' || items.length >= MOST_ITEMS) throw answerError(command.name, text);
      items.push(answer.text);
    }
  };

  return {
    isTrusted,
    async ask(command) {
      try {
        return await ask(command);
      } catch (error) {
        // What may still come would be taken for the answer to the next command.
        if (leavesUnread(error)) stream.close();
        throw error;
      }
    },
    [Symbol.dispose]: () => stream.close(),
  };
}

const leavesUnread = (error: unknown): boolean =>
  !(error instanceof ThingError) || ['timeout', 'aborted', 'protocol', 'disconnected'].includes(error.code);

function answerError(asked: string, text: string): ThingError {
  const answer = decodeDeviceAnswer(text);
  if (answer.kind === 'error') return deviceError(asked, answer.symbols);
  return new ThingError('protocol', `The printer answers '${asked}' with what makes no sense`);
}
