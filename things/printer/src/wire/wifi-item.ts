import { isMembers, parseJSON } from '@thingwright/core';
import { printable } from './printable.js';

/** What a network of a device's Wi-Fi list may be secured with. */
export const WIFI_SECURITIES = ['WPA2-PSK', 'WPA-PSK', 'WEP'] as const;

/** A Wi-Fi network that a device sees (reference, section 4.3). */
export interface WifiItem {
  readonly ssid: string;
  /** Of the access point, `aa:bb:cc:dd:ee:ff`. */
  readonly bssid: string;
  /** dBm, negative. */
  readonly rssi: number;
  readonly isEncrypted: boolean;
  /** Undefined for open networks, and for what the wire has no word for. */
  readonly security: (typeof WIFI_SECURITIES)[number] | undefined;
}

/** Characters; the name of a network has 32 bytes. */
const LONGEST = 64;

/** The text of one entry of the list, without the word `data`. */
export const encodeWifiItem = ({ ssid, bssid, rssi, isEncrypted, security }: WifiItem): string =>
  JSON.stringify({ ssid, bssid, rssi, encrypt: isEncrypted, ...(security === undefined ? {} : { security }) });

/** Reads an entry; undefined where it has no name or no strength. */
export function readWifiItem(text: string): WifiItem | undefined {
  const item = parseJSON(text);
  if (!isMembers(item)) return undefined;
  const { ssid, bssid, rssi, encrypt, security } = item;
  if (typeof ssid !== 'string' || typeof rssi !== 'number' || !Number.isFinite(rssi)) return undefined;
  return {
    ssid: printable(ssid, LONGEST),
    bssid: typeof bssid === 'string' ? printable(bssid, LONGEST) : '',
    rssi,
    isEncrypted: encrypt === true,
    security: WIFI_SECURITIES.find((known) => known === security),
  };
}
