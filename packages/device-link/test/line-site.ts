import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Upgrade } from '@thingwright/listener';
import { expect } from 'chai';
import { type Line, openLines } from '../src/index.js';
import { type DoorServer, type DoorServerOptions, doorServer } from './door-server.js';
import { type RawClient, type RawClientOptions, rawClient } from './raw-client.js';

/** Bytes of a message. */
export const LIMIT = 65_536;

/** One end of a connection: what a door has of it. */
export interface Accepted {
  readonly upgrade: Upgrade;
  /** The socket that the door was handed. */
  readonly handed: Socket;
  readonly line: Line;
  /** Texts, as they were during the call; and the bytes of binary messages. */
  readonly heard: (string | Buffer)[];
  /** The very bytes of the last text. */
  last: Buffer;
  readonly closed: Promise<number>;
}

/** Lines behind a server. */
export interface Site extends AsyncDisposable {
  readonly door: DoorServer;
  readonly accepted: Accepted[];
  /** A client that was let in, and the other end. */
  dial(options?: RawClientOptions): Promise<readonly [RawClient, Accepted]>;
}

/** What is special about them. */
export interface SiteOptions extends DoorServerOptions {
  /** What happens between the handshake and its answer. */
  readonly before?: (upgrade: Upgrade) => Promise<void>;
  readonly opened?: (line: Line) => void;
  /** Default {@link LIMIT}. */
  readonly maxPayload?: number;
}

/** Opens lines whose receivers keep what they hear. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { before, opened, maxPayload = LIMIT } = options;
  const lines = openLines({ maxPayload, grace: 50 });
  const accepted: Accepted[] = [];
  const accept = (upgrade: Upgrade): void =>
    lines.accept(upgrade, '', (line) => {
      opened?.(line);
      let end = (_code: number): void => {};
      const closed = new Promise<number>((resolve) => {
        end = resolve;
      });
      const { socket: handed } = upgrade;
      const one: Accepted = { upgrade, handed, line, heard: [], last: Buffer.alloc(0), closed };
      accepted.push(one);
      const frame = (data: Buffer, isBinary: boolean): void => {
        one.heard.push(isBinary ? data : data.toString());
        if (!isBinary) one.last = data;
      };
      return { frame, closed: end };
    });
  const door = await doorServer(
    before ? (upgrade) => void before(upgrade).then(() => accept(upgrade)) : accept,
    options,
  );
  return {
    door,
    accepted,
    async dial(how = {}) {
      const client = await rawClient(door.port, { tls: options.tls !== undefined, ...how });
      const count = accepted.length + 1;
      expect(await client.answer).to.equal('HTTP/1.1 101 Switching Protocols');
      await until(() => accepted.length === count);
      const own = accepted[count - 1];
      if (!own) throw new Error('nobody was let in');
      return [client, own];
    },
    async [Symbol.asyncDispose]() {
      await lines[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
    },
  };
}

/** Lets the process go on until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setImmediate();
}

/** The socket that the request has now. */
export const socketOf = ({ upgrade }: Accepted): Socket => upgrade.request.socket;

/** Writes bytes; resolves when the other end has read them. */
export async function write([{ socket }, own]: readonly [RawClient, Accepted], bytes: Buffer): Promise<void> {
  const read = socketOf(own).bytesRead + bytes.length;
  socket.write(bytes);
  await until(() => socketOf(own).bytesRead >= read);
}
