import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Log, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import { encodeAnnouncement, encodeBeacon } from '../wire/announcement.js';
import { type ClientPacket, decodeClientPacket } from '../wire/client-packet.js';
import { keyBytes } from '../wire/rsa.js';
import { encodeStatus, type StatusBlock } from '../wire/status-block.js';
import { encodeBareTouchAnswer, encodeSignedTouchAnswer } from '../wire/touch-answer.js';
import type { PrinterFaults } from './printer-fault.js';
import type { PrinterSelf } from './printer-self.js';

/** A place where datagrams go. */
export interface UdpPlace {
  readonly address: string;
  readonly port: number;
}

/** How a printer lets itself be found. */
export interface DiscoveryOptions {
  readonly address: string;
  readonly port: number;
  readonly version: 1 | 2;
  /** Whether pokes of the other version are not answered. */
  readonly isStrict: boolean;
  /** Where it announces itself, and where its beacons go. */
  readonly announceTo: readonly UdpPlace[];
  readonly beaconTo: readonly UdpPlace[];
  /** Milliseconds between two announcements. */
  readonly period: number;
  readonly timer: Timer;
  readonly log: Log;
  readonly faults: PrinterFaults;
}

/** The half of a printer that is found. */
export interface DiscoverySide extends AsyncDisposable {
  readonly port: number;
  /** Announces itself now, as it does every few seconds. */
  announce(): void;
}

/** Begins to announce a printer, from the one socket on which it hears pokes and touches (reference, sections 2 and 9.3). */
export async function openDiscovery(
  self: PrinterSelf,
  status: () => StatusBlock,
  options: DiscoveryOptions,
): Promise<DiscoverySide> {
  const { version, isStrict, announceTo, beaconTo, period, timer, log, faults } = options;
  const socket = await boundSocket(options);

  const send = (bytes: Buffer, { address, port }: UdpPlace): void => {
    // Without a route there is nobody to hear it.
    socket.send(
      bytes,
      port,
      address,
      (error) => error && log.debug({ address, port, error }, 'a datagram was not sent'),
    );
  };
  const announce = (): void => {
    if (faults.has('silent')) return;
    const announcements = announcementsOf(self, status(), { version, faults });
    for (const place of announceTo) for (const bytes of announcements) send(bytes, place);
    for (const place of beaconTo) send(encodeBeacon({ uuid: self.uuid, pokeVersion: 1 }), place);
  };
  const answer = (packet: ClientPacket, place: UdpPlace): void => {
    if (packet.kind === 'invalid' || (isStrict && packet.version !== version)) return;
    if (packet.kind === 'poke') {
      for (const bytes of announcementsOf(self, status(), { version, faults })) send(bytes, place);
    } else if (packet.uuid === self.uuid) {
      send(touchAnswer(self, version, faults), place);
    }
  };

  socket.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => {
    if (!faults.has('silent')) answer(decodeClientPacket(bytes), { address, port });
  });
  socket.on('error', (error) => log.warn({ error }, 'the socket of discovery failed'));
  const stop = timer.every(period, announce);
  announce();
  return {
    port: socket.address().port,
    announce,
    async [Symbol.asyncDispose]() {
      stop();
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function boundSocket({ address, port, log }: DiscoveryOptions): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    await listening;
  } catch (cause) {
    socket.close();
    throw new ThingError('unavailable', `The UDP port ${port} of ${address} cannot be had`, { cause });
  }
  try {
    socket.setBroadcast(true);
    socket.setMulticastLoopback(true);
    socket.setMulticastInterface(address);
  } catch (error) {
    log.debug({ address, error }, 'there is no multicast here');
  }
  return socket;
}

interface Sending {
  readonly version: 1 | 2;
  readonly faults: PrinterFaults;
}

/** One announcement, and what faults add to it. */
function announcementsOf(self: PrinterSelf, status: StatusBlock, { version, faults }: Sending): readonly Buffer[] {
  const announcement = announcementOf(self, status, { version, faults });
  if (!faults.has('garbage')) return [announcement];
  const beyond = Buffer.from(announcement);
  beyond.writeUInt16LE(0xffff, version === 1 ? 36 : 4);
  return [Buffer.from('NOTIFY * HTTP/1.1\r\n\r\n'), beyond, announcement];
}

function announcementOf(self: PrinterSelf, status: StatusBlock, { version, faults }: Sending): Buffer {
  const { uuid, serial, stamps } = self;
  if (version === 2) return encodeAnnouncement({ kind: 'announcement', version, uuid, stamp: stamps.bare, status });
  const bytes = encodeAnnouncement({
    kind: 'announcement',
    version,
    uuid,
    serial,
    stamp: stamps.signed,
    masterKey: masterKeyShown(self, faults),
    identify: identifyShown(self, faults),
    status,
  });
  return faults.has('doubleStatus') ? Buffer.concat([bytes, encodeStatus(status)]) : bytes;
}

function touchAnswer(self: PrinterSelf, version: 1 | 2, faults: PrinterFaults): Buffer {
  const { uuid, metadata } = self;
  if (version === 2) {
    return encodeBareTouchAnswer({
      uuid,
      masterKey: masterKeyShown(self, faults),
      identify: identifyShown(self, faults),
      metadata: { ...metadata, time: undefined },
    });
  }
  const bytes = encodeSignedTouchAnswer({
    uuid,
    stamp: self.stamps.signed,
    metadata: { ...metadata, serial: undefined },
    masterKey: faults.has('foreignKey') ? self.slaveKey : self.masterKey,
    slaveKey: self.slaveKey,
  });
  return faults.has('forgedMetadata') ? forged(bytes) : bytes;
}

/** The key of this run stands for that of a stranger. */
const masterKeyShown = ({ masterKey, slaveKey }: PrinterSelf, faults: PrinterFaults): Buffer =>
  keyBytes(faults.has('foreignKey') ? slaveKey : masterKey);

const identifyShown = ({ identify }: PrinterSelf, faults: PrinterFaults): Buffer =>
  faults.has('forgedIdentity') ? forged(identify) : identify;

/** With another last byte, where a signature ends. */
function forged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1);
  return copy;
}
