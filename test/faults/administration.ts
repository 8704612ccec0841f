import { setTimeout as pause } from 'node:timers/promises';
import { isMembers } from '@thingwright/core';
import { ask } from './gateway-requests.js';
import type { PlantedSecrets } from './planted-secrets.js';
import type { Tally } from './tally.js';

/** What an administrator works with. */
export interface AdministrationOptions {
  readonly url: string;
  readonly token: string;
  readonly tally: Tally;
  readonly secrets: PlantedSecrets;
  readonly random: () => number;
}

/** A device or a service that was made, and what opens the door for it; undefined while nobody knows. */
interface Member {
  readonly kind: 'device' | 'service';
  readonly name: string;
  secret: string | undefined;
  /** Whether its removal was acknowledged. */
  removed: boolean | undefined;
  /** Whether something of it was acknowledged that was not looked for since. */
  isNew: boolean;
}

/** Members that there are at the same time, at most. */
const MOST = 16;
/** Attempts that fail count against the address of all of us: 20 a minute, until the gateway starts again. */
const MOST_REFUSED = 5;

/** Provisions, rotates and removes, and knows what was promised. */
export class Administration {
  readonly #options: AdministrationOptions;
  readonly #members: Member[] = [];
  #dead: string[] = [];
  #serial = 0;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  /** Does one thing of what an administrator does. */
  async work(): Promise<void> {
    const { random } = this.#options;
    const present = this.#members.filter(({ removed, secret }) => removed === false && secret !== undefined);
    const chosen = present[Math.floor(random() * present.length)];
    const dice = random();
    try {
      if (!chosen || (dice < 0.5 && present.length < MOST)) await this.#add();
      else if (dice < 0.75) await this.#rotate(chosen);
      else await this.#remove(chosen);
    } catch {
      await pause(50);
    }
  }

  async #add(): Promise<void> {
    const serial = ++this.#serial;
    const kind = serial % 2 === 0 ? 'device' : 'service';
    const member: Member = { kind, name: `${kind}-${serial}`, secret: undefined, removed: undefined, isNew: true };
    this.#members.push(member);
    const { name } = member;
    const output =
      kind === 'device'
        ? await this.#invoke('provisionDevice', { kind: 'telemetry', name })
        : await this.#invoke('addService', { name });
    if (!output) return;
    member.removed = false;
    this.#secret(member, output);
  }

  async #rotate(member: Member): Promise<void> {
    const { kind, name, secret } = member;
    member.secret = undefined;
    const output =
      kind === 'device'
        ? await this.#invoke('rotateToken', { name })
        : await this.#invoke('rotateCredential', { principal: `service:${name}` });
    if (!output) return;
    if (secret !== undefined) this.#dead.push(secret);
    this.#secret(member, output);
  }

  async #remove(member: Member): Promise<void> {
    const { kind, name, secret } = member;
    member.removed = undefined;
    const output =
      kind === 'device'
        ? await this.#invoke('removeDevice', { name })
        : await this.#invoke('removePrincipal', { principal: `service:${name}` });
    if (!output) return;
    member.removed = true;
    member.isNew = true;
    if (secret !== undefined) this.#dead.push(secret);
  }

  #secret(member: Member, output: Readonly<Record<string, unknown>>): void {
    const secret = member.kind === 'device' ? output.token : output.secret;
    if (typeof secret !== 'string') throw new Error(`no secret for ${member.name}`);
    member.secret = this.#options.secrets.plant(`${member.kind} secret`, secret);
    member.isNew = true;
  }

  /** The output of an action of the gateway; undefined if it was refused. */
  async #invoke(action: string, input: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { url, token } = this.#options;
    const { status, body } = await ask(`${url}/things/gateway/actions/${action}`, {
      method: 'POST',
      authorization: `Bearer ${token}`,
      body: input,
    });
    if (status < 300) return isMembers(body.output) ? body.output : body;
    if (status !== 503) this.#options.tally.violate(`${action} was refused with ${status}: ${JSON.stringify(body)}`);
    await pause(50);
    return undefined;
  }

  /** Looks for all that was promised since this was done last, and whether all that is there is there as a whole. */
  async look(): Promise<void> {
    const { tally } = this.#options;
    const [devices, things, services] = await this.#present();
    for (const member of this.#members) {
      const { kind, name, removed, isNew } = member;
      const isThere = (kind === 'device' ? devices : services).has(name);
      if (kind === 'device' && isThere !== things.has(name))
        tally.violate(`half: '${name}' is a device or a Thing, not both`);
      if (removed === undefined) {
        // The answer was cut: it is there or it is not, and from here on it stays so.
        member.removed = !isThere;
        member.isNew = true;
      } else if (isNew) {
        tally.looked('credentials', isThere !== removed, () => `'${name}' is ${isThere ? 'there' : 'gone'}`);
        member.isNew = false;
        if (!removed && member.secret !== undefined) await this.#tryDoor(member.secret, true, name);
      }
    }
    for (const secret of this.#dead.slice(-MOST_REFUSED)) await this.#tryDoor(secret, false, 'a dead credential');
    this.#dead = [];
    for (const gone of this.#members.filter(({ removed, isNew }) => removed === true && !isNew)) {
      this.#members.splice(this.#members.indexOf(gone), 1);
    }
  }

  async #tryDoor(secret: string, isGood: boolean, what: string): Promise<void> {
    const { status } = await ask(`${this.#options.url}/things`, { authorization: `Bearer ${secret}` });
    this.#options.tally.looked('credentials', (status !== 401) === isGood, () => `${what}: the door says ${status}`);
  }

  async #present(): Promise<readonly [ReadonlySet<string>, ReadonlySet<string>, ReadonlySet<string>]> {
    const { url, token } = this.#options;
    const authorization = `Bearer ${token}`;
    const [devices, things, principals] = await Promise.all([
      ask(`${url}/things/gateway/properties/devices`, { authorization }),
      ask(`${url}/things`, { authorization }),
      ask(`${url}/things/gateway/actions/listPrincipals`, { method: 'POST', authorization, body: {} }),
    ]);
    const names = (value: unknown): ReadonlySet<string> =>
      new Set(Array.isArray(value) ? value.map((item: unknown) => nameOf(item)) : []);
    return [
      names(devices.body.value),
      names(things.body.value),
      names(principals.body.value ?? principals.body.output),
    ];
  }
}

/** The name of a device or a service; of a Thing Description the last part of its base. */
function nameOf(item: unknown): string {
  if (!isMembers(item)) return '';
  if (typeof item.name === 'string') return item.name;
  return typeof item.base === 'string' ? (item.base.split('/').at(-2) ?? '') : '';
}
