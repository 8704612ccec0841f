import { encodeDeviceInfo } from '../wire/device-info.js';
import { encodeReport } from '../wire/robot-report.js';
import { fileCommand, type RobotFiles, sendBinary } from './file-commands.js';
import type { PrinterFaults } from './printer-fault.js';
import type { PrinterSelf } from './printer-self.js';
import type { RobotClient } from './robot-client.js';
import { RobotRefusal } from './robot-refusal.js';
import type { RobotRoom } from './robot-room.js';
import type { RunningTask } from './running-task.js';

/** What a robot works with. */
export interface RobotWorkshop extends RobotFiles {
  readonly self: PrinterSelf;
  readonly task: RunningTask;
  readonly room: RobotRoom;
  readonly faults: PrinterFaults;
}

/** A picture of one grey dot: what a task looks like. */
const PREVIEW = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
/** Settings that a robot keeps for its clients. */
const MOST_SETTINGS = 64;

/** Does one command and answers it. Rejects with a {@link RobotRefusal} for what is to be answered with an error. */
export async function runCommand(
  words: readonly string[],
  client: RobotClient,
  workshop: RobotWorkshop,
): Promise<void> {
  const [name = '', ...args] = words;
  if (workshop.room.holds(client)) return maintain(name, client, workshop);
  switch (name) {
    case 'player':
      return player(args, client, workshop);
    case 'file':
      return fileCommand(args, client, workshop);
    case 'deviceinfo':
      return client.answer(deviceInfo(workshop));
    case 'config':
      return config(args, client, workshop);
    case 'kick':
      await workshop.room.clear();
      return client.answer('ok');
    case 'maintain':
      workshop.room.enter(client);
      return client.answer('ok');
    default:
      throw new RobotRefusal('UNKNOWN_COMMAND');
  }
}

/** Of the maintenance mode there is the way in and out. */
async function maintain(name: string, client: RobotClient, { room }: RobotWorkshop): Promise<void> {
  if (name !== 'quit') throw new RobotRefusal('UNKNOWN_COMMAND');
  room.leave(client);
  await client.answer('ok');
}

async function player(
  [verb, storage, path]: readonly string[],
  client: RobotClient,
  workshop: RobotWorkshop,
): Promise<void> {
  const { task, files, faults } = workshop;
  switch (verb) {
    case 'report':
      return client.answer(encodeReport(task.report));
    case 'info':
      return taskInfo(client, workshop);
    case 'select':
      if (storage === undefined || path === undefined) throw new RobotRefusal('BAD_PARAMS');
      client.selected = files.read(storage, path);
      return client.answer('ok');
    case 'start':
      if (client.selected === undefined) throw new RobotRefusal('NO_TASK');
      if (faults.has('brokenFile')) throw new RobotRefusal('FILE_BROKEN');
      break;
    case 'load_filament':
    case 'unload_filament':
    case 'set_toolhead_header':
    case 'set_toolhead_operating':
    case 'set_toolhead_standby':
    case 'press_button':
      if (task.report.id <= 0) throw new RobotRefusal('NO_TASK');
      return client.answer('ok');
    case 'pause':
    case 'resume':
    case 'abort':
    case 'quit':
      break;
    default:
      throw new RobotRefusal('UNKNOWN_COMMAND');
  }
  const refusal = task.operate(verb);
  if (refusal !== undefined) throw new RobotRefusal(refusal);
  await client.answer('ok');
}

async function taskInfo(client: RobotClient, { task }: RobotWorkshop): Promise<void> {
  const { timeTotal, id } = task.report;
  if (id <= 0) throw new RobotRefusal('NO_TASK');
  const info = { HEAD_TYPE: 'EXTRUDER', TIME_COST: String(timeTotal ?? 0) };
  await sendBinary(client, 'text/json', Buffer.from(JSON.stringify(info)));
  await sendBinary(client, 'image/png', PREVIEW);
  await client.answer('ok');
}

function deviceInfo({ self }: RobotWorkshop): string {
  const { uuid, serial, metadata } = self;
  return encodeDeviceInfo(
    new Map([
      ['version', metadata.version],
      ['model', metadata.model],
      ['uuid', uuid.replaceAll('-', '')],
      ['serial', serial],
      ['nickname', metadata.name],
      ['cloud', "('ER', 'DISABLE')"],
    ]),
  );
}

async function config(
  [verb, key, value]: readonly string[],
  client: RobotClient,
  { self }: RobotWorkshop,
): Promise<void> {
  if (key === undefined) throw new RobotRefusal('BAD_PARAMS');
  const known = new Map(Object.entries(self.memory.get('config')));
  switch (verb) {
    case 'get': {
      const found = known.get(key);
      return client.answer(found === undefined ? 'ok EMPTY' : `ok VAL ${found}`);
    }
    case 'set':
      if (value === undefined || known.size >= MOST_SETTINGS) throw new RobotRefusal('BAD_PARAMS');
      known.set(key, value);
      break;
    case 'del':
      known.delete(key);
      break;
    default:
      throw new RobotRefusal('UNKNOWN_COMMAND');
  }
  await self.change({ config: Object.fromEntries(known) });
  await client.answer('ok');
}
