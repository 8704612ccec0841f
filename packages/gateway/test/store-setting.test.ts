import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { readConfiguration } from '../src/index.js';

const DAY = 86_400_000;

describe('The settings of the store', () => {
  const refusal = async (sources: Parameters<typeof readConfiguration>[0]): Promise<ThingError> =>
    readConfiguration(sources).then(
      () => {
        throw new Error('it was not refused');
      },
      (error: unknown) => ThingError.from(error, ''),
    );

  it('are days, kept in milliseconds', async () => {
    const options = { historyDays: '2', historyMeansDays: 40, auditDays: '7' };
    const { retention } = await readConfiguration({ options });
    expect(retention).to.deep.equal({ raw: 2 * DAY, means: 40 * DAY, audit: 7 * DAY });
    expect((await refusal({ options: { historyDays: 0 } })).detail).to.include('--history-days: 0');
    const odd = { historyDays: 30, historyMeansDays: 7 };
    expect((await refusal({ options: odd })).detail)
      .to.include('--history-means-days')
      .and.include('historyDays');
  });

  it('are bytes for the files of an organization, with or without a unit', async () => {
    for (const [given, bytes] of [
      ['50GB', 50e9],
      ['1.5 TiB', 1.5 * 2 ** 40],
      ['8gib', 2 ** 33],
      ['1000', 1000],
      ['0', 0],
      [2000, 2000],
    ] as const) {
      expect((await readConfiguration({ options: { filesQuota: given } })).filesQuota, `${given}`).to.equal(bytes);
    }
    const environment = { THINGWRIGHT_FILES_QUOTA: '20MB' };
    expect((await readConfiguration({ environment })).filesQuota).to.equal(20e6);
    for (const odd of ['', 'much', '-1', '50 apples', '1e9', '99999999999999999', '1,5GB', '9000000TB']) {
      const { detail } = await refusal({ options: { filesQuota: odd } });
      expect(detail, odd).to.include('--files-quota').and.include('50GB');
    }
  });

  it('take a PostgreSQL from a variable or a file, and never from the command line', async () => {
    const url = 'postgres://ada:hush@db.example:5432/lab';
    const environment = { THINGWRIGHT_DATABASE_URL: url };
    expect((await readConfiguration({ environment })).databaseUrl).to.equal(url);
    expect(await readConfiguration({ options: { databaseUrl: url } })).to.not.have.property('databaseUrl');
  });

  it('never show the URL of a database, for its password is in it', async () => {
    for (const url of ['mysql://ada:hush@x/y', 'postgres//ada:hush@x', 'postgres://ada:hush@x:port/']) {
      const error = await refusal({ environment: { THINGWRIGHT_DATABASE_URL: url } });
      expect(error.detail, url).to.include('THINGWRIGHT_DATABASE_URL').and.not.include('hush');
    }
  });
});
