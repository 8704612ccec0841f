import {
  type Link,
  type Receiver,
  readUpgradeNews,
  type UpgradableState,
  type UpgradeNews,
  type UpgradeOrder,
} from '@thingwright/device-link';
import { type Observable, Subject } from 'rxjs';

/** What a driver hears of its device: what that says, and `gone` when its connection is. */
export type Heard = UpgradeNews | { readonly type: 'gone' };

/** What a driver and its device say to each other; one at a time for a device. */
export interface Conversation {
  /** What it said last of itself, over the connection that it has now. */
  readonly state: UpgradableState | undefined;
  /** False if the device is not there. */
  say(order: UpgradeOrder): boolean;
  /** The next thing that is heard; undefined when the signal fires first. */
  hear(signal: AbortSignal): Promise<Heard | undefined>;
  end(): void;
}

/** The devices that dialled in, by the UUIDs of their Things. */
export interface UpgradableLinks {
  /** Takes a new link of a device. */
  attach(id: string, link: Link): Receiver;
  state(id: string): UpgradableState | undefined;
  /** The local name of a device that is there. */
  name(id: string): string | undefined;
  talk(id: string): Conversation;
  /** The id of a device that came, went, or told of itself. */
  readonly changes: Observable<string>;
}

interface Present {
  readonly link: Link;
  state: UpgradableState | undefined;
}

/** Messages that wait for a driver; a device that says more is not listened to. */
const MOST_WAITING = 200;

/** Makes UpgradableLinks, of nobody. */
export function upgradableLinks(): UpgradableLinks {
  const present = new Map<string, Present>();
  const listeners = new Map<string, (heard: Heard) => void>();
  const changes = new Subject<string>();

  return {
    changes: changes.asObservable(),
    state: (id) => present.get(id)?.state,
    name: (id) => present.get(id)?.link.name,
    attach(id, link) {
      const own: Present = { link, state: undefined };
      present.set(id, own);
      return {
        frame(data, isBinary) {
          const news = isBinary ? undefined : readUpgradeNews(data.toString());
          if (!news || present.get(id) !== own) return;
          own.state = stateAfter(news, own.state);
          listeners.get(id)?.(news);
          if (news.type === 'state') changes.next(id);
        },
        closed() {
          if (present.get(id) !== own) return;
          present.delete(id);
          listeners.get(id)?.({ type: 'gone' });
          changes.next(id);
        },
      };
    },
    talk(id) {
      const waiting: Heard[] = [];
      let wake: () => void = () => {};
      const listener = (heard: Heard) => {
        const last = waiting.at(-1);
        // Of progress, only the latest counts.
        if (heard.type === 'progress' && last?.type === 'progress') waiting.pop();
        if (waiting.length < MOST_WAITING) waiting.push(heard);
        wake();
      };
      listeners.set(id, listener);
      return {
        get state() {
          return present.get(id)?.state;
        },
        say: (order) => present.get(id)?.link.send(JSON.stringify(order)) ?? false,
        async hear(signal) {
          if (waiting.length === 0 && !signal.aborted) {
            const done = () => wake();
            signal.addEventListener('abort', done, { once: true });
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            signal.removeEventListener('abort', done);
          }
          return signal.aborted ? undefined : waiting.shift();
        },
        end() {
          if (listeners.get(id) === listener) listeners.delete(id);
        },
      };
    },
  };
}

/** What a device would say of itself now: it does so when it dials in, and not with each step. */
function stateAfter(news: UpgradeNews, before: UpgradableState | undefined): UpgradableState | undefined {
  switch (news.type) {
    case 'state':
      return news;
    case 'installing':
      return before && { ...before, installing: news.upgrade };
    case 'failed':
      return (
        before && {
          ...before,
          installing: null,
          last: { upgrade: news.upgrade, outcome: 'failed', reason: news.reason },
        }
      );
    default:
      return before;
  }
}
