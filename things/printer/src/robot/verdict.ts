import { ThingError } from '@thingwright/core';
import type { Deadline } from '../connection/deadline.js';
import type { PeerStream } from '../connection/peer-stream.js';
import type { PrinterTarget } from '../connection/printer-target.js';
import { readVerdict, VERDICT_BYTES } from '../wire/challenge.js';

/** Waits until a robot has let us in. @throws ThingError `forbidden` if it does not trust our key, `protocol` for other refusals. */
export async function takeVerdict(stream: PeerStream, { name }: PrinterTarget, deadline: Deadline): Promise<void> {
  const verdict = readVerdict(await stream.take(VERDICT_BYTES, deadline));
  if (verdict === 'OK') return;
  const code = verdict === 'AUTH_ERROR' ? 'forbidden' : 'protocol';
  throw new ThingError(code, `The printer '${name}' does not let us in: ${verdict}`);
}
