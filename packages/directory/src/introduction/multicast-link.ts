import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type Log, type Now, silent, ThingError } from '@thingwright/core';
import type { Answer, Question } from 'dns-packet';
import mDNS from 'multicast-dns';
import { type Observable, Subject } from 'rxjs';

/** What came on a link: questions, or answers to them. */
export interface Message {
  readonly kind: 'query' | 'response';
  readonly questions: readonly Question[];
  /** All records of a response; of a query those that its sender knows already. */
  readonly records: readonly Answer[];
  /** Address of the sender. */
  readonly from: string;
}

/** Multicast DNS on one network interface (RFC 6762). Disposing closes its socket. */
export interface MulticastLink extends AsyncDisposable {
  /** The IPv4 address of the interface. */
  readonly address: string;
  /** What others say, and what we do. */
  readonly messages: Observable<Message>;
  ask(questions: readonly Question[], known?: readonly Answer[]): void;
  /** Resolves once it is sent, or could not be. */
  tell(answers: readonly Answer[], additionals?: readonly Answer[]): Promise<void>;
}

/** Where multicast DNS is spoken. */
export interface MulticastOptions {
  /** IPv4 addresses of network interfaces; absent: all but loopback. */
  readonly interfaces?: readonly string[];
  /** Default 5353, which all others use. */
  readonly port?: number;
  readonly log?: Log;
  readonly now?: Now;
}

const PORT = 5353;
const GROUP = '224.0.0.251';
/** RFC 6762, section 11: so that a packet that came from beyond the link could be told. */
const HOPS = 255;
/** Messages that are looked at within a second, of one sender and of all; a link is no faster than that by itself. */
const MOST_OF_ONE = 100;
const MOST = 1000;
/** Records of a message that are looked at. */
const MOST_RECORDS = 256;

/** The IPv4 addresses of all network interfaces but loopback. */
const networkAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) =>
      (addresses ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).slice(0, 1),
    )
    .map(({ address }) => address);

/**
 * Opens a link for each interface. Rejects with a ThingError `unavailable`, and with nothing open, where a socket cannot be had or an
 * interface is none.
 */
export async function openMulticastLinks(options: MulticastOptions = {}): Promise<readonly MulticastLink[]> {
  const { interfaces = networkAddresses() } = options;
  const opening = await Promise.allSettled(interfaces.map((address) => openLink(address, options)));
  const links = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opening.find((one) => one.status === 'rejected');
  if (!failed) return links;
  await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
  throw failed.reason;
}

async function openLink(address: string, options: MulticastOptions): Promise<MulticastLink> {
  const { port = PORT, log = silent, now = Date.now } = options;
  const socket = await join(address, port);
  const mdns = mDNS({ socket, bind: false, multicast: false, port, ip: GROUP });
  const messages = new Subject<Message>();
  const isWelcome = createLimit(now);
  const hear = (kind: Message['kind'], packet: mDNS.FullPacket, { address: from }: RemoteInfo): void => {
    if (!isWelcome(from)) return;
    const { questions = [], answers = [], additionals = [] } = packet;
    const records = kind === 'query' ? answers : [...answers, ...additionals];
    messages.next({ kind, from, questions: questions.slice(0, MOST_RECORDS), records: records.slice(0, MOST_RECORDS) });
  };
  mdns.on('query', (packet, from) => hear('query', packet, from));
  mdns.on('response', (packet, from) => hear('response', packet, from));
  mdns.on('warning', (error) => log.debug({ error, interface: address }, 'a message of multicast DNS is of no use'));
  mdns.on('error', (error) => log.warn({ error, interface: address }, 'multicast DNS has failed'));
  let closing: Promise<void> | undefined;
  const told = (error: Error | null): void => {
    if (error) log.debug({ error, interface: address }, 'a message of multicast DNS could not be sent');
  };

  return {
    address,
    messages: messages.asObservable(),
    ask(questions, known = []) {
      mdns.query({ questions: [...questions], answers: [...known] }, told);
    },
    tell: (answers, additionals = []) =>
      new Promise((resolve) => {
        mdns.respond({ answers: [...answers], additionals: [...additionals] }, (error) => {
          told(error);
          resolve();
        });
      }),
    [Symbol.asyncDispose]() {
      closing ??= new Promise((resolve) => {
        messages.complete();
        mdns.destroy(resolve);
      });
      return closing;
    },
  };
}

async function join(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    // Bound to the group nothing but multicast comes in; Windows cannot do that.
    socket.bind(port, process.platform === 'win32' ? undefined : GROUP);
    await once(socket, 'listening');
    socket.addMembership(GROUP, address);
    socket.setMulticastInterface(address);
    socket.setMulticastTTL(HOPS);
    socket.setMulticastLoopback(true);
    return socket;
  } catch (cause) {
    socket.close();
    throw new ThingError('unavailable', `There is no multicast DNS on the interface ${address}`, { cause });
  }
}

/** Counts by the second, so that nothing has to be forgotten one by one. */
function createLimit(now: Now): (sender: string) => boolean {
  const counts = new Map<string, number>();
  let second = 0;
  let all = 0;
  return (sender) => {
    const present = Math.floor(now() / 1000);
    if (present !== second) {
      counts.clear();
      all = 0;
      second = present;
    }
    if (++all > MOST) return false;
    const count = (counts.get(sender) ?? 0) + 1;
    counts.set(sender, count);
    return count <= MOST_OF_ONE;
  };
}
