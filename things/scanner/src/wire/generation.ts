import type { GENERATIONS } from '../scanner.model.js';
import type { DeviceFrame } from './device-frame.js';

/** Which generation of the wire a connection speaks. */
export type Generation = (typeof GENERATIONS)[number];

/**
 * What a connection speaks after this frame (reference, section 1). The first frame tells; signs that only the second
 * generation gives are believed later too. `isFirst`: no text frame came before it.
 */
export function recogniseGeneration(known: Generation, frame: DeviceFrame, isFirst: boolean): Generation {
  if (known === 'gen-2' || isSecond(frame, isFirst)) return 'gen-2';
  return isFirst && frame.kind === 'register' ? 'gen-1' : known;
}

function isSecond(frame: DeviceFrame, isFirst: boolean): boolean {
  switch (frame.kind) {
    case 'ping':
      return true;
    case 'transfer':
      return frame.header.parameter !== undefined;
    case 'update':
      return frame.update.isEmpty || (isFirst && frame.update.status === 'ONLINE');
    default:
      return false;
  }
}
