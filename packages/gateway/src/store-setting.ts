import type { RetentionDefaults } from '@thingwright/store';
import { bytes, type Given, number, refuse, text } from './setting.js';

/** Where and for how long a gateway keeps what it must remember. */
export interface StoreSetting {
  /** URL of a PostgreSQL, with its password; absent: SQLite, in the data folder. Never logged. */
  readonly databaseUrl?: string;
  /** Milliseconds. */
  readonly retention: RetentionDefaults;
  /** Bytes that the files of each organization may amount to; absent: as many as the disk holds. */
  readonly filesQuota?: number;
}

const DAY = 86_400_000;
const days = number({ least: 1, most: 36_500, what: 'a count of days from 1 to 36500' });

/** Reads the settings of the store. @throws ThingError `invalid` that names what will not do, and never the URL's value. */
export function readStoreSetting(given: {
  readonly databaseUrl: Given | undefined;
  readonly historyDays: Given | undefined;
  readonly historyMeansDays: Given | undefined;
  readonly auditDays: Given | undefined;
  readonly filesQuota: Given | undefined;
}): StoreSetting {
  const { databaseUrl: url, historyDays, historyMeansDays, auditDays, filesQuota: quota } = given;
  const databaseUrl = url && text(isDatabaseUrl, 'a URL such as postgres://user:password@host:5432/name')(url);
  const raw = historyDays && days(historyDays) * DAY;
  const means = historyMeansDays && days(historyMeansDays) * DAY;
  if (historyMeansDays && raw !== undefined && means !== undefined && means < raw) {
    return refuse(historyMeansDays, 'less than historyDays: means are there where the values are too old');
  }
  const audit = auditDays && days(auditDays) * DAY;
  const filesQuota = quota && bytes(quota);
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(filesQuota === undefined ? {} : { filesQuota }),
    retention: {
      ...(raw === undefined ? {} : { raw }),
      ...(means === undefined ? {} : { means }),
      ...(audit === undefined ? {} : { audit }),
    },
  };
}

const isDatabaseUrl = (value: string): boolean => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
