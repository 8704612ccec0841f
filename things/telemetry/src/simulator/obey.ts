import { isMembers } from '@thingwright/core';
import type { Plant } from './plant.js';

/** What a simulated device says of a command. */
export interface Answer {
  readonly command_id: string;
  readonly status: 'done' | 'rejected';
  readonly error?: string;
}

const MODES = ['AUTO', 'MANUAL', 'MANUAL_IDLE', 'MANUAL_CHARGE', 'MANUAL_DISCHARGE'];

/** Lets a plant carry out one command; undefined if the text is none. */
export function obey(plant: Plant, text: string): Answer | undefined {
  const command = parse(text);
  if (!isMembers(command) || typeof command.command_id !== 'string') return undefined;
  const { command_id, action, payload } = command;
  const error = carryOut(plant, action, isMembers(payload) ? payload : {});
  return error === undefined ? { command_id, status: 'done' } : { command_id, status: 'rejected', error };
}

function carryOut(plant: Plant, action: unknown, payload: Readonly<Record<string, unknown>>): string | undefined {
  if (action === 'RESET_ERROR') {
    plant.reset();
    return undefined;
  }
  if (action !== 'SET_MODE') return `unknown action ${String(action)}`;
  const { target_mode: target, target_power: power } = payload;
  if (typeof target !== 'string' || !MODES.includes(target)) return `unknown mode ${String(target)}`;
  plant.setMode({ target, power: typeof power === 'number' ? power : 0 });
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
