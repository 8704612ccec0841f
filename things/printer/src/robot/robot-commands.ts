import { isMembers, parseJSON, ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { FileInfo, Listing } from '../stored-file.model.js';
import { readDeviceInfo } from '../wire/device-info.js';
import { readEntries } from '../wire/file-list.js';
import { printable } from '../wire/printable.js';
import { listCommand, ROBOT_COMMANDS, type StoredPath, selectCommand } from '../wire/robot-command.js';
import { type RobotReport, readReport } from '../wire/robot-report.js';
import type { RobotSession } from './robot-session.js';

/** What a task is told to do. */
export type PlayerCommand = 'start' | 'pause' | 'resume' | 'abort' | 'quit';

/** Details of a file, and characters of each, that are taken. */
const MOST_DETAILS = 64;
const LONGEST_DETAIL = 1024;

/** Asks how the printer stands. */
export async function readRobotReport(session: RobotSession): Promise<RobotReport> {
  const answer = await session.ask(ROBOT_COMMANDS.report);
  const report = 'text' in answer ? readReport(answer.text) : undefined;
  if (!report) throw noSense('player report');
  return report;
}

/** Has the task do something; resolves once the printer says that it does. */
export const player = (session: RobotSession, command: PlayerCommand): Promise<void> =>
  done(session, ROBOT_COMMANDS[command]);

/** Chooses a stored file to be the next task of this session. */
export const select = (session: RobotSession, path: StoredPath): Promise<void> => done(session, selectCommand(path));

/** Ends what other clients have of the printer to themselves. */
export const kick = (session: RobotSession): Promise<void> => done(session, ROBOT_COMMANDS.kick);

/** Removes a stored file. */
export const removeFile = (session: RobotSession, { storage, path }: StoredPath): Promise<void> =>
  done(session, ['file', 'rm', storage, path]);

/** Gives the toolhead a temperature, in degrees Celsius; the wire spells it so. */
export const heatToolhead = (session: RobotSession, index: number, temperature: number): Promise<void> =>
  done(session, ['player', 'set_toolhead_header', String(index), temperature.toFixed(1)]);

/** Loads or unloads filament in the middle of a task. */
export const moveFilament = (session: RobotSession, way: 'load' | 'unload', index: number): Promise<void> =>
  done(session, ['player', `${way}_filament`, String(index)]);

/** What a folder holds. */
export async function listFolder(session: RobotSession, path: StoredPath): Promise<Static<typeof Listing>> {
  const entries = readEntries(await session.askList(listCommand(path)));
  const namesOf = (isFolder: boolean) => entries.filter((entry) => entry.isFolder === isFolder).map(({ name }) => name);
  return { directories: namesOf(true), files: namesOf(false) };
}

/** What the printer says of itself, as it says it. */
export async function readInfo(session: RobotSession): Promise<Readonly<Record<string, string>>> {
  const answer = await session.ask(ROBOT_COMMANDS.deviceInfo);
  if (answer.kind !== 'ok') throw noSense('deviceinfo');
  return Object.fromEntries(readDeviceInfo(answer.text));
}

/** What the printer knows of a stored file. */
export async function readFileInfo(
  session: RobotSession,
  { storage, path }: StoredPath,
): Promise<Static<typeof FileInfo>> {
  const { parts, last } = await session.askParts(['file', 'info', storage, path]);
  if (last.kind !== 'ok') throw noSense('file info');
  // Items with NULs between and an `=` in each, as metadata has them.
  const items = last.text.split('\0', MOST_DETAILS).filter((item) => item.indexOf('=') > 0);
  return {
    details: Object.fromEntries(
      items.map((item) => [
        printable(item.slice(0, item.indexOf('=')), LONGEST_DETAIL),
        printable(item.slice(item.indexOf('=') + 1), LONGEST_DETAIL),
      ]),
    ),
    previews: parts.map(({ mediaType, bytes }) => ({ mediaType, content: bytes.toString('base64') })),
  };
}

/** Seconds that the present task takes, as its file says; null where it does not, or there is no task. */
export async function readEstimate(session: RobotSession): Promise<number | null> {
  try {
    const { parts } = await session.askParts(ROBOT_COMMANDS.info);
    const told = parts.find(({ mediaType }) => mediaType === 'text/json');
    const info = told ? parseJSON(told.bytes.toString()) : undefined;
    // An empty text is no number of seconds, though it would count as one.
    const seconds = isMembers(info) && info.TIME_COST !== '' ? Number(info.TIME_COST ?? Number.NaN) : Number.NaN;
    return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
  } catch (error) {
    if (error instanceof ThingError && ['conflict', 'notAllowed', 'notFound'].includes(error.code)) return null;
    throw error;
  }
}

async function done(session: RobotSession, words: readonly string[]): Promise<void> {
  const answer = await session.ask(words);
  if (answer.kind !== 'ok') throw noSense(words.slice(0, 2).join(' '));
}

const noSense = (asked: string): ThingError =>
  new ThingError('protocol', `The printer answers '${asked}' with what makes no sense`);
