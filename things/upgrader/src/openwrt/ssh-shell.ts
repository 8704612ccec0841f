import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ThingError } from '@thingwright/core';
import ssh2, { type ClientChannel, type Client as SSHClient } from 'ssh2';
import type { CommandResult, OpenShell, Shell } from './openwrt-access.js';

/** Milliseconds until a connection has to stand, and between signs of life; so many may be missed. */
const READY = 20_000;
const ALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 } as const;
/** Milliseconds for a command that says nothing of its own. */
const COMMAND = 60_000;
/** Bytes that are kept of what a command writes. */
const MAX_OUTPUT = 65_536;

/** Logs in over SSH. The host key that a device shows first is kept; another one is refused from then on. */
export const openSSHShell: OpenShell = async ({ device, address, credentials, access, signal }) => {
  const { username, port = 22, password, privateKey } = credentials;
  const known = await access.hostKey(device);
  let seen: string | undefined;
  const client = new ssh2.Client();
  const leave = (): void => void client.destroy();
  const connected = new Promise<void>((resolve, reject) => {
    const fail = (error: Error) =>
      reject(isChanged() ? changed(address) : new ThingError('disconnected', error.message));
    const isChanged = () => seen !== undefined && known !== undefined && seen !== known;
    client
      .once('ready', resolve)
      .on('error', fail)
      .once('close', () => fail(new Error('connection closed')));
    signal.addEventListener('abort', leave, { once: true });
    client.connect({
      host: address,
      port,
      username,
      readyTimeout: READY,
      ...ALIVE,
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      hostVerifier(key: Buffer) {
        seen = createHash('sha256').update(key).digest('base64');
        return !isChanged();
      },
    });
  });
  try {
    if (signal.aborted) throw new ThingError('aborted', 'It was to stop');
    await connected;
    if (known === undefined && seen !== undefined) await access.pin(device, seen);
    return shellOver(client);
  } catch (error) {
    connected.catch(() => undefined);
    client.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
};

const changed = (address: string): ThingError =>
  new ThingError('forbidden', `The host key of ${address} is not the one that it had before`);

function shellOver(client: SSHClient): Shell {
  let isClosed = false;
  client.once('close', () => {
    isClosed = true;
  });

  const open = (command: string): Promise<ClientChannel> =>
    new Promise((resolve, reject) => {
      if (isClosed) {
        reject(lost());
        return;
      }
      const closed = () => reject(lost());
      client.once('close', closed);
      client.exec(command, (error, channel) => {
        client.off('close', closed);
        if (error) reject(lost(error));
        else resolve(channel);
      });
    });

  return {
    async run(command, { timeout = COMMAND, signal } = {}) {
      const channel = await open(command);
      return resultOf(client, channel, { timeout, signal });
    },
    async upload(path, content, { signal, progress }) {
      const channel = await open(`cat > ${quoted(path)}`);
      const result = resultOf(client, channel, { timeout: undefined, signal });
      let bytes = 0;
      const counted = async function* () {
        for await (const chunk of content) {
          bytes += chunk.length;
          yield chunk;
          progress(bytes);
        }
      };
      const sending = pipeline(Readable.from(counted(), { objectMode: false }), channel, { signal });
      const [sent, { code, output }] = await Promise.all([sending.then(() => undefined, lost), result]);
      if (signal.aborted) throw new ThingError('aborted', 'It was to stop');
      if (code !== 0) throw new ThingError('disconnected', output || 'the connection was lost');
      if (sent) throw sent;
    },
    close: () => void client.end(),
  };
}

const lost = (cause?: unknown): ThingError =>
  new ThingError('disconnected', 'the connection was lost', cause === undefined ? {} : { cause });

/** Waits for the end of a command, of its time, or of the connection. */
function resultOf(
  client: SSHClient,
  channel: ClientChannel,
  { timeout, signal }: { readonly timeout: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let output = '';
    let code: number | null = null;
    const take = (data: Buffer) => {
      if (output.length < MAX_OUTPUT) output += data.toString();
    };
    const finish = () => {
      clearTimeout(limit);
      client.off('close', finish);
      signal?.removeEventListener('abort', abort);
      resolve({ code, output: output.slice(0, MAX_OUTPUT).trim() });
    };
    const abort = () => {
      channel.destroy();
      finish();
      reject(new ThingError('aborted', 'It was to stop'));
    };
    const limit = timeout === undefined ? undefined : setTimeout(finish, timeout);
    client.once('close', finish);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    channel.on('data', take);
    channel.stderr.on('data', take);
    channel.once('exit', (status: number | null) => {
      code = status;
    });
    channel.once('close', finish);
    channel.on('error', finish);
  });
}

/** A text as one word of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
