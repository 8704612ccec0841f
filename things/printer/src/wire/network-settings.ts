import { isIPv4 } from 'node:net';

/** Network settings as a device takes them, by the names of the wire (reference, section 4.3). */
export type NetworkSettings = ReadonlyMap<string, string>;

type IsGood = (value: string) => boolean;

const oneOf =
  (...values: readonly string[]): IsGood =>
  (value) =>
    values.includes(value);
const address: IsGood = (value) => isIPv4(value);
/** Bytes of a network's name (IEEE 802.11). */
const LONGEST_SSID = 32;

/** What each key may hold; others are not known. */
const RULES: ReadonlyMap<string, IsGood> = new Map<string, IsGood>([
  ['method', oneOf('dhcp', 'static', 'internal')],
  ['ipaddr', address],
  ['mask', (value) => /^\d{1,2}$/.test(value) && Number(value) <= 32],
  ['route', address],
  ['ns', (value) => value.split(',').every((each) => isIPv4(each))],
  ['ifname', (value) => /^[a-z][a-z\d]{0,14}$/.test(value)],
  ['wifi_mode', oneOf('client', 'host')],
  ['ssid', (value) => value !== '' && Buffer.byteLength(value) <= LONGEST_SSID],
  ['scan_ssid', oneOf('0', '1')],
  ['security', oneOf('WEP', 'WPA-PSK', 'WPA2-PSK')],
  ['wepkey', (value) => /^(.{5}|.{13}|[\da-f]{10}|[\da-f]{26})$/i.test(value)],
  // 8 to 63 printable characters, or the key itself (IEEE 802.11, annex J).
  ['psk', (value) => /^([ -~]{8,63}|[\da-f]{64})$/i.test(value)],
]);

/** Which keys another one asks for. */
function missing(settings: NetworkSettings): string | undefined {
  const security = settings.get('security');
  const needed = [
    ...(settings.get('method') === 'static' ? ['ipaddr', 'mask', 'route', 'ns'] : []),
    ...(settings.get('wifi_mode') === 'host' ? ['ssid'] : []),
    ...(security === undefined ? [] : ['ssid', security === 'WEP' ? 'wepkey' : 'psk']),
  ];
  return needed.find((key) => !settings.has(key));
}

/**
 * The key that is wrong with settings, or missing from them; undefined where nothing is. A device splits at every `=`, so that no
 * value may hold one; nor may it a control character.
 */
export function networkFault(settings: NetworkSettings): string | undefined {
  // A device that is its own access point gives out addresses itself.
  if (!settings.has('method') && settings.get('wifi_mode') !== 'host') return 'method';
  for (const [key, value] of settings) {
    if (/[=\p{Cc}]/u.test(value) || RULES.get(key)?.(value) !== true) return key;
  }
  return missing(settings);
}
