import { timingSafeEqual } from 'node:crypto';

/** Whether two passwords are the same, in a time that does not depend on where they differ. */
export function isSamePassword(given: string, known: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(known)];
  return one.length === other.length && timingSafeEqual(one, other);
}
