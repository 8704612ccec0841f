import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { HELLO, letIn, member, UUID } from '../served-scanner.js';
import { serveManager } from './served-manager.js';

const NEW = { name: 'Low field', description: 'In the cellar' };
const MISSING = '00000000-0000-4000-8000-000000000000';

describe('The device manager', () => {
  it('lists devices in its own words, those that the caller may see', async () => {
    await using served = await serveManager();
    const mri = {
      name: 'mri',
      description: 'mri',
      status: 'OFFLINE',
      device_name: null,
      serial_number: null,
      manufacturer: null,
      modality: null,
      site: null,
      parameter: {},
      id: UUID,
      datetime_created: '2026-03-01T10:00:00.000Z',
      datetime_updated: null,
    };
    for (const path of ['/', '']) {
      const { status, body, headers } = await served.call(`GET ${path}`, { as: 'viewer' });
      expect([status, body]).to.deep.equal([200, [mri]]);
      expect(headers.get('content-type')).to.match(/^application\/json/);
    }
    expect((await served.call('GET /', { as: 'nobody' })).body).to.deep.equal([]);
    expect(await served.call(`GET /${UUID}`, { as: 'viewer' })).to.deep.include({ status: 200, body: mri });
    expect((await served.call(`GET /${UUID.toUpperCase()}`)).status).to.equal(200);
  });

  it('shows what a device reports', async () => {
    await using served = await serveManager();
    await using raw = await letIn(served);
    await raw.send({
      command: 'register',
      data: {
        device_name: 'sim',
        serial_number: '1',
        manufacturer: 'x',
        modality: 'MRI',
        site: null,
        parameter: { a: 1 },
      },
    });
    const { body } = await served.call(`GET /${UUID}`);
    const reported = { device_name: 'sim', serial_number: '1', manufacturer: 'x', modality: 'MRI', site: null };
    expect(body).to.deep.include({ ...reported, status: 'ONLINE', parameter: { a: 1 } });
  });

  it('says that a device is not there, also to those who may not see it', async () => {
    await using served = await serveManager();
    const asked: readonly [line: string, as: string][] = [
      [`GET /${MISSING}`, 'admin'],
      [`GET /${UUID}`, 'nobody'],
      [`DELETE /${MISSING}`, 'admin'],
      [`DELETE /${UUID}`, 'nobody'],
      [`PUT /parameter/${MISSING}`, 'admin'],
      [`PUT /parameter/${UUID}`, 'nobody'],
    ];
    for (const [line, as] of asked) {
      const { status, body } = await served.call(line, { as, ...(line.startsWith('PUT') ? { body: {} } : {}) });
      expect([line, status, body]).to.deep.equal([line, 404, { detail: 'Device not found' }]);
    }
    for (const line of ['GET /7', 'DELETE /ws', 'PUT /parameter/..x', `GET /${UUID}0`]) {
      const { status, body } = await served.call(line, line.startsWith('PUT') ? { body: {} } : {});
      expect([line, status, body]).to.deep.equal([line, 422, { detail: "'device_id' has to be a UUID" }]);
    }
  });

  it('creates a device and shows its token this once', async () => {
    await using served = await serveManager();
    const { status, headers, body } = await served.call('POST /createdevice', {
      body: { ...NEW, status: null, colour: 'red' },
    });
    expect(status).to.equal(200);
    expect(headers.get('content-disposition')).to.equal('attachment; filename="device_credentials.json"');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(Object.keys(Object(body))).to.deep.equal(['device_token', 'device_id']);
    const made = await served.call(`GET /${member(body, 'device_id')}`);
    expect(made.body).to.include({ ...NEW, status: 'OFFLINE' });
    expect(JSON.stringify((await served.call('GET /')).body)).to.not.include(member(body, 'device_token'));
    expect(served.count).to.equal(2);
  });

  it('creates none of what it cannot take, and says why', async () => {
    await using served = await serveManager();
    const refused: readonly [body: unknown, status: number, detail: string | RegExp][] = [
      [{ ...NEW, name: '' }, 400, 'The device name must not be empty!'],
      [{ ...NEW, description: '' }, 400, 'The description name must not be empty!'],
      [{ name: 'x' }, 422, /description/],
      [{ ...NEW, name: 7 }, 422, /name must be string/],
      [{ ...NEW, name: 'x'.repeat(201) }, 422, /name/],
      [{ ...NEW, description: 'x'.repeat(2001) }, 422, /description/],
      [{ ...NEW, status: 'HAPPY' }, 422, /status/],
      [[], 422, /object/],
      ['', 422, /is missing/],
      ['{', 422, 'The body is not JSON'],
      ['{"name": NaN}', 422, 'The body is not JSON'],
      ['{"__proto__": {}, "name": "x", "description": "y"}', 422, 'The body is not JSON'],
      [Buffer.from([0x7b, 0xff, 0x7d]), 422, 'The body is not UTF-8'],
      ['['.repeat(10_000), 422, /nested/],
      [{ ...NEW, more: 'x'.repeat(70_000) }, 413, /too large/],
    ];
    for (const [sent, code, detail] of refused) {
      const { status, body } = await served.call('POST /createdevice', { body: sent });
      expect([JSON.stringify(sent).slice(0, 50), status]).to.deep.equal([JSON.stringify(sent).slice(0, 50), code]);
      if (typeof detail === 'string') expect(body).to.deep.equal({ detail });
      else expect(member(body, 'detail')).to.match(detail);
    }
    const typed = await served.call('POST /createdevice', {
      body: 'name=x',
      headers: { 'content-type': 'text/plain' },
    });
    expect(typed.status).to.equal(415);
    expect(served.count).to.equal(1);
  });

  it('keeps no device that could not be labelled', async () => {
    const full = new ThingError('unavailable', 'The disk is full');
    const memory = { recall: () => undefined, keep: () => Promise.reject(full) };
    await using served = await serveManager({ kind: { memory } });
    const { status, body } = await served.call('POST /createdevice', { body: NEW });
    expect([status, body]).to.deep.equal([503, { detail: 'The disk is full' }]);
    expect(served.count).to.equal(1);
  });

  it('B17: replaces the parameter, which the device does not set back', async () => {
    await using served = await serveManager();
    await using raw = await letIn(served);
    await raw.send({ command: 'register', data: { parameter: { larmor_frequency: 1, gain: 2 } } });
    const { status, body } = await served.call(`PUT /parameter/${UUID}`, {
      as: 'operator',
      body: { larmor_frequency: 3 },
    });
    expect([status, member(body, 'parameter'), member(body, 'id')]).to.deep.equal([200, { larmor_frequency: 3 }, UUID]);
    await raw.send({ command: 'register', data: { parameter: { larmor_frequency: 1 } } });
    expect((await served.call(`GET /${UUID}`)).body).to.deep.include({ parameter: { larmor_frequency: 3 } });
    for (const wrong of ['[]', '7', 'null', '"x"', '']) {
      const refused = await served.call(`PUT /parameter/${UUID}`, { body: wrong });
      expect([wrong, refused.status, refused.body]).to.deep.equal([
        wrong,
        422,
        { detail: 'The body has to be a JSON object' },
      ]);
    }
    const large = await served.call(`PUT /parameter/${UUID}`, { body: { a: 'x'.repeat(200_000) } });
    expect([large.status, member(large.body, 'detail')]).to.deep.equal([
      413,
      "'mri' takes parameters of at most 131072 characters",
    ]);
    expect((await served.call(`PUT /parameter/${UUID}`, { body: { a: 'x'.repeat(1_100_000) } })).status).to.equal(413);
    expect((await served.call(`GET /${UUID}`)).body).to.deep.include({ parameter: { larmor_frequency: 3 } });
  });

  it('B21: deletes a device with its connection', async () => {
    await using served = await serveManager();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const { status, body } = await served.call(`DELETE /${UUID}`);
    expect([status, body]).to.deep.equal([204, undefined]);
    expect((await raw.closed).code).to.equal(1008);
    expect((await served.call(`GET /${UUID}`)).status).to.equal(404);
    expect((await served.call(`DELETE /${UUID}`)).status).to.equal(404);
    expect((await served.call('GET /')).body).to.deep.equal([]);
  });

  it('lets nobody in who is not known, and reads no body of theirs', async () => {
    await using served = await serveManager();
    const lines = [
      'GET /',
      `GET /${UUID}`,
      `DELETE /${UUID}`,
      'POST /createdevice',
      `PUT /parameter/${UUID}`,
      'POST /start_scan_via_websocket',
    ];
    for (const line of lines) {
      const body = line.startsWith('P') ? { body: '{' } : {};
      const wrong = await served.call(line, { as: 'wrong', ...body });
      expect([line, wrong.status, wrong.body]).to.deep.equal([line, 401, { detail: 'Invalid token.' }]);
      const none = await served.call(line, { as: '', ...body });
      expect([line, none.status, none.body]).to.deep.equal([line, 401, { detail: 'Not authenticated' }]);
      expect(none.headers.get('www-authenticate')).to.equal('Bearer');
    }
    const open = await served.call('GET /health/readiness', { as: '' });
    expect([open.status, open.body]).to.deep.equal([200, { status: 'ok' }]);
  });

  it('B22: has viewers look, operators set and start, admins create and delete', async () => {
    await using served = await serveManager();
    const task = {
      id: MISSING,
      task_type: 'ACQUISITION',
      name: 'x',
      device_id: UUID,
      sequence: { name: 'x', seq_file: '' },
    };
    const attempts: readonly [line: string, body: unknown, codes: readonly [viewer: number, operator: number]][] = [
      ['POST /createdevice', NEW, [403, 403]],
      [`DELETE /${UUID}`, undefined, [403, 403]],
      [`PUT /parameter/${UUID}`, { a: 1 }, [403, 200]],
      ['POST /start_scan_via_websocket', task, [403, 503]],
    ];
    for (const [line, body, [viewer, operator]] of attempts) {
      const answers = [
        await served.call(line, { as: 'viewer', body }),
        await served.call(line, { as: 'operator', body }),
      ];
      expect([line, ...answers.map(({ status }) => status)]).to.deep.equal([line, viewer, operator]);
    }
    expect(served.count).to.equal(1);
  });

  it('tells nothing of its own failures', async () => {
    const secret = 'the database is at 10.0.0.7';
    await using served = await serveManager({ findSequence: () => Promise.reject(new Error(secret)) });
    const task = { id: MISSING, task_type: 'ACQUISITION', name: 'x', device_id: UUID, sequence_id: 'f'.repeat(24) };
    const { status, body } = await served.call('POST /start_scan_via_websocket', { body: task });
    expect([status, body]).to.deep.equal([500, { detail: 'Something went wrong in the server' }]);
  });

  it('is not impressed by a flood', async () => {
    await using served = await serveManager();
    const flood = Array.from({ length: 300 }, (_, i) =>
      served.call(i % 2 ? 'GET /' : 'POST /createdevice', {
        as: i % 3 ? 'viewer' : '',
        ...(i % 2 ? {} : { body: NEW }),
      }),
    );
    const codes = new Set((await Promise.all(flood)).map(({ status }) => status));
    expect([...codes].sort()).to.deep.equal([200, 401, 403]);
    expect(served.count).to.equal(1);
  });
});
