import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeManagerCommand, encodeManagerCommand, type ManagerCommand } from '../../src/wire/manager-command.js';
import { networkFault } from '../../src/wire/network-settings.js';
import { keyText } from '../../src/wire/rsa.js';
import { encodeTrustItem, readTrustItem } from '../../src/wire/trust-item.js';
import { encodeWifiItem, readWifiItem } from '../../src/wire/wifi-item.js';
import { master } from './discovery-packets.js';

const ACCESS_ID = 'a'.repeat(40);
const DHCP = new Map([
  ['method', 'dhcp'],
  ['ssid', 'lab'],
  ['security', 'WPA2-PSK'],
  ['psk', 'longenough'],
]);
const STATIC = new Map([
  ['method', 'static'],
  ['ipaddr', '192.0.2.7'],
  ['mask', '24'],
  ['route', '192.0.2.1'],
  ['ns', '192.0.2.1,192.0.2.2'],
]);

const COMMANDS: readonly (readonly [ManagerCommand, string])[] = [
  [{ name: 'rename', to: 'Bob' }, 'rename\0Bob'],
  [{ name: 'passwd', old: 'a', new: 'b', clearsKeys: true }, 'passwd\0a\0b\0Y'],
  [{ name: 'passwd', old: 'a', new: 'b', clearsKeys: false }, 'passwd\0a\0b\0F'],
  [{ name: 'reset_passwd', new: 'b' }, 'reset_passwd\0b'],
  [{ name: 'network', settings: DHCP }, 'network\0method=dhcp\0ssid=lab\0security=WPA2-PSK\0psk=longenough'],
  [{ name: 'scan_wifi' }, 'scan_wifi'],
  [{ name: 'list_trust' }, 'list_trust'],
  [{ name: 'remove_trust', accessID: ACCESS_ID }, `remove_trust\0${ACCESS_ID}`],
  [
    { name: 'add_trust', label: 'gateway', key: keyText(master.publicKey) },
    `add_trust\0gateway\0${keyText(master.publicKey)}`,
  ],
];
const refused = (command: ManagerCommand) =>
  expect(() => encodeManagerCommand(command))
    .to.throw(ThingError)
    .with.property('code', 'invalid');
/** The fault of settings in which some are replaced; undefined leaves one out. */
const faultWith = (settings: ReadonlyMap<string, string>, changes: Record<string, string | undefined>) => {
  const changed = new Map(settings);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
  }
  return networkFault(changed);
};

describe('Commands to a manager', () => {
  it('4.3: are words with NULs between, and read as they were written', () => {
    for (const [command, text] of COMMANDS) {
      expect(encodeManagerCommand(command)).to.equal(text);
      expect(decodeManagerCommand(text)).to.deep.equal(command);
    }
  });

  it('4.3: are malformed without their arguments, and unknown without a name that is known', () => {
    for (const name of [
      'rename',
      'passwd',
      'passwd\0a\0b',
      'passwd\0a\0b\0X',
      'reset_passwd',
      'add_trust\0x',
      'remove_trust',
    ]) {
      expect(decodeManagerCommand(name)).to.deep.equal({ name: 'malformed' });
    }
    for (const text of ['', 'enable_ssh\0x', 'toString'])
      expect(decodeManagerCommand(text)).to.deep.equal({ name: 'unknown' });
  });

  it('4.5.5: are refused before they are sent where a device would read something else', () => {
    refused({ name: 'rename', to: '' });
    refused({ name: 'rename', to: 'a\0b' });
    refused({ name: 'rename', to: 'a\rb' });
    refused({ name: 'rename', to: 'ä'.repeat(129) });
    refused({ name: 'passwd', old: 'a', new: 'b\0Y', clearsKeys: false });
    refused({ name: 'passwd', old: 'a', new: '', clearsKeys: false });
    refused({ name: 'reset_passwd', new: '' });
    refused({ name: 'add_trust', label: 'a\0b', key: 'x' });
    refused({ name: 'add_trust', label: 'a', key: 'x\0y' });
    refused({ name: 'remove_trust', accessID: 'zz' });
    refused({ name: 'network', settings: new Map([...DHCP, ['psk', 'long=enough']]) });
  });

  it('4.5.5: a device splits a setting at every =', () => {
    expect(decodeManagerCommand('network\0psk=a=b\0method')).to.deep.equal({
      name: 'network',
      settings: new Map([
        ['psk', 'a'],
        ['method', ''],
      ]),
    });
  });

  it('decodes any text without throwing', () => {
    const start = fc.constantFrom('', 'rename\0', 'network\0', 'passwd\0', 'add_trust\0');
    fc.assert(
      fc.property(start, fc.string({ unit: 'binary' }), (name, text) => void decodeManagerCommand(name + text)),
    );
  });
});

describe('Network settings', () => {
  it('4.3, 9.4: are good with a method, addresses, prefix, security and key that fit', () => {
    expect(networkFault(DHCP)).to.equal(undefined);
    expect(networkFault(STATIC)).to.equal(undefined);
    expect(
      networkFault(
        new Map([
          ['wifi_mode', 'host'],
          ['ssid', 'own'],
        ]),
      ),
    ).to.equal(undefined);
  });

  it('4.3, 9.4: have the first key named that is wrong or missing', () => {
    expect(networkFault(new Map())).to.equal('method');
    const wrong: readonly (readonly [ReadonlyMap<string, string>, string, string | undefined])[] = [
      [DHCP, 'method', 'magic'],
      [DHCP, 'security', 'WPA3'],
      [DHCP, 'psk', 'short'],
      [DHCP, 'psk', 'with=equals'],
      [DHCP, 'psk', undefined],
      [DHCP, 'ssid', ''],
      [DHCP, 'ssid', 'x'.repeat(33)],
      [DHCP, 'ssid', 'a\rb'],
      [DHCP, 'cloud', 'x'],
      [STATIC, 'ipaddr', '300.1.1.1'],
      [STATIC, 'mask', '33'],
      [STATIC, 'mask', '255.255.255.0'],
      [STATIC, 'route', undefined],
      [STATIC, 'ns', '192.0.2.1 192.0.2.2'],
    ];
    for (const [settings, key, value] of wrong) expect(faultWith(settings, { [key]: value })).to.equal(key);
    expect(faultWith(DHCP, { security: 'WEP' })).to.equal('wepkey');
  });
});

describe('Entries of lists', () => {
  it('4.3: a trusted key is JSON, or in the older form', () => {
    const item = { accessID: ACCESS_ID, label: 'gateway', type: 'U' };
    expect(encodeTrustItem(item)).to.equal(`{"access_id":"${ACCESS_ID}","label":"gateway","type":"U"}`);
    expect(readTrustItem(encodeTrustItem(item))).to.deep.equal(item);
    expect(readTrustItem(`access_id=${ACCESS_ID}\0label=a=b\0type=A`)).to.deep.equal({
      accessID: ACCESS_ID,
      label: 'a=b',
      type: 'A',
    });
    for (const text of ['', '{', '[]', '{"access_id":1}', 'label=x']) expect(readTrustItem(text)).to.equal(undefined);
  });

  it('4.3: a Wi-Fi network has a name, a strength, and a security unless it is open', () => {
    const item = {
      ssid: 'lab',
      bssid: '00:11:22:33:44:55',
      rssi: -40,
      isEncrypted: true,
      security: 'WPA2-PSK',
    } as const;
    const open = { ...item, isEncrypted: false, security: undefined };
    expect(readWifiItem(encodeWifiItem(item))).to.deep.equal(item);
    expect(encodeWifiItem(open)).to.equal('{"ssid":"lab","bssid":"00:11:22:33:44:55","rssi":-40,"encrypt":false}');
    expect(readWifiItem(encodeWifiItem(open))).to.deep.equal(open);
    for (const text of ['', '{}', '{"ssid":"x"}', '{"ssid":"x","rssi":"-1"}'])
      expect(readWifiItem(text)).to.equal(undefined);
  });

  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
        readTrustItem(text);
        readWifiItem(text);
      }),
    );
  });
});
