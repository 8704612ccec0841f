import type { Log } from '@thingwright/core';
import { expect } from 'chai';
import { type Gateway, openGateway } from '../../src/index.js';

const PASSWORD = 'planted horse battery';
const NEW_PASSWORD = 'planted another battery';

/** A log that keeps all that it is told, at every level. */
function keptLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const keep = (details: object, message?: string): void => {
    const error: unknown = Object.hasOwn(details, 'error') ? Reflect.get(details, 'error') : undefined;
    lines.push(`${message} ${JSON.stringify(details)} ${error instanceof Error ? error.stack : ''}`);
  };
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

describe('Secrets of administration', () => {
  it('stand in the one output that shows them, and in no log, list, audit or later answer', async () => {
    const log = keptLog();
    await using gateway = await openGateway({ port: 0, log });
    const secrets = [PASSWORD, NEW_PASSWORD];
    const made = async (action: string, input: object): Promise<Readonly<Record<string, string>>> => {
      const { text } = await invoke(gateway, action, input);
      const output: Readonly<Record<string, string>> = JSON.parse(text);
      secrets.push(output.secret ?? output.token ?? '');
      return output;
    };
    await invoke(gateway, 'addUser', { name: 'ada', password: PASSWORD });
    await invoke(gateway, 'addUser', { name: 'ada', password: PASSWORD });
    await invoke(gateway, 'addUser', { name: 'bob', password: PASSWORD, title: '' });
    await invoke(gateway, 'setPassword', { principal: 'user:ada', password: NEW_PASSWORD });
    await invoke(gateway, 'setPassword', { principal: 'user:nobody', password: PASSWORD });
    await made('addService', { name: 'reports' });
    await made('rotateCredential', { principal: 'service:reports' });
    const { credential } = await made('issueToken', { principal: 'user:ada' });
    await made('rotateCredential', { principal: 'user:ada', credential, overlapSeconds: 60 });
    await made('provisionDevice', { kind: 'telemetry', name: 'ems_001' });
    await made('rotateToken', { name: 'ems_001' });
    const shown = [
      await invoke(gateway, 'listPrincipals', {}),
      await invoke(gateway, 'listCredentials', { principal: 'user:ada' }),
      await invoke(gateway, 'listDevices', {}),
      await read(gateway, '/things/gateway/actions'),
      await read(gateway, '/things/gateway/properties'),
      await read(gateway, '/audit'),
    ].map(({ text }) => text);
    expect(secrets.every((secret) => secret.length >= 20)).to.equal(true);
    for (const text of [...log.lines, ...shown]) {
      expect(secrets.filter((secret) => text.includes(secret))).to.deep.equal([]);
    }
    expect(log.lines).to.not.deep.equal([]);
  });

  it('are not quoted by the answer to input that will not do', async () => {
    await using gateway = await openGateway({ port: 0 });
    for (const input of [
      { name: 'ada', password: PASSWORD, title: '' },
      { name: 'a b', password: PASSWORD },
      { name: 'ada', password: [PASSWORD] },
      { name: 'ada', password: `${PASSWORD}${'x'.repeat(2000)}` },
    ]) {
      const { status, text } = await invoke(gateway, 'addUser', input);
      expect(status).to.equal(400);
      expect(text).to.not.include(PASSWORD);
    }
  });
});

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function invoke({ url, adminToken }: Gateway, action: string, input: object): Promise<Answered> {
  const answer = await fetch(`${url}/things/gateway/actions/${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return { status: answer.status, text: await answer.text() };
}

async function read({ url, adminToken }: Gateway, path: string): Promise<Answered> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${adminToken}` } });
  expect(answer.status, path).to.equal(200);
  return { status: answer.status, text: await answer.text() };
}
