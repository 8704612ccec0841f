import { type Caller, type ErrorCode, type Principal, ThingError } from '@thingwright/core';
import type { DirectoryAccess } from './access.js';
import type { Asked, DirectoryDesk, Registered } from './directory-desk.js';
import type { Registrations } from './registrations.js';

/** Who wanted to change what in a directory, and what came of it. */
export interface DirectoryRecord {
  readonly principal: Principal;
  readonly from?: Caller;
  /** The id of the Thing; absent for an anonymous TD that got none. */
  readonly id?: string;
  readonly organization?: string;
  readonly operation: 'registerThing' | 'changeThing' | 'removeThing';
  readonly result: 'done' | ErrorCode;
}

/** Is told of every change of a directory, refused ones included. Never throws; is quick. */
export type RecordDirectory = (record: DirectoryRecord) => void;

/** A desk that tells what is done at it. */
export function createRecordedDesk(
  desk: DirectoryDesk,
  {
    recorded,
    registrations,
    access,
  }: { readonly recorded: RecordDirectory; readonly registrations: Registrations; readonly access: DirectoryAccess },
): DirectoryDesk {
  const record = async <T extends Registered | 'created' | 'updated' | void>(
    operation: DirectoryRecord['operation'],
    { caller, id }: Pick<Asked, 'caller'> & { readonly id?: string },
    work: () => Promise<T>,
  ): Promise<T> => {
    const { principal, from } = caller;
    const entry = id === undefined ? undefined : registrations.get(id);
    const organization = entry?.registration.organization ?? access.homeOf(principal);
    const tell = (result: DirectoryRecord['result'], made: string | undefined): void =>
      recorded({
        principal,
        operation,
        result,
        ...(from ? { from } : {}),
        ...(made === undefined ? {} : { id: made }),
        ...(organization === undefined ? {} : { organization }),
      });
    try {
      const done = await work();
      tell('done', id ?? (typeof done === 'object' ? done.id : undefined));
      return done;
    } catch (error) {
      tell(error instanceof ThingError ? error.code : 'failed', id);
      throw error;
    }
  };
  return {
    create: (given, asked) => record('registerThing', asked, () => desk.create(given, asked)),
    put: (id, given, asked) => record('registerThing', { ...asked, id }, () => desk.put(id, given, asked)),
    patch: (id, patch, asked) => record('changeThing', { ...asked, id }, () => desk.patch(id, patch, asked)),
    remove: (id, asked) => record('removeThing', { ...asked, id }, () => desk.remove(id, asked)),
  };
}
