import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Nothing } from '../line-cuts/faults/messages.js';
import { type Program, startProgram } from '../line-cuts/faults/program.js';
import { FLASHES, type Opening } from './upgradables-messages.js';

const PROGRAM = new URL('upgradables.program.ts', import.meta.url);

/** Upgradable devices in processes of their own, which outlive the gateway, and die when it is wanted. */
export class Upgradables implements AsyncDisposable {
  /** How often a process of devices was killed. */
  kills = 0;
  readonly #parts: readonly Opening[];
  readonly #programs: Program[] = [];

  /** Starts as many processes as there are parts. */
  static async open(parts: readonly Opening[]): Promise<Upgradables> {
    const devices = new Upgradables(parts);
    await Promise.all(parts.map((_, number) => devices.#start(number)));
    return devices;
  }

  private constructor(parts: readonly Opening[]) {
    this.#parts = parts;
  }

  async #start(number: number): Promise<void> {
    const program = startProgram(PROGRAM);
    this.#programs[number] = program;
    const part = this.#parts[number];
    await program.call('open', Nothing, part && { ...part, seed: part.seed + this.kills });
  }

  /** Cuts the power of the devices of one process, and gives it back after so many milliseconds. */
  async killAndStart(number: number, milliseconds: number): Promise<void> {
    await this.#programs[number]?.[Symbol.asyncDispose]();
    this.kills++;
    await pause(milliseconds);
    await this.#start(number);
  }

  /** How often a device was told to install that version. */
  async flashes(name: string, version: string): Promise<number> {
    const folder = this.#parts.find(({ devices }) => devices.some((device) => device.name === name))?.folder ?? '';
    const text = await readFile(join(folder, name, FLASHES), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line === version).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program[Symbol.asyncDispose]()));
  }
}
