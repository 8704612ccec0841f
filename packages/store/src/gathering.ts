import type { KeptInvocation } from '@thingwright/core';
import { ChangeBuffer } from './change-buffer.js';
import { type AuditRow, type Group, type Hole, type InvocationRow, NO_CHANGES } from './group.js';

/** Records of the audit that wait to be committed. */
const MOST_AUDIT = 10_000;

/** An invocation that is to be written. */
interface TakenInvocation {
  readonly thing: number;
  readonly kept: KeptInvocation;
  /** It was asked for since the group before, and nothing before it tells of it. */
  readonly isNew: boolean;
}

/** A group that is closed and waits to be committed. */
export interface Sealed {
  group: Group;
  /** Of its changes, in memory. */
  bytes: number;
}

/** The group that is gathered now. */
export class Gathering {
  readonly changes = new ChangeBuffer();
  readonly #invocations = new Map<string, TakenInvocation>();
  readonly #forgottenInvocations = new Set<string>();
  #forgottenThings: number[] = [];
  #things: { key: number; id: string }[] = [];
  #names: { key: number; kind: string; name: string }[] = [];
  #holes: Hole[] = [];
  #audit: AuditRow[] = [];
  #lostAudit = 0;
  /** Records in closed groups that are not committed. */
  #sealedAudit = 0;

  get isEmpty(): boolean {
    return (
      this.changes.size === 0 &&
      this.#invocations.size === 0 &&
      this.#forgottenInvocations.size === 0 &&
      this.#forgottenThings.length === 0 &&
      this.#things.length === 0 &&
      this.#names.length === 0 &&
      this.#holes.length === 0 &&
      this.#audit.length === 0
    );
  }

  addThing(key: number, id: string): void {
    this.#things.push({ key, id });
  }

  addName(key: number, kind: string, name: string): void {
    this.#names.push({ key, kind, name });
  }

  /** The audit is told too: it may say of some of those changes that they are done. */
  addHole(hole: Hole, count: number): void {
    this.#holes.push(hole);
    const since = new Date(hole.start / 1000).toISOString();
    this.addAudit(loss(hole.until, `${count} changes since ${since} are lost: the store could not be written`));
  }

  /** Beyond a limit they are only counted. */
  addAudit(row: AuditRow): void {
    if (this.#sealedAudit + this.#audit.length < MOST_AUDIT) this.#audit.push(row);
    else this.#lostAudit++;
  }

  /** Only how it stands when the group is closed is written. */
  keepInvocation(thing: number, kept: KeptInvocation): void {
    const { actionID, state } = kept.status;
    const wasForgotten = this.#forgottenInvocations.delete(actionID);
    const isNew = this.#invocations.get(actionID)?.isNew ?? (state === 'pending' && !wasForgotten);
    this.#invocations.set(actionID, { thing, kept, isNew });
  }

  /** What is new leaves no trace, lest those fill the memory that are refused while nothing can be committed. */
  forgetInvocation(actionID: string): void {
    const isNew = this.#invocations.get(actionID)?.isNew;
    this.#invocations.delete(actionID);
    if (!isNew) this.#forgottenInvocations.add(actionID);
  }

  forgetThing(key: number): void {
    this.#forgottenThings.push(key);
    for (const [id, { thing }] of this.#invocations) if (thing === key) this.#invocations.delete(id);
  }

  /** Has to be told of each closed group that waits no more. */
  letGo({ group }: Sealed): void {
    this.#sealedAudit -= group.audit.length;
  }

  /** Closes the group, and is empty again. */
  seal(run: string, number: number): Sealed {
    const { bytes } = this.changes;
    const last = this.#audit.at(-1);
    if (this.#lostAudit > 0 && last) {
      this.#audit.push(loss(last.micros, `${this.#lostAudit} records are lost: the store could not be written`));
      this.#lostAudit = 0;
    }
    this.#sealedAudit += this.#audit.length;
    const group: Group = {
      run,
      number,
      things: this.#things,
      names: this.#names,
      changes: this.changes.take(),
      invocations: [...this.#invocations.values()].map(({ thing, kept }) => toRow(thing, kept)),
      forgottenInvocations: [...this.#forgottenInvocations],
      forgottenThings: this.#forgottenThings,
      holes: this.#holes,
      audit: this.#audit,
    };
    this.#invocations.clear();
    this.#forgottenInvocations.clear();
    this.#forgottenThings = [];
    this.#things = [];
    this.#names = [];
    this.#holes = [];
    this.#audit = [];
    return { group, bytes };
  }
}

/** Drops the changes of a closed group, not what the next ones build upon; gives the span that they were in, if any were. */
export function dropChanges(sealed: Sealed): (Hole & { readonly count: number }) | undefined {
  const { micros } = sealed.group.changes;
  sealed.group = { ...sealed.group, changes: NO_CHANGES };
  sealed.bytes = 0;
  if (micros.length === 0) return undefined;
  const start = micros.reduce((least, each) => Math.min(least, each));
  const until = micros.reduce((most, each) => Math.max(most, each));
  return { start, until, count: micros.length };
}

const loss = (micros: number, detail: string): AuditRow => ({
  micros,
  principal: 'system:store',
  address: null,
  thing: null,
  name: null,
  organization: null,
  operation: 'lost',
  affordances: '[]',
  action_id: null,
  result: 'unavailable',
  detail,
});

function toRow(thing: number, { status, invoker, uriVariables, cancelled, called }: KeptInvocation): InvocationRow {
  const { actionID, action, state, timeRequested, timeEnded } = status;
  return {
    id: actionID,
    thing,
    action,
    state,
    cancelled: cancelled ? 1 : 0,
    kept: JSON.stringify({ status, invoker, uriVariables, cancelled, called }),
    requested: Date.parse(timeRequested),
    ended: timeEnded === undefined ? null : Date.parse(timeEnded),
  };
}
