import { ThingError } from '@thingwright/core';

/** Room for a file that is being written. */
export interface Reservation {
  /** Its size is now this, in bytes. @throws ThingError `tooLarge` if that is more than there is room for. */
  grow(size: number): void;
  /** Gives the room back; twice does no harm. */
  release(): void;
}

/** What the files of organizations amount to, those included that are being written. Bytes. */
export interface FilesQuota {
  usage(organization: string): Promise<number>;
  /** Takes room. @throws ThingError `tooLarge` if there is not so much. */
  reserve(organization: string, size: number): Promise<Reservation>;
  /** A file of that size is gone. */
  release(organization: string, size: number): void;
  /** A file of that size belongs to another organization now, whatever room that has. */
  move(size: number, organizations: { readonly from: string; readonly to: string }): void;
}

interface Account {
  bytes: number;
}

/** Counts on from what `measure` finds for an organization when it is first asked for. */
export function createFilesQuota(
  measure: (organization: string) => Promise<number>,
  limitOf: (organization: string) => number | undefined,
): FilesQuota {
  const accounts = new Map<string, Promise<Account>>();
  const open = (organization: string): Promise<Account> => {
    const known = accounts.get(organization);
    if (known) return known;
    const account = measure(organization).then(
      (bytes) => ({ bytes }),
      (error: unknown) => {
        accounts.delete(organization);
        throw error;
      },
    );
    accounts.set(organization, account);
    return account;
  };

  /** Whoever was never asked for is measured later. */
  const correct = (organization: string, by: number): void => {
    const add = (account: Account): void => {
      account.bytes += by;
    };
    accounts.get(organization)?.then(add, () => undefined);
  };

  return {
    usage: async (organization) => (await open(organization)).bytes,
    async reserve(organization, size) {
      const account = await open(organization);
      let taken = 0;
      const grow = (wanted: number): void => {
        const more = Math.max(0, wanted - taken);
        const limit = limitOf(organization);
        if (limit !== undefined && account.bytes + more > limit) {
          throw new ThingError(
            'tooLarge',
            `The files of '${organization}' may be ${limit} bytes, and are ${account.bytes - taken} without this one`,
          );
        }
        account.bytes += more;
        taken += more;
      };
      grow(size);
      return {
        grow,
        release() {
          account.bytes -= taken;
          taken = 0;
        },
      };
    },
    release: (organization, size) => correct(organization, -size),
    move(size, { from, to }) {
      correct(from, -size);
      correct(to, size);
    },
  };
}
