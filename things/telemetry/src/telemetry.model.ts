import { defineThing } from '@thingwright/core';
import * as t from 'typebox';

const number = (unit: string, description?: string) => t.Number({ unit, ...(description ? { description } : {}) });
const integer = (unit: string) => t.Integer({ unit });
const strings = () => t.Array(t.String());
const open = { additionalProperties: true };

/**
 * One frame in its normalised form: percent, watts, times with a zone. The physical ranges are not part of it: values
 * outside them are kept and marked.
 */
export const NormalisedTelemetry = t.Object(
  {
    device_id: t.String(),
    timestamp: t.String({ format: 'date-time', description: 'The time of the device.' }),
    seq: t.Optional(t.Integer({ description: 'Rises by one with every frame.' })),
    battery: t.Object(
      {
        voltage: number('V'),
        soc: number('%', 'State of charge.'),
        current: t.Optional(number('A', '+ charge, - discharge')),
        power: t.Optional(number('W', '+ charge, - discharge')),
        soh: t.Optional(number('%', 'State of health.')),
        temperature: t.Optional(number('Cel')),
        cycle_count: t.Optional(t.Integer()),
        faults: t.Optional(strings()),
        warnings: t.Optional(strings()),
      },
      open,
    ),
    grid: t.Optional(
      t.Object(
        {
          voltage: t.Optional(number('V')),
          current: t.Optional(number('A')),
          power: t.Optional(number('W', '+ import, - export')),
          frequency: t.Optional(number('Hz')),
          status: t.Optional(t.Enum(['connected', 'disconnected', 'fault'])),
        },
        open,
      ),
    ),
    solar: t.Optional(
      t.Object(
        {
          power_ac: t.Optional(number('W')),
          power_dc: t.Optional(number('W')),
          energy_today: t.Optional(number('kWh')),
          irradiance: t.Optional(number('W/m2')),
        },
        open,
      ),
    ),
    load: t.Optional(t.Object({ power: t.Optional(number('W')), energy_today: t.Optional(number('kWh')) }, open)),
    system_status: t.Optional(
      t.Object(
        {
          state: t.Optional(t.String({ description: 'For example IDLE, CHARGING, DISCHARGING, FULL, ERROR.' })),
          mode: t.Optional(t.String({ description: 'For example AUTO, MANUAL.' })),
          error_flags: t.Optional(strings()),
          wifi_strength: t.Optional(integer('dBm')),
          uptime: t.Optional(integer('s')),
          firmware_version: t.Optional(t.String()),
        },
        open,
      ),
    ),
  },
  open,
);

/** The latest frame with what the server knows of it. */
export const TelemetryValue = t.Object(
  {
    ...NormalisedTelemetry.properties,
    receivedAt: t.String({ format: 'date-time', description: 'When the server received it.' }),
    quality: t.Enum(['good', 'suspect'], { description: 'suspect: a value is outside its physical range.' }),
    zoneAssumed: t.Optional(
      t.Boolean({ description: 'true: the device states its time without a zone; it was read as UTC.' }),
    ),
  },
  open,
);

/** How the device's connection stands. */
export const Connection = t.Object({
  state: t.Enum(['CONNECTING', 'OPEN', 'CLOSED'], {
    description: 'CONNECTING: dialled in, no frame yet. CLOSED: gone, or silent for too long.',
  }),
  since: t.String({ format: 'date-time' }),
  lastSeen: t.Optional(t.String({ format: 'date-time', description: 'When the last valid frame arrived.' })),
  stale: t.Boolean({ description: 'true: the values are older than they should be.' }),
  rateHz: t.Optional(t.Number({ unit: 'Hz', description: 'From the median period of the last frames.' })),
  skewSeconds: t.Optional(
    t.Number({ unit: 's', description: 'How far the clock of the device is ahead of ours, transmission included.' }),
  ),
  rejected: t.Integer({ description: 'Invalid frames since the server started.' }),
});

/** What is known of a command: whether it was sent, and whether the device showed that it obeyed. */
export const CommandOutcome = t.Object({ delivered: t.Boolean(), confirmed: t.Boolean() });

/** A battery with its inverter and its grid, as it reports itself about once a second. */
export const Telemetry = defineThing({
  title: 'Telemetry device',
  language: 'en',
  description: 'A battery storage that reports its state about once a second.',
  version: '1.0.0',
  properties: {
    telemetry: {
      title: 'Telemetry',
      description: 'The latest frame as a whole.',
      schema: TelemetryValue,
      readOnly: true,
      ignoreChangesOf: ['timestamp', 'seq', 'receivedAt'],
    },
    batteryVoltage: { title: 'Battery voltage', schema: t.Number({ unit: 'V' }), readOnly: true },
    batterySoc: { title: 'State of charge', schema: t.Number({ unit: '%' }), readOnly: true },
    batteryCurrent: {
      title: 'Battery current',
      description: '+ charge, - discharge',
      schema: t.Number({ unit: 'A' }),
      readOnly: true,
    },
    batteryPower: {
      title: 'Battery power',
      description: '+ charge, - discharge',
      schema: t.Number({ unit: 'W' }),
      readOnly: true,
    },
    gridPower: {
      title: 'Grid power',
      description: '+ import, - export',
      schema: t.Number({ unit: 'W' }),
      readOnly: true,
    },
    gridVoltage: { title: 'Grid voltage', schema: t.Number({ unit: 'V' }), readOnly: true },
    gridFrequency: { title: 'Grid frequency', schema: t.Number({ unit: 'Hz' }), readOnly: true },
    state: { title: 'State', schema: t.String(), readOnly: true },
    mode: { title: 'Mode', schema: t.String(), readOnly: true },
    errorFlags: { title: 'Active errors', schema: strings(), readOnly: true },
    connection: {
      title: 'Connection',
      description: 'Changes are told when the state or the staleness changes; a read is always fresh.',
      schema: Connection,
      readOnly: true,
      ignoreChangesOf: ['lastSeen', 'rateHz', 'skewSeconds', 'rejected'],
    },
    lowBatteryThreshold: {
      title: 'Low battery threshold',
      description: 'Below this state of charge the event lowBattery is emitted.',
      schema: t.Number({ unit: '%', minimum: 0, maximum: 100 }),
    },
  },
  actions: {
    setMode: {
      title: 'Set the mode',
      description: 'Confirmed when the device says it is done, or reports the mode or the first word of it.',
      input: t.Object({
        targetMode: t.String({ minLength: 1, maxLength: 64, description: 'For example AUTO, MANUAL_DISCHARGE.' }),
        targetPower: t.Optional(t.Number({ unit: 'W' })),
      }),
      output: CommandOutcome,
    },
    resetError: {
      title: 'Reset errors',
      description: 'Takes the device out of ERROR. Confirmed when it says it is done, or reports no errors.',
      output: CommandOutcome,
    },
    sendCommand: {
      title: 'Send a command',
      description: 'For other verbs of the device. Confirmed only when the device says it is done.',
      input: t.Object({
        action: t.String({ minLength: 1, maxLength: 64 }),
        payload: t.Optional(t.Object({}, open)),
      }),
      output: CommandOutcome,
    },
  },
  events: {
    connected: { title: 'Connected' },
    disconnected: {
      title: 'Disconnected',
      data: t.Object({ code: t.Integer({ description: 'Close code of the socket.' }), reason: t.String() }),
    },
    stale: { title: 'Stale', data: t.Object({ lastSeen: t.String({ format: 'date-time' }) }) },
    recovered: { title: 'Recovered', description: 'Frames arrive again after they had become stale.' },
    errorRaised: { title: 'Error raised', data: t.Object({ flags: strings() }) },
    errorCleared: { title: 'Errors cleared' },
    lowBattery: { title: 'Low battery', data: t.Object({ soc: t.Number({ unit: '%' }) }) },
    invalidFrame: {
      title: 'Invalid frame',
      description: 'A frame was dropped.',
      data: t.Object({
        reason: t.String(),
        count: t.Integer({ description: 'How many were dropped since the server started.' }),
      }),
    },
    suspectValue: {
      title: 'Suspect value',
      description: 'A value outside its physical range was kept; told at most once a minute for each path.',
      data: t.Object({
        path: t.String(),
        value: t.Number({ description: 'In the unit of that path.' }),
        reason: t.String(),
      }),
    },
    duplicateIdentity: {
      title: 'Duplicate identity',
      description: 'Two parties displace each other; the one that was connected stays.',
    },
    commandResult: {
      title: 'Command result',
      data: t.Object({
        commandId: t.String(),
        status: t.Enum(['accepted', 'rejected', 'done', 'unconfirmed', 'disconnected']),
      }),
    },
  },
});
