import type { Engine } from '../engine/engine.js';
import { migrate } from '../schema.js';
import { commit } from './commit.js';
import { load } from './load.js';
import { readChanges } from './read-changes.js';
import { readEvents } from './read-events.js';
import { readHistory } from './read-history.js';
import { readRecent } from './read-recent.js';
import { settle } from './settle.js';
import { sweep } from './sweep.js';
import { writeUpgrades } from './write-upgrades.js';

/** Work that is done beside the database, wherever that is: in a thread, or in this one. */
const JOBS = { migrate, load, commit, settle, sweep, readChanges, readEvents, readHistory, readRecent, writeUpgrades };

type Jobs = typeof JOBS;

/** The name of a job. */
export type JobName = keyof Jobs;

/** What a job is given, and what it gives: plain data, for they may cross to another thread. */
export type JobArgument<Name extends JobName> = Parameters<Jobs[Name]>[1];
export type JobResult<Name extends JobName> = Awaited<ReturnType<Jobs[Name]>>;

/** Carries out a job. */
export function runJob<Name extends JobName>(
  engine: Engine,
  name: Name,
  argument: JobArgument<Name>,
): Promise<JobResult<Name>> {
  const job: (engine: Engine, argument: JobArgument<Name>) => Promise<JobResult<Name>> = jobs[name];
  return job(engine, argument);
}

/** The same, so that the types of one job go together. */
const jobs: {
  readonly [Name in JobName]: (engine: Engine, argument: JobArgument<Name>) => Promise<JobResult<Name>>;
} = JOBS;
