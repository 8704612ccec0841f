import type { Check, CompileCheck } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { createFrameDecoder, type Decoded, type Dialect } from '@thingwright/telemetry';
import { expect } from 'chai';
import fc from 'fast-check';

const decode = createFrameDecoder(compileCheck);
const checks = new Map<unknown, Check>();
/** For decoders that know nothing yet. */
const compileOnce: CompileCheck = (schema) => {
  const check = checks.get(schema) ?? compileCheck(schema);
  checks.set(schema, check);
  return check;
};

const SENDER = { name: 'ems_001' };
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const read = (value: unknown, dialect?: Dialect): Decoded => decode(bytes(value), { ...SENDER, dialect });

const payloadOf = (value: unknown, dialect?: Dialect) => {
  const decoded = read(value, dialect);
  if (decoded.kind !== 'telemetry') throw new Error(JSON.stringify(decoded));
  return decoded.payload;
};

const GUIDE = { device_id: 'ems_001', timestamp: '2026-02-03T12:00:00Z', battery: { voltage: 53.2, soc: 85 } };
const COMPANION = {
  device_id: 'ems_001',
  timestamp: '2026-01-31T12:00:01Z',
  system_status: { state: 'CHARGING', mode: 'AUTO', error_flags: [], wifi_strength: -45 },
  battery: { voltage: 53.2, current: 10.5, power: 558.6, soc: 85 },
  grid: { voltage: 230.1, power: -200, frequency: 50.0 },
};
const LATER = {
  device_id: 'ems_001',
  timestamp: '2026-02-10T14:25:30.123456',
  battery: {
    soc: 0.57,
    soh: 0.97,
    voltage: 52.1,
    current: -3,
    power_kw: -0.1563,
    temperature_c: 24.5,
    faults: [],
    x: 1,
  },
  grid: { frequency: 50, voltage: 230, power_kw: 1.2, status: 'connected', price: 0.31 },
  solar: { power_ac_kw: 2.1, power_dc_kw: 2.2, energy_today_kwh: 7, irradiance_w_m2: 600 },
  load: { total_load_kw: 0.7, energy_consumed_today_kwh: 4 },
  system: {
    system_state: 'DISCHARGING',
    system_mode: 'SCHEDULED',
    error_flags: ['OVERHEAT'],
    wifi_rssi: -60,
    uptime_seconds: 12,
    firmware_version: '1.2',
    cpu_usage: 12.5,
  },
  economics: { tariff_current: 0.31 },
};

describe('The decoder of frames', () => {
  it("takes the guide's frame and the companion's as they are", () => {
    expect(payloadOf(GUIDE)).to.deep.equal(GUIDE);
    expect(payloadOf(COMPANION)).to.deep.equal(COMPANION);
  });

  it('passes on the text of a frame where that is just what was read, and only there', () => {
    const jsonOf = (value: unknown): string | undefined => {
      const decoded = read(value);
      return decoded.kind === 'telemetry' ? decoded.json : undefined;
    };
    const text = JSON.stringify(COMPANION);
    for (const exact of [text, ` ${text}`, text.replaceAll(',', ', '), text.replace('AUTO', 'Ä€😀')]) {
      expect(jsonOf(exact)).to.equal(exact);
      expect(JSON.parse(exact)).to.deep.equal(payloadOf(exact));
    }
    const others = [
      text.replace('{', '{"device_id":"other",'),
      text.replace('"soc":85', '"soc":{"a":"b"},"soc":85'),
      text.replace('"soc":85', '"soc":1,"soc":85'),
      text.replace('AUTO', '\\u0041UTO'),
      text.replace('"soc"', '"s\\u006fc"'),
      text.replaceAll(',', ',\n'),
      `${text} `,
      JSON.stringify(LATER),
      text.replace('01Z', '01'),
    ];
    for (const other of others) {
      expect(read(other).kind).to.equal('telemetry');
      expect(jsonOf(other)).to.equal(undefined);
    }
  });

  it('T15: takes a frame whose timestamp never changes', () => {
    expect([1, 2, 3].map(() => payloadOf(GUIDE))).to.deep.equal([GUIDE, GUIDE, GUIDE]);
  });

  it('T22: brings the later schema to percent, watts and the normalised keys', () => {
    expect(payloadOf(LATER)).to.deep.equal({
      device_id: 'ems_001',
      timestamp: '2026-02-10T14:25:30.123456Z',
      battery: { soc: 57, soh: 97, voltage: 52.1, current: -3, power: -156.3, temperature: 24.5, faults: [], x: 1 },
      grid: { frequency: 50, voltage: 230, power: 1200, status: 'connected', price: 0.31 },
      solar: { power_ac: 2100, power_dc: 2200, energy_today: 7, irradiance: 600 },
      load: { power: 700, energy_today: 4 },
      system: { cpu_usage: 12.5 },
      system_status: {
        state: 'DISCHARGING',
        mode: 'SCHEDULED',
        error_flags: ['OVERHEAT'],
        wifi_strength: -60,
        uptime: 12,
        firmware_version: '1.2',
      },
      economics: { tariff_current: 0.31 },
    });
  });

  it('T22: recognises a dialect by its keys, never by a value; provisioning overrides it', () => {
    const fraction = { ...GUIDE, battery: { voltage: 50, soc: 0.85 } };
    expect(payloadOf(fraction).battery.soc).to.equal(0.85);
    expect(payloadOf({ ...fraction, system: {} }).battery.soc).to.equal(85);
    expect(payloadOf({ ...fraction, grid: { power_kw: 1 } }).battery.soc).to.equal(85);
    expect(payloadOf(fraction, 'schema-2026-02').battery.soc).to.equal(85);
    expect(payloadOf({ ...fraction, system: {} }, 'ci-2026-01').battery.soc).to.equal(0.85);
  });

  it('T22: reads a time without zone as UTC and says so', () => {
    for (const timestamp of ['2026-02-03T12:00:00', '2026-02-03T12:00:00.5']) {
      const decoded = read({ ...GUIDE, timestamp });
      expect(decoded).to.deep.include({ kind: 'telemetry', zoneAssumed: true });
      expect(payloadOf({ ...GUIDE, timestamp }).timestamp).to.equal(`${timestamp}Z`);
    }
    for (const timestamp of ['2026-02-03T12:00:00Z', '2026-02-03T12:00:00.123+05:30', '2026-02-03T12:00:00-08:00']) {
      expect(read({ ...GUIDE, timestamp })).to.deep.include({ kind: 'telemetry', zoneAssumed: false });
      expect(payloadOf({ ...GUIDE, timestamp }).timestamp).to.equal(timestamp);
    }
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  const members = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`member ${i}`, {}]));
  const BAD: Readonly<Record<string, unknown>> = {
    'text that is not JSON': '{"device_id":',
    'the bare NaN that Python writes':
      '{"device_id":"ems_001","timestamp":"2026-02-03T12:00:00Z","battery":{"voltage":NaN,"soc":1}}',
    'the bare Infinity that Python writes':
      '{"device_id":"ems_001","timestamp":"2026-02-03T12:00:00Z","battery":{"voltage":Infinity,"soc":1}}',
    'a number that is infinite': JSON.stringify({ ...GUIDE, extra: 7 }).replace('7', '1e999'),
    'an array': [GUIDE],
    'two objects': `${JSON.stringify(GUIDE)}${JSON.stringify(GUIDE)}`,
    null: null,
    'a string': '"text"',
    nothing: '',
    'no device_id': { timestamp: GUIDE.timestamp, battery: GUIDE.battery },
    'no timestamp': { device_id: 'ems_001', battery: GUIDE.battery },
    'no battery': { device_id: 'ems_001', timestamp: GUIDE.timestamp },
    'no soc': { ...GUIDE, battery: { voltage: 1 } },
    'a string for a number': { ...GUIDE, battery: { voltage: '53.2', soc: 85 } },
    'a number for a string': { ...GUIDE, device_id: 1 },
    'null for a number': { ...GUIDE, battery: { voltage: 1, soc: 1, current: null } },
    'a string for a number of the later schema': { ...LATER, battery: { ...LATER.battery, soc: '0.5' } },
    'a section that is none': { ...LATER, battery: 5 },
    'a time that is none': { ...GUIDE, timestamp: 'yesterday' },
    'a month that is none': { ...GUIDE, timestamp: '2026-13-03T12:00:00Z' },
    'an unknown status': { ...GUIDE, grid: { status: 'fine' } },
    'an array longer than 64': { ...GUIDE, cells: Array(65).fill(1) },
    'a depth above 6': { ...GUIDE, a: deep(6) },
    'more than 1000 values': { ...GUIDE, extra: members(1000) },
    'bytes that are not UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
    'another device (T17)': { ...GUIDE, device_id: 'ems_002' },
  };
  for (const [what, frame] of Object.entries(BAD)) {
    it(`refuses ${what}`, () => {
      const decoded = Buffer.isBuffer(frame) ? decode(frame, SENDER) : read(frame);
      expect(decoded.kind).to.equal('invalid');
      expect(decoded).to.have.property('reason').that.is.a('string').and.not.empty;
    });
  }

  it('takes what is just within the limits, unknown keys and keys given twice', () => {
    expect(payloadOf({ ...GUIDE, a: deep(5), cells: Array(64).fill(1) })).to.have.property('a');
    expect(payloadOf({ ...GUIDE, extra: members(900) })).to.have.property('extra');
    expect(payloadOf(JSON.stringify(GUIDE).replace('"soc":85', '"soc":1,"soc":85'))).to.deep.equal(GUIDE);
    expect(payloadOf({ ...GUIDE, battery: { voltage: -1, soc: 200 } }).battery, 'suspect, not invalid').to.include({
      soc: 200,
    });
  });

  it('does not let a frame touch prototypes', () => {
    const text = JSON.stringify(LATER).replace('"x":1', '"__proto__":{"polluted":1}');
    const payload = payloadOf(text);
    expect(payload.battery).not.to.have.property('polluted');
    expect({}).not.to.have.property('polluted');
  });

  it('T18: tells acknowledgements from telemetry', () => {
    expect(read({ command_id: 'c1', status: 'rejected', error: 'no' })).to.deep.equal({
      kind: 'acknowledgement',
      acknowledgement: { commandID: 'c1', status: 'rejected', error: 'no' },
    });
    expect(read({ ...GUIDE, command_id: 'c1' }).kind).to.equal('telemetry');
    for (const bad of [
      { command_id: 1, status: 'done' },
      { command_id: 'c' },
      { command_id: 'c', status: 'done', error: 1 },
    ]) {
      expect(read(bad).kind).to.equal('invalid');
    }
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(decode(Buffer.from(data), SENDER).kind).to.equal('invalid');
      }),
    );
    expect(decode(Buffer.from('['.repeat(65_536)), SENDER).kind).to.equal('invalid');
    expect(decode(Buffer.from(`${'{"a":'.repeat(13_000)}1${'}'.repeat(13_000)}`), SENDER).kind).to.equal('invalid');
  });

  it('never throws, whatever the JSON, and takes only what holds the required numbers', () => {
    const section = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.dictionary(fc.constantFrom('voltage', 'soc', 'power_kw'), fc.double()),
    );
    const frame = fc.record(
      {
        device_id: fc.constant('ems_001'),
        timestamp: fc.constant(GUIDE.timestamp),
        battery: section,
        grid: section,
        system: section,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(frame, (value) => {
        const decoded = read(value);
        if (decoded.kind !== 'telemetry') return;
        expect(Number.isFinite(decoded.payload.battery.soc)).to.equal(true);
        expect(Number.isFinite(decoded.payload.battery.voltage)).to.equal(true);
      }),
    );
  });

  it('gives one normalised form for what both dialects say', () => {
    const number = fc.integer({ min: 0, max: 100_000 }).map((n) => n / 1000);
    fc.assert(
      fc.property(number, number, number, (voltage, soc, power) => {
        const first = { ...GUIDE, battery: { voltage, soc, power } };
        const later = { ...GUIDE, battery: { voltage, soc: soc / 100, power_kw: power / 1000 } };
        expect(payloadOf(later).battery.soc).to.be.closeTo(payloadOf(first).battery.soc, 1e-9);
        expect(payloadOf(later).battery.power).to.be.closeTo(power, 1e-9);
      }),
    );
  });

  it('takes a frame in the dialect of its sender, whatever others say in those words', () => {
    const frame = bytes({ ...GUIDE, battery: { voltage: 53, soc: 0.85, power_kw: 1 } });
    const decodeAll = createFrameDecoder(compileOnce);
    for (const dialect of ['ci-2026-01', undefined, 'schema-2026-02', 'ci-2026-01'] as const) {
      const alone = createFrameDecoder(compileOnce)(frame, { ...SENDER, dialect });
      expect(decodeAll(frame, { ...SENDER, dialect })).to.deep.equal(alone);
    }
  });

  it('decodes frames after others as it decodes them alone', () => {
    const value = fc.oneof(
      { weight: 8, arbitrary: fc.double({ noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom('x', '1', '', null, [], ['a'], -0) },
    );
    const time = fc.constantFrom('2026-02-03T12:00:00Z', '2026-02-03T12:00:00', '2026-02-03T12:00:00+01:00', 'now', '');
    const dialect = fc.constantFrom(undefined, 'ci-2026-01' as const, 'schema-2026-02' as const);
    const frame = fc.record(
      {
        device_id: fc.constantFrom('ems_001', 'ems_002'),
        timestamp: time,
        seq: fc.constantFrom(1, 1.5),
        battery: fc.record({ voltage: value, soc: value, power_kw: value }, { requiredKeys: ['voltage', 'soc'] }),
        system_status: fc.record({ state: value, error_flags: value }, { requiredKeys: ['state'] }),
        more: value,
      },
      { requiredKeys: ['device_id', 'timestamp', 'battery'] },
    );
    const one = fc.record({
      frame: fc.oneof(frame, fc.constantFrom(GUIDE, COMPANION)),
      dialect,
      name: fc.constantFrom('ems_001', 'ems_002'),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 12 }), (frames) => {
        const decodeAll = createFrameDecoder(compileOnce);
        for (const { frame, ...sender } of frames) {
          const alone = createFrameDecoder(compileOnce)(bytes(frame), sender);
          expect(decodeAll(bytes(frame), sender)).to.deep.equal(alone);
        }
      }),
    );
  });
});
