import { createHash } from 'node:crypto';
import type { Members } from '@thingwright/core';
import { encodeTransfer } from '../wire/device-encoder.js';
import type { Start } from '../wire/server-frame.js';
import type { DeviceSocket } from './device-socket.js';
import type { Fault, ScanFile } from './scan-program.js';

/** A file, its task, and what goes wrong with it. */
export interface Delivery {
  readonly start: Start;
  readonly file: ScanFile;
  readonly fault: Fault | undefined;
  /** The second generation says with which parameters it measured. */
  readonly parameter?: Members;
}

const CHUNK = 1_048_576;

/** Sends a file: its header, then its bytes. Rejects if the connection breaks meanwhile. */
export async function deliver(socket: DeviceSocket, { start, file, fault, parameter }: Delivery): Promise<void> {
  const { content } = file;
  const sent = fault === 'emptyFile' ? Buffer.alloc(0) : contentSent(content, fault);
  if (fault === 'strayBytes') await socket.send(content.subarray(0, CHUNK));
  await socket.send(
    encodeTransfer({
      taskID: fault === 'foreignTask' ? '00000000-0000-4000-8000-000000000000' : start.taskID,
      capability: start.capability,
      fileName: fault === 'badName' ? '../../device_parameter.json' : file.name,
      size: fault === 'negativeSize' ? -1 : fault === 'emptyFile' ? 0 : content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      ...(parameter ? { parameter } : {}),
    }),
  );
  for (let offset = 0; offset < sent.length; offset += CHUNK) {
    if (fault === 'dropInFile' && offset >= sent.length / 2) {
      socket.drop();
      return;
    }
    await socket.send(sent.subarray(offset, offset + CHUNK));
  }
  if (fault === 'dropInFile') socket.drop();
}

function contentSent(content: Buffer, fault: Fault | undefined): Buffer {
  if (fault === 'shortFile' || fault === 'dropInFile') return content.subarray(0, -1);
  if (fault === 'longFile') return Buffer.concat([content, Buffer.from('and more')]);
  if (fault !== 'corruptFile') return content;
  const corrupt = Buffer.from(content);
  corrupt.writeUInt8(corrupt.readUInt8(0) ^ 0xff, 0);
  return corrupt;
}
