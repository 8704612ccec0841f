import type { Principal } from '@thingwright/core';

/** What somebody asks for: a Thing of the directory, and whose it is. */
export interface Subject {
  /** The id of the Thing. */
  readonly id: string;
  /** Absent: it belongs to no organization. */
  readonly organization?: string;
}

/** Whether somebody may see how that operation is done: on the affordance of that name, or on the Thing as a whole. */
export type MaySee = (operation: string, affordance?: string) => boolean;

/** Who may do what with registrations. About own Things the policy of their Site is asked, for as long as they are there. */
export interface DirectoryAccess {
  /** Whether somebody may see a registration, and what became of it. */
  maySee(principal: Principal, subject: Subject): boolean;
  /** What of it somebody sees who may see it; undefined: all, as everybody does who may keep it. */
  partOf(principal: Principal, subject: Subject): MaySee | undefined;
  /** Whether somebody may replace, change and remove it. */
  mayKeep(principal: Principal, subject: Subject): boolean;
  /** The organization to which belongs what somebody registers; undefined for who may register nothing. */
  homeOf(principal: Principal): string | undefined;
  /** The organization of an own Thing, by its id. */
  organizationOf(thing: string): string | undefined;
}

/** For programs whose readers may do everything. */
export const OPEN_ACCESS: DirectoryAccess = {
  maySee: () => true,
  partOf: () => undefined,
  mayKeep: () => true,
  homeOf: () => 'default',
  organizationOf: () => undefined,
};
