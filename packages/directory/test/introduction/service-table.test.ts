import { expect } from 'chai';
import type { Answer } from 'dns-packet';
import { createServiceTable } from '../../src/introduction/service-table.js';

const SERVICE = '_wot._tcp.local';
const pointer = (name: string, ttl = 120): Answer => ({ name: SERVICE, type: 'PTR', ttl, data: `${name}.${SERVICE}` });
const srv = (name: string, target = `${name}.local`): Answer => ({
  name: `${name}.${SERVICE}`,
  type: 'SRV',
  data: { target, port: 80 },
});
const txt = (name: string, ...strings: string[]): Answer => ({
  name: `${name}.${SERVICE}`,
  type: 'TXT',
  data: strings.map((text) => Buffer.from(text)),
});
const address = (name: string, data: string): Answer => ({ name: `${name}.local`, type: 'A', data });
const whole = (name: string): Answer[] => [pointer(name), srv(name), txt(name, 'td=/td'), address(name, '192.0.2.7')];

describe('the table of services', () => {
  it('knows an instance once all was told, in whatever order and packets, and asks for what is missing', () => {
    const table = createServiceTable();
    table.hear([pointer('Lamp')], '192.0.2.1');
    expect(table.introductions()).to.deep.equal([]);
    expect(table.questions()).to.deep.equal([
      { name: `Lamp.${SERVICE}`, type: 'SRV' },
      { name: `Lamp.${SERVICE}`, type: 'TXT' },
    ]);
    table.hear([txt('LAMP', 'td=/td'), srv('lamp')], '192.0.2.1');
    expect(table.questions()).to.deep.equal([]);
    expect(table.introductions().map(({ url }) => url)).to.deep.equal(['http://192.0.2.1/td']);
    table.hear([address('lamp', '192.0.2.7')], '192.0.2.1');
    expect(table.introductions().map(({ url }) => url)).to.deep.equal(['http://192.0.2.7/td']);
    table.hear([address('pump', '192.0.2.9'), txt('Pump', 'td=/x'), srv('Pump'), pointer('Pump')], '192.0.2.1');
    expect(table.introductions().map(({ label }) => label)).to.deep.equal(['Lamp', 'Pump']);
  });

  it('leaves the addresses of a host behind with it, and those that nobody could reach', () => {
    const table = createServiceTable();
    const urls = (): readonly string[] => table.introductions().map(({ url }) => url);
    table.hear(whole('Lamp'), '192.0.2.1');
    table.hear([srv('Lamp', 'pump.local')], '192.0.2.1');
    expect(urls()).to.deep.equal(['http://192.0.2.1/td']);
    table.hear([{ name: 'pump.local', type: 'AAAA', data: 'fe80::1' }], '192.0.2.1');
    expect(urls()).to.deep.equal(['http://192.0.2.1/td']);
    table.hear([{ name: 'pump.local', type: 'AAAA', data: '2001:db8::1' }], '192.0.2.1');
    expect(urls()).to.deep.equal(['http://[2001:db8::1]/td']);
  });

  it('forgets an instance that says goodbye, or whose time is over, and asks again before that', () => {
    let now = 0;
    const table = createServiceTable({ now: () => now });
    table.hear([...whole('Lamp'), ...whole('Pump')], '192.0.2.1');
    expect(table.known()).to.have.length(2);
    table.hear([pointer('Pump', 0)], '192.0.2.1');
    expect(table.introductions().map(({ label }) => label)).to.deep.equal(['Lamp']);
    now = 100_000;
    expect(table.questions()).to.have.length(2);
    expect(table.known()).to.deep.equal([]);
    table.hear([pointer('Lamp')], '192.0.2.1');
    expect(table.questions()).to.deep.equal([]);
    now = 219_000;
    table.expire();
    expect(table.introductions()).to.have.length(1);
    now = 220_000;
    table.expire();
    expect(table.introductions()).to.deep.equal([]);
  });

  it('keeps no more instances than it may, of one sender and of all, and none for longer than a day', () => {
    let now = 0;
    const table = createServiceTable({ most: 5, mostOfOne: 3, now: () => now });
    for (const from of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      for (let number = 0; number < 10; number++) table.hear(whole(`x-${from.at(-1)}-${number}`), from);
    }
    expect(table.introductions()).to.have.length(5);
    const alone = createServiceTable({ most: 50, mostOfOne: 3 });
    for (let number = 0; number < 10; number++) alone.hear(whole(`x-${number}`), '192.0.2.1');
    expect(alone.introductions()).to.have.length(3);
    table.hear([pointer('x-1-0', 2 ** 31)], '192.0.2.1');
    now = 86_400_000;
    table.expire();
    expect(table.introductions()).to.deep.equal([]);
  });

  it('lets those who made up many names give way to who has few', () => {
    const table = createServiceTable({ most: 6, mostOfOne: 3 });
    for (const from of ['192.0.2.1', '192.0.2.2']) {
      for (let number = 0; number < 3; number++) table.hear(whole(`x-${from.at(-1)}-${number}`), from);
    }
    const labels = (): readonly unknown[] => table.introductions().map(({ label }) => label);
    table.hear(whole('Lamp'), '192.0.2.3');
    expect(labels()).to.have.length(6).and.include('Lamp');
    for (let number = 3; number < 9; number++) table.hear(whole(`x-1-${number}`), '192.0.2.1');
    expect(labels()).to.have.length(6).and.include('Lamp');
  });

  it('asks for what does not come after longer and longer pauses, until it is told of anew', () => {
    let now = 0;
    const table = createServiceTable({ now: () => now });
    table.hear([pointer('Lamp', 4500)], '192.0.2.1');
    const asked: number[] = [];
    for (now = 0; now < 60_000; now += 500) if (table.questions().length > 0) asked.push(now);
    expect(asked).to.deep.equal([0, 1000, 3000, 7000, 15_000, 31_000]);
    table.hear([pointer('Lamp', 4500)], '192.0.2.1');
    expect(table.questions()).to.have.length(2);
  });

  it('takes nothing for a service that is none', () => {
    const table = createServiceTable();
    table.hear(
      [
        { name: SERVICE, type: 'PTR', ttl: 120, data: 'evil.example' },
        { name: '_http._tcp.local', type: 'PTR', ttl: 120, data: `A.${SERVICE}` },
        { name: SERVICE, type: 'PTR', data: `B.${SERVICE}` },
        srv('A'),
        txt('A', 'td=/td'),
        { name: 'lamp.local', type: 'AAAA', data: 'fe80::1' },
      ],
      '192.0.2.1',
    );
    expect(table.introductions()).to.deep.equal([]);
    expect(table.questions()).to.deep.equal([]);
  });
});
