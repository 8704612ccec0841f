import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { NetworkSettings as Settings, TrustedKey, WifiNetwork } from '../management.model.js';
import type { NetworkSettings } from '../wire/network-settings.js';
import { accessID, keyText, readRsaKey } from '../wire/rsa.js';
import { readTrustItem } from '../wire/trust-item.js';
import { readWifiItem } from '../wire/wifi-item.js';
import type { ManagerSession } from './manager-session.js';

/** How keys of ours are called on a printer. */
const OWN_LABEL = 'Thingwright';

/** Has the printer trust our key from now on; that it does already is as good. */
export async function trustOwnKey(session: ManagerSession, clientKey: KeyObject): Promise<void> {
  try {
    await session.ask({ name: 'add_trust', label: OWN_LABEL, key: keyText(clientKey) });
  } catch (error) {
    if (!(error instanceof ThingError && error.code === 'conflict')) throw error;
  }
}

/** Has the printer trust a key; gives by which id. @throws ThingError `invalid` if it is no RSA key of 1024 to 4096 bits. */
export async function addTrust(
  session: ManagerSession,
  { label, publicKey }: { readonly label: string; readonly publicKey: string },
): Promise<string> {
  // Whatever else the text holds, a private key for one, is not sent.
  const key = publicKey.includes('PRIVATE') ? undefined : readRsaKey(publicKey);
  if (!key) throw new ThingError('invalid', 'The key has to be a public RSA key of 1024 to 4096 bits, in PEM');
  await session.ask({ name: 'add_trust', label, key: keyText(key) });
  return accessID(key).toString('hex');
}

/** The keys that the printer trusts; what it says in another form is left out. */
export async function listTrust(session: ManagerSession, clientKey: KeyObject): Promise<Static<typeof TrustedKey>[]> {
  const own = accessID(clientKey).toString('hex');
  return (await session.ask({ name: 'list_trust' })).flatMap((item) => {
    const read = readTrustItem(item);
    return read ? { accessId: read.accessID, label: read.label, type: read.type, own: read.accessID === own } : [];
  });
}

/** The Wi-Fi networks that the printer sees; what it says in another form is left out. */
export async function listWifi(session: ManagerSession): Promise<Static<typeof WifiNetwork>[]> {
  return (await session.ask({ name: 'scan_wifi' })).flatMap((item) => {
    const network = readWifiItem(item);
    if (!network) return [];
    const { ssid, bssid, rssi, isEncrypted, security } = network;
    return { ssid, bssid, rssi, encrypted: isEncrypted, security: security ?? (isEncrypted ? 'unknown' : 'none') };
  });
}

/**
 * Network settings in the terms of the wire (reference, section 4.3). The rest is checked where they are encoded.
 * @throws ThingError `invalid` for what the wire cannot say.
 */
export function networkSettings(settings: Static<typeof Settings>): NetworkSettings {
  const { method, address, prefixLength, gateway, nameServers, interface: name, wifi } = settings;
  const refuse = (what: string): never => {
    throw new ThingError('invalid', `The network settings cannot be sent: ${what}`);
  };
  for (const ip of [address, gateway, ...(nameServers ?? [])]) {
    if (ip !== undefined && !isIPv4(ip)) refuse(`'${ip}' is no IPv4 address`);
  }
  if (wifi?.security !== undefined && wifi.security !== 'none' && wifi.key === undefined) refuse('a key is missing');
  if (wifi?.security === 'none' && wifi.key !== undefined) refuse('an open network has no key');
  const isHost = wifi?.mode === 'host';
  const items: readonly (readonly [string, string | undefined])[] = [
    // A device that is its own access point gives out addresses itself.
    ['method', isHost ? 'internal' : method],
    ['ipaddr', address],
    ['mask', prefixLength?.toString()],
    ['route', gateway],
    ['ns', nameServers?.length ? nameServers.join(',') : undefined],
    ['ifname', name],
    ['wifi_mode', wifi && (wifi.mode ?? 'client')],
    ['ssid', wifi?.ssid],
    ['scan_ssid', wifi?.hidden ? '1' : undefined],
    ['security', wifi?.security === 'none' ? undefined : wifi?.security],
    [wifi?.security === 'WEP' ? 'wepkey' : 'psk', wifi?.key],
  ];
  return new Map(items.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}
