import { expect } from 'chai';
import { uuid } from '../fixture.js';
import { type Answered, member, type ServedApi, serveApi } from '../served-api.js';
import { deviceOf } from '../served-upgrader.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (later: number): string => new Date(Date.now() + later).toISOString();

const begin = async (api: ServedApi, scheduled_at: unknown): Promise<Answered> => {
  const { build } = await api.file();
  return api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true, scheduled_at } });
};

describe('a mass upgrade that is scheduled', () => {
  it('waits for its moment, which may be changed until then', async () => {
    await using api = await serveApi({ devices: [deviceOf(1)] });
    const start = at(20 * MINUTE);
    const begun = await begin(api, start);
    expect(begun.status).to.equal(201);
    const batch = `batch-upgrade-operation/${member(begun, 'batch')}/`;
    const shown = async (dialect = 'next') => (await api.ask('GET', `${batch}?dialect=${dialect}`)).body;
    expect(await shown()).to.include({
      status: 'scheduled',
      phase: 'scheduled',
      scheduled_at: start,
      firmwareless: true,
    });
    expect(await shown('union')).to.include({ status: 'idle', scheduled_at: start });
    expect(await shown('upstream')).not.to.have.any.keys('scheduled_at', 'firmwareless');
    expect(await shown('next')).to.have.nested.property('upgradeoperations[0].device', uuid(1, '3'));

    const reschedule = (scheduled_at: unknown, token = 'root') =>
      api.ask('POST', `${batch}reschedule/`, { body: { scheduled_at }, token });
    const later = at(2 * DAY);
    expect((await reschedule(later, 'operator@lab')).status).to.equal(403);
    expect((await reschedule(later)).body).to.include({ scheduled_at: later, phase: 'scheduled' });
    expect((await reschedule(at(0))).body).to.deep.equal({
      scheduled_at: ['The scheduled time must be at least 10 minutes in the future.'],
    });
    expect((await reschedule(null)).body).to.include({ scheduled_at: null, phase: 'ready' });
    expect((await api.ask('POST', `${batch}start/`)).body).to.include({ phase: 'running' });
    expect((await reschedule(later)).status).to.equal(409);
    expect((await api.ask('POST', `${batch}reschedule/`, { body: {} })).body).to.deep.equal({
      scheduled_at: ['This field is required.'],
    });
  });

  it('is refused for a moment that is too soon, too far, or none, and nothing is made', async () => {
    await using api = await serveApi({ devices: [deviceOf(1)] });
    const refused: readonly (readonly [unknown, string])[] = [
      [at(9 * MINUTE), 'The scheduled time must be at least 10 minutes in the future.'],
      [at(181 * DAY), 'The scheduled time cannot be more than 180 days in the future.'],
      ['tomorrow', 'Enter a valid date/time.'],
    ];
    for (const [moment, text] of refused) {
      const { status, body } = await begin(api, moment);
      expect([status, body]).to.deep.equal([400, { scheduled_at: [text] }]);
    }
    expect((await api.ask('GET', 'batch-upgrade-operation/')).body).to.include({ count: 0 });
    const now = await begin(api, null);
    expect((await api.ask('GET', `batch-upgrade-operation/${member(now, 'batch')}/`)).body).to.include({
      phase: 'running',
      scheduled_at: null,
    });
  });
});
