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
  /** Logs a principal in, whose oldest session ends where it has 100; `lifetime` fires when the session is to end because what it was opened with has ended. */
  open(principal: Principal, lifetime?: AbortSignal): OpenedSession;
  /** Whose session that is, if it lasts; counts as a sign of life. Its signal fires when the session ends. */
  find(value: string): Authentication | undefined;
  /** Ends all connections that stand on sessions of that principal, whose rights are less than before. The sessions last. */
  interrupt(principal: string): void;
  /** Ends the session of that Authentication, if it is one, and all connections that stand on it. */
  close(authentication: Authentication): void;
}

interface Session {
  readonly principal: Principal;
  readonly end: number;
  /** Stops listening to what it was opened with. */
  readonly forget: () => void;
  authentication: Authentication;
  ending: AbortController;
  idleEnd: number;
}

const MOST_SESSIONS = 10_000;
const MOST_OF_ONE = 100;

/** Makes an empty set of sessions. Those that are over end within a minute, or at the next look. */
export function createSessions(limits: SessionLimits = {}, now: Now = Date.now): Sessions {
  const { idle = 12 * 3_600_000, most = 7 * 24 * 3_600_000 } = limits;
  const sessions = createSecretMap<Session>(
    { most: MOST_SESSIONS, mostOfOne: MOST_OF_ONE, ownerOf: ({ principal }) => principal.id },
    end,
  );
  const isOver = ({ end: absolute, idleEnd }: Session): boolean => Math.min(absolute, idleEnd) <= now();
  const sweep = (): void => sessions.sweep(isOver).forEach(end);
  const sweeping = setInterval(sweep, 60_000).unref();

  return {
    open(principal, lifetime) {
      const latest = now() + most;
      const over = (): void => sessions.sweep((one) => one === session).forEach(end);
      const forget = (): void => lifetime?.removeEventListener('abort', over);
      const session: Session = { principal, end: latest, forget, idleEnd: now() + idle, ...begin(principal) };
      const value = sessions.add(session);
      lifetime?.addEventListener('abort', over, { once: true });
      if (lifetime?.aborted) over();
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
    interrupt(principal) {
      for (const session of sessions.values()) {
        if (session.principal.id !== principal) continue;
        const { ending } = session;
        Object.assign(session, begin(session.principal));
        ending.abort(
          new ThingError('unauthenticated', 'Rights were taken away; come in again with those that are left'),
        );
      }
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

function begin(principal: Principal): Pick<Session, 'authentication' | 'ending'> {
  const ending = new AbortController();
  return { ending, authentication: { principal, ended: ending.signal } };
}

function end({ ending, forget }: Session): void {
  forget();
  ending.abort(new ThingError('unauthenticated', 'The session is over'));
}
