/** The policy of a gateway with many users and Things, asked as core asks it. */
import type { Grant, PolicyQuestion, Principal } from '@thingwright/core';
import { createPolicy } from '@thingwright/gateway';
import { Telemetry } from '@thingwright/telemetry';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { deviceID, deviceName } from '../sample.js';
import { microseconds } from '../wire.js';

const USERS = 1000;
const THINGS = 1000;
const ORGANIZATIONS = 10;

const organizationOf = (n: number): string => `organization ${n % ORGANIZATIONS}`;
const things = Array.from({ length: THINGS }, (_, n) => ({ id: deviceID(n), name: deviceName(n), model: Telemetry }));
const organizations = new Map(things.map(({ id }, n) => [id, organizationOf(n)]));
const policy = createPolicy({ gatewayID: 'urn:uuid:gateway', organizationOf: (id) => organizations.get(id) });

/** So many roles elsewhere, and at the end one in the organization of the Thing with the same number. */
const grantsOf = (n: number, count: number): readonly Grant[] => [
  ...Array.from({ length: count - 1 }, (_, i) => ({
    role: 'viewer',
    organization: organizationOf(n + 1 + (i % (ORGANIZATIONS - 1))),
    affordance: 'batterySoc',
  })),
  { role: 'operator', organization: organizationOf(n) },
];

obey({
  /** Asks whether users with so many grants may read; `foreign` 1: a Thing of another organization. */
  ask(figures) {
    const count = figure(figures, 'grants');
    const questions = figure(figures, 'questions');
    const foreign = figure(figures, 'foreign');
    const users = Array.from({ length: USERS }, (_, n): Principal => {
      return { id: `user:${n}`, kind: 'user', grants: grantsOf(n, count) };
    });
    const asked: PolicyQuestion[] = [];
    for (const [n, principal] of users.entries()) {
      const thing = things[(n + foreign) % THINGS];
      if (thing) asked.push({ principal, thing, operation: 'readproperty', affordance: 'telemetry' });
    }
    for (const question of asked) policy(question);
    let allowed = 0;
    const start = microseconds();
    for (let round = 0; round < questions / USERS; round++) {
      for (const question of asked) if (policy(question)) allowed++;
    }
    return { each: (microseconds() - start) / questions, allowed };
  },
});
