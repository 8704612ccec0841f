import type { KeyObject } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { NetworkSettings, TrustedKey, WifiNetwork } from '../management.model.js';
import { createTurns } from '../turns.js';
import { accessID } from '../wire/rsa.js';
import type { ManagerOptions, ManagerSession } from './manager-session.js';
import { addTrust, listTrust, listWifi, networkSettings, trustOwnKey } from './printer-manager.js';

/** What management needs of its device. */
export interface ManagementParts {
  readonly clientKey: KeyObject;
  open(options: ManagerOptions): Promise<ManagerSession>;
  /** Whether the printer trusts our key, or does not any more. */
  trusted(isTrusted: boolean): void;
  /** Asks discovery what the printer is called now. */
  nameNow(): Promise<string>;
}

/** Commands that wait for their turn, for the manager is opened for each; and milliseconds for which they do. */
const MOST_WAITING = 8;
const PATIENCE = 30_000;

/** Manages a printer: who may, what it is called, how it is connected. Each command has a connection of its own. */
export class PrinterManagement {
  readonly #parts: ManagementParts;
  readonly #inTurn = createTurns({ most: MOST_WAITING, patience: PATIENCE });

  constructor(parts: ManagementParts) {
    this.#parts = parts;
  }

  #use<T>(work: (session: ManagerSession) => Promise<T>, password?: string): Promise<T> {
    return this.#inTurn(async () => {
      using session = await this.#open(password);
      return await work(session);
    });
  }

  async #open(password?: string): Promise<ManagerSession> {
    let isUnknown = false;
    try {
      const asked = password === undefined ? undefined : () => password;
      const session = await this.#parts.open({
        password: () => {
          isUnknown = true;
          return asked?.() ?? refuseUnknown();
        },
      });
      if (session.isTrusted) this.#parts.trusted(true);
      return session;
    } finally {
      if (isUnknown) this.#parts.trusted(false);
    }
  }

  /** Has the printer trust our key, by its password; that it does already is as good. */
  authorize(password: string): Promise<void> {
    return this.#use((session) => this.#trust(session), password);
  }

  async #trust(session: ManagerSession): Promise<void> {
    if (!session.isTrusted) await trustOwnKey(session, this.#parts.clientKey);
    this.#parts.trusted(true);
  }

  /** An older firmware renames without an answer: then what it is called afterwards tells. */
  async rename(name: string): Promise<void> {
    try {
      await this.#use((session) => session.ask({ name: 'rename', to: name }));
    } catch (error) {
      if (!(error instanceof ThingError && error.code === 'timeout')) throw error;
      if ((await this.#parts.nameNow()) !== name) throw error;
      return;
    }
    // So that it is seen at once; that it is not yet is no failure.
    await this.#parts.nameNow().catch(() => undefined);
  }

  modifyPassword(old: string, changed: { readonly to: string; readonly clearsKeys: boolean }): Promise<void> {
    const { to, clearsKeys } = changed;
    return this.#use(async (session) => {
      await session.ask({ name: 'passwd', old, new: to, clearsKeys });
      if (clearsKeys) await this.#trustAgain(session, to);
    });
  }

  resetPassword(to: string): Promise<void> {
    return this.#use(async (session) => {
      await session.ask({ name: 'reset_passwd', new: to });
      await this.#trustAgain(session, to);
    });
  }

  /** With all keys ours was cleared: it is put back, over this connection or else by the new password. */
  async #trustAgain(session: ManagerSession, password: string): Promise<void> {
    const { clientKey, trusted } = this.#parts;
    trusted(false);
    try {
      await trustOwnKey(session, clientKey);
    } catch {
      using another = await this.#open(password);
      if (!another.isTrusted) await trustOwnKey(another, clientKey);
    }
    trusted(true);
  }

  /** @throws ThingError `timeout` where the printer has gone with its network, or an older firmware does not answer. */
  async modifyNetwork(settings: Static<typeof NetworkSettings>): Promise<void> {
    const items = networkSettings(settings);
    await this.#use((session) => session.ask({ name: 'network', settings: items }));
  }

  listWifi(): Promise<Static<typeof WifiNetwork>[]> {
    return this.#use(listWifi);
  }

  addTrust(key: { readonly label: string; readonly publicKey: string }): Promise<string> {
    return this.#use((session) => addTrust(session, key));
  }

  listTrust(): Promise<Static<typeof TrustedKey>[]> {
    return this.#use((session) => listTrust(session, this.#parts.clientKey));
  }

  async removeTrust(id: string): Promise<void> {
    await this.#use((session) => session.ask({ name: 'remove_trust', accessID: id }));
    if (id === accessID(this.#parts.clientKey).toString('hex')) this.#parts.trusted(false);
  }
}

function refuseUnknown(): never {
  throw new ThingError('forbidden', 'The printer does not know our key: authorize with its password first');
}
