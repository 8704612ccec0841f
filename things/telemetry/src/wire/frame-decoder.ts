import { isUtf8 } from 'node:buffer';
import { type CompileCheck, isMembers, type Members } from '@thingwright/core';
import * as t from 'typebox';
import { NormalisedTelemetry } from '../telemetry.model.js';
import { type Acknowledgement, isAcknowledgement, readAcknowledgement } from './acknowledgement.js';
import { type Dialect, normalise, recogniseDialect } from './dialect.js';
import { Layouts } from './layouts.js';
import { sizeFlaw, stringsIn, structureFlaw } from './structure.js';
import { isVerbatim } from './verbatim.js';

/** A frame in its normalised form. */
export type Payload = t.Static<typeof NormalisedTelemetry>;

/** A valid sample. */
export interface TelemetryDecoded {
  readonly kind: 'telemetry';
  readonly payload: Payload;
  /** Its time named no zone and was taken for UTC. */
  readonly zoneAssumed: boolean;
  /** The payload as JSON in one line, where the frame was just that. */
  readonly json: string | undefined;
}

/** What a frame turned out to be. */
export type Decoded =
  | TelemetryDecoded
  | { readonly kind: 'acknowledgement'; readonly acknowledgement: Acknowledgement }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Who sends the frame, and what it speaks if that was fixed at its provisioning. */
export interface Sender {
  readonly name: string;
  readonly dialect?: Dialect | undefined;
}

/** Decodes one text frame of a device; never throws. */
export type FrameDecoder = (bytes: Buffer, sender: Sender) => Decoded;

/** RFC 3339, with or without a zone. */
const TIME = '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?';
const ZONE = '(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)';

const WireTelemetry = t.Object(
  // The pattern stands for the format, which refuses a time without zone, and costs a fifth of it.
  { ...NormalisedTelemetry.properties, timestamp: t.String({ pattern: `${TIME}${ZONE}?$` }) },
  { additionalProperties: true },
);

const invalid = (reason: string): Decoded => ({ kind: 'invalid', reason });

/**
 * Makes the decoder: text to JSON, its structure, its dialect, its schema, its sender (the name in the URL decides, T17),
 * in this order. The schema is compiled once.
 */
export function createFrameDecoder(compileCheck: CompileCheck): FrameDecoder {
  const check = compileCheck(WireTelemetry);
  const layouts = new Layouts();
  const isPayload = (value: unknown): value is Payload => check.fits(value);

  const fault = (value: unknown): string => {
    const [first] = check.faults(value);
    return first ? `${first.path || 'the frame'} ${first.message}` : 'does not fit the schema';
  };

  /** Reads what is written as a frame before it was, which passed all that does not depend on its numbers and strings. */
  const readKnown = (bytes: Buffer, { name, dialect }: Sender): Decoded | undefined => {
    const sample = dialect === 'schema-2026-02' ? undefined : layouts.read(bytes);
    if (!sample || !isPayload(sample.frame)) return undefined;
    const { frame: payload, text: json } = sample;
    if (payload.device_id !== name || !hasZone(payload.timestamp)) return undefined;
    return { kind: 'telemetry', payload, zoneAssumed: false, json };
  };

  const readAny = (bytes: Buffer, { name, dialect }: Sender): Decoded => {
    const text = bytes.toString();
    // Only then can the bytes have been something else; a WebSocket library looks, other callers may not.
    if (text.includes('\ufffd') && !isUtf8(bytes)) return invalid('not UTF-8');
    const frame = parse(text);
    if (typeof frame === 'string') return invalid(frame);
    const strings = stringsIn(frame);
    const flaw = (Number.isNaN(strings) ? structureFlaw(frame) : undefined) ?? sizeFlaw(frame, bytes.length);
    if (flaw !== undefined) return invalid(flaw);
    if (isAcknowledgement(frame)) {
      const acknowledgement = readAcknowledgement(frame);
      return typeof acknowledgement === 'string'
        ? invalid(acknowledgement)
        : { kind: 'acknowledgement', acknowledgement };
    }
    const recognised = recogniseDialect(frame);
    const payload = normalise(frame, dialect ?? recognised);
    if (!isPayload(payload)) return invalid(fault(payload));
    if (payload.device_id !== name) return invalid('/device_id is not the device that is connected');
    const zoneAssumed = !hasZone(payload.timestamp);
    const json = payload === frame && !zoneAssumed && isVerbatim(bytes, strings) ? text : undefined;
    if (zoneAssumed) payload.timestamp += 'Z';
    if (json !== undefined && recognised === 'ci-2026-01') layouts.learn(bytes);
    return { kind: 'telemetry', payload, zoneAssumed, json };
  };

  return (bytes, sender) => readKnown(bytes, sender) ?? readAny(bytes, sender);
}

function parse(text: string): Members | string {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : 'not one JSON object';
  } catch {
    return 'not JSON';
  }
}

const COLON = 58;

/** Whether a time ends in `Z` or an offset such as `+01:00`; asked only of what fits the pattern. */
function hasZone(time: string): boolean {
  if (time.endsWith('Z')) return true;
  if (time.charCodeAt(time.length - 3) !== COLON) return false;
  const sign = time.charAt(time.length - 6);
  return sign === '+' || sign === '-';
}
