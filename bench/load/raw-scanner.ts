import { isMembers, type Members } from '@thingwright/core';
import { type BigFile, chunkFrame, writeChunk } from './big-file.js';
import { dialWebSocket, sendText } from './raw-socket.js';
import type { Verdict } from './verdict.js';

/** Which scanner, and where it dials in. */
export interface ScannerAddress {
  readonly port: number;
  /** Its UUID. */
  readonly id: string;
  readonly token: string;
  readonly generation: 1 | 2;
}

/** What a scan was started with, as far as a device repeats it. */
export interface StartedTask {
  readonly taskID: string;
  readonly capability: string;
}

/** A scanner that dials in over a plain socket. What it is not expected to be told fails the run. */
export interface RawScanner {
  /** The next scan that it is told to start. */
  started(): Promise<StartedTask>;
  /** Says that it is busy with a task, and how far. */
  progress(task: StartedTask, percent: number): void;
  /** Says that its scan is over. */
  idle(): void;
  /** Sends a file, `sent` after each chunk; resolves when the server says that it is stored. */
  upload(task: StartedTask, file: BigFile, sent: () => void): Promise<void>;
}

/** Frames of one file that may be under way. */
const UNDER_WAY = 2;
/** Chunks between two heartbeats: the second generation sends them in the midst of a file. */
const BEAT = 64;

/** Dials in and registers. */
export async function dialScanner(address: ScannerAddress, verdict: Verdict): Promise<RawScanner> {
  const { port, id, token, generation } = address;
  const headers = { 'Device-Id': id, 'Device-Token': token };
  const client = await dialWebSocket({ port, path: '/api/v1/device/ws', headers }, verdict);
  const { socket } = client;
  let frames: readonly Buffer[] = [];
  let onStart: ((task: StartedTask) => void) | undefined;
  let onStored: (() => void) | undefined;
  let unanswered = 0;

  const tell = (message: object): void => sendText(client, JSON.stringify(message));
  const update = (status: string, data: object | null, task?: StartedTask): void =>
    tell({
      command: 'update_status',
      status,
      data: data ?? (generation === 1 ? null : {}),
      task_id: task?.taskID ?? null,
      user_access_token: task?.capability ?? null,
    });
  const feedback = ({ code }: Members, text: string): void => {
    if (code === 'stored') onStored?.();
    else if (code !== undefined) verdict.fail(`A scanner was told ${text}`);
  };
  client.onText = (bytes, { start, end }) => {
    const text = bytes.toString('utf8', start, end);
    const message: unknown = JSON.parse(text);
    if (!isMembers(message)) verdict.fail(`A scanner was told ${text}`);
    else if (message.command === 'pong') unanswered--;
    else if (message.command === 'feedback') feedback(message, text);
    else if (message.command === 'start' && isMembers(message.data) && onStart) {
      onStart({ taskID: String(message.data.id), capability: String(message.data.access_token) });
    } else verdict.fail(`A scanner was told ${text}`);
  };

  const beat = (): void => {
    unanswered++;
    tell({ command: 'ping' });
  };

  const upload = async (task: StartedTask, file: BigFile, sent: () => void): Promise<void> => {
    const stored = new Promise<void>((resolve) => {
      onStored = resolve;
    });
    tell({
      command: 'file-transfer',
      task_id: task.taskID,
      user_access_token: task.capability,
      filename: 'data.mrd',
      size_bytes: file.size,
      content_type: 'application/x-ismrmrd+hdf5',
      sha256: file.sha256,
      ...(generation === 2 ? { device_parameter: { larmor_frequency: 2_025_000 } } : {}),
    });
    if (frames.length === 0) frames = Array.from({ length: UNDER_WAY }, chunkFrame);
    const written = frames.map(() => Promise.resolve());
    for (let n = 0; n < file.chunks; n++) {
      const place = n % UNDER_WAY;
      const frame = frames[place];
      await written[place];
      if (!frame) continue;
      writeChunk(frame, file, n);
      written[place] = new Promise((resolve) => {
        socket.write(frame, () => resolve());
      });
      sent();
      if (generation === 2 && n % BEAT === BEAT - 1) beat();
    }
    await stored;
    if (unanswered > 0) verdict.fail(`${unanswered} heartbeats of a scanner were not answered`);
  };

  if (generation === 2) update('ONLINE', {});
  const details = { device_name: 'bench', serial_number: id, manufacturer: null, modality: 'MRI', site: null };
  tell({ command: 'register', data: { ...details, status: null, parameter: { larmor_frequency: 2_025_000 } } });
  return {
    started: () =>
      new Promise((resolve) => {
        onStart = resolve;
      }),
    progress: (task, percent) => update('BUSY', { progress: percent }, task),
    idle: () => update('ONLINE', null),
    upload,
  };
}
