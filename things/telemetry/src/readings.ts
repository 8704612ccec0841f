import { defineStates, type States } from '@thingwright/core';
import type { Observable } from 'rxjs';
import type { Static } from 'typebox';
import type { TelemetryValue } from './telemetry.model.js';
import type { Payload } from './wire/frame-decoder.js';

/** The latest frame with what the server knows of it. */
export type TelemetryFrame = Static<typeof TelemetryValue>;

/** What a device measures, as the properties of its Thing are called: the frame as a whole, and its values one by one. */
export interface ReadingValues {
  readonly telemetry: TelemetryFrame;
  readonly batteryVoltage: number;
  readonly batterySoc: number;
  readonly batteryCurrent: number;
  readonly batteryPower: number;
  readonly gridPower: number;
  readonly gridVoltage: number;
  readonly gridFrequency: number;
  readonly state: string;
  readonly mode: string;
  readonly errorFlags: string[];
}

/** The values of a device; its frames are their reports. */
export type Readings = States<TelemetryFrame, ReadingValues>;

/** Makes the Readings of a device. */
export const createReadings = defineStates<TelemetryFrame, ReadingValues>({
  batteryVoltage: ({ battery }) => battery.voltage,
  batterySoc: ({ battery }) => battery.soc,
  batteryCurrent: ({ battery }) => battery.current,
  batteryPower: ({ battery }) => battery.power,
  gridPower: ({ grid }) => grid?.power,
  gridVoltage: ({ grid }) => grid?.voltage,
  gridFrequency: ({ grid }) => grid?.frequency,
  state: ({ system_status }) => system_status?.state,
  mode: ({ system_status }) => system_status?.mode,
  errorFlags: ({ system_status }) => system_status?.error_flags,
  telemetry: (frame) => frame,
});

/** {@link Readings} one by one, each the latest and all that follow. */
export type ReadingStreams = { readonly [Name in keyof ReadingValues]: Observable<ReadingValues[Name]> };

/** The streams of Readings. */
export const readingStreams = (readings: Readings): ReadingStreams => ({
  telemetry: readings.part('telemetry'),
  batteryVoltage: readings.part('batteryVoltage'),
  batterySoc: readings.part('batterySoc'),
  batteryCurrent: readings.part('batteryCurrent'),
  batteryPower: readings.part('batteryPower'),
  gridPower: readings.part('gridPower'),
  gridVoltage: readings.part('gridVoltage'),
  gridFrequency: readings.part('gridFrequency'),
  state: readings.part('state'),
  mode: readings.part('mode'),
  errorFlags: readings.part('errorFlags'),
});

/** What the device itself sent, normalised: a frame without what the server added to it. */
export function payloadOf({ receivedAt: _r, quality: _q, zoneAssumed: _z, ...payload }: TelemetryFrame): Payload {
  return payload;
}
