import { type Authentication, type Now, type Principal, ThingError } from '@thingwright/core';
import { createSecretMap } from './secret-map.js';

/** How long sessions last, in milliseconds: without a request (`idle`, default 12 h), and at most (`most`, default 7 days). */
export interface SessionLimits {
  readonly idle?: number;
  readonly most?: number;
}

/** A session just opened: the value of its cookie, and when it ends at the latest (milliseconds since 1970). */
export interface OpenedSession {
  readonly value: string;
  readonly end: number;
}

/** Who is logged in with a cookie. In memory: a restart logs everybody out. Disposing ends all. */
export interface Sessions extends Disposable {
  open(principal: Principal): OpenedSession;
  /** Whose session that is, if it lasts; counts as a sign of life. Its signal fires when the session ends. */
  find(value: string): Authentication | undefined;
  /** Ends the session of that Authentication, if it is one, and all connections that stand on it. */
  close(authentication: Authentication): void;
}

interface Session {
  readonly authentication: Authentication;
  readonly ending: AbortController;
  readonly end: number;
  idleEnd: number;
}

const MOST_SESSIONS = 10_000;

/** Makes an empty set of sessions. Those that are over end within a minute, or at the next look. */
export function createSessions(limits: SessionLimits = {}, now: Now = Date.now): Sessions {
  const { idle = 12 * 3_600_000, most = 7 * 24 * 3_600_000 } = limits;
  const sessions = createSecretMap<Session>(MOST_SESSIONS, end);
  const isOver = ({ end: absolute, idleEnd }: Session): boolean => Math.min(absolute, idleEnd) <= now();
  const sweep = (): void => sessions.sweep(isOver).forEach(end);
  const sweeping = setInterval(sweep, 60_000).unref();

  return {
    open(principal) {
      const ending = new AbortController();
      const latest = now() + most;
      const authentication = { principal, ended: ending.signal };
      const value = sessions.add({ authentication, ending, end: latest, idleEnd: now() + idle });
      return { value, end: latest };
    },
    find(value) {
      const session = sessions.get(value);
      if (!session) return undefined;
      if (isOver(session)) {
        sweep();
        return undefined;
      }
      session.idleEnd = now() + idle;
      return session.authentication;
    },
    close(authentication) {
      sessions.sweep((session) => session.authentication === authentication).forEach(end);
    },
    [Symbol.dispose]() {
      clearInterval(sweeping);
      sessions.sweep(() => true).forEach(end);
    },
  };
}

function end({ ending }: Session): void {
  ending.abort(new ThingError('unauthenticated', 'The session is over'));
}
