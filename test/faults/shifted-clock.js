/**
 * Loaded first into a process, and into its threads: its clock is off by so many milliseconds as stand in the file that FAULTS_CLOCK
 * names, and jumps when that changes.
 */
import { readFileSync } from 'node:fs';

const file = process.env.FAULTS_CLOCK;
const RealDate = globalThis.Date;
const realNow = RealDate.now;
let shift = 0;

const look = () => {
  try {
    shift = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    shift = 0;
  }
};
look();
setInterval(look, 20).unref();

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(realNow() + shift);
    else super(...parts);
  }

  static now() {
    return realNow() + shift;
  }
};
