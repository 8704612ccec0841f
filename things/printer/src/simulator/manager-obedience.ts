import { errorText } from '../wire/device-answer.js';
import { LONGEST_NAME, type ManagerCommand, type NoManagerCommand } from '../wire/manager-command.js';
import { type NetworkSettings, networkFault } from '../wire/network-settings.js';
import { accessID, readRsaKey } from '../wire/rsa.js';
import { encodeTrustItem, type TrustItem } from '../wire/trust-item.js';
import { encodeWifiItem, type WifiItem } from '../wire/wifi-item.js';
import type { PrinterFaults } from './printer-fault.js';
import type { PrinterSelf } from './printer-self.js';
import { isSamePassword } from './same-password.js';

/** The printer that obeys. */
export interface Obedient {
  readonly self: PrinterSelf;
  readonly faults: PrinterFaults;
}

/** Keys that a printer keeps; each is in a file that is written whole. */
const MOST_KEYS = 64;

const OK: readonly string[] = ['ok'];

/** What a simulated printer sees of Wi-Fi networks. */
const NETWORKS: readonly WifiItem[] = [
  { ssid: 'workshop', bssid: '02:00:5e:00:53:01', rssi: -42, isEncrypted: true, security: 'WPA2-PSK' },
  { ssid: 'office', bssid: '02:00:5e:00:53:02', rssi: -61, isEncrypted: true, security: 'WPA-PSK' },
  { ssid: 'attic', bssid: '02:00:5e:00:53:03', rssi: -77, isEncrypted: true, security: 'WEP' },
  { ssid: 'guests', bssid: '02:00:5e:00:53:04', rssi: -80, isEncrypted: false, security: undefined },
];

/** Does what a client asks, and gives the texts of the answer (reference, section 4.3). */
export async function obey(
  command: ManagerCommand | NoManagerCommand,
  { self, faults }: Obedient,
): Promise<readonly string[]> {
  switch (command.name) {
    case 'rename':
      return rename(self, command.to, faults);
    case 'passwd':
      if (!isSamePassword(command.old, self.memory.get('password'))) return [errorText('AUTH_ERROR')];
      return changePassword(self, command.new, command.clearsKeys);
    case 'reset_passwd':
      return changePassword(self, command.new, true);
    case 'network':
      return setNetwork(self, command.settings, faults);
    case 'scan_wifi':
      return [...NETWORKS.map((each) => `data ${encodeWifiItem(each)}`), 'ok'];
    case 'add_trust':
      return addTrust(self, command.label, command.key);
    case 'list_trust':
      return [...trustItems(self).map((each) => `data ${trustText(each, faults)}`), 'ok'];
    case 'remove_trust':
      return removeTrust(self, command.accessID);
    case 'malformed':
      return [errorText('BAD_PARAMS')];
    case 'unknown':
      return [errorText('UNKNOWN_COMMAND')];
  }
}

async function rename(self: PrinterSelf, name: string, faults: PrinterFaults): Promise<readonly string[]> {
  if (name === '' || name.includes('\r') || Buffer.byteLength(name) > LONGEST_NAME) return [errorText('BAD_PARAMS')];
  await self.change({ name });
  return faults.has('noReply') ? [] : OK;
}

async function changePassword(self: PrinterSelf, password: string, clears: boolean): Promise<readonly string[]> {
  if (password === '') return [errorText('BAD_PARAMS')];
  await self.change({ password, ...(clears ? { trusted: [] } : {}) });
  return OK;
}

async function setNetwork(
  self: PrinterSelf,
  settings: NetworkSettings,
  faults: PrinterFaults,
): Promise<readonly string[]> {
  const wrong = networkFault(settings);
  if (wrong !== undefined) return [`er BAD_PARAMS ${wrong}`];
  if (faults.has('networkFailure')) return ['er SUBSYSTEM_ERROR'];
  await self.change({ network: Object.fromEntries(settings) });
  return faults.has('noReply') ? [] : OK;
}

async function addTrust(self: PrinterSelf, label: string, text: string): Promise<readonly string[]> {
  const key = readRsaKey(text);
  const trusted = self.memory.get('trusted');
  if (!key || trusted.length >= MOST_KEYS) return [errorText('BAD_PARAMS')];
  const id = accessID(key).toString('hex');
  if (trusted.some((each) => each.accessID === id)) return [errorText('OPERATION_ERROR')];
  await self.change({ trusted: [...trusted, { accessID: id, label, key: text }] });
  return OK;
}

async function removeTrust(self: PrinterSelf, id: string): Promise<readonly string[]> {
  const trusted = self.memory.get('trusted');
  const left = trusted.filter((each) => each.accessID !== id);
  if (left.length === trusted.length) return [errorText('NOT_FOUND')];
  await self.change({ trusted: left });
  return OK;
}

const trustItems = ({ memory }: PrinterSelf): readonly TrustItem[] =>
  memory.get('trusted').map(({ accessID: id, label }) => ({ accessID: id, label, type: 'U' }));

const trustText = (item: TrustItem, faults: PrinterFaults): string =>
  faults.has('oldTrustList')
    ? `access_id=${item.accessID}\0label=${item.label}\0type=${item.type}`
    : encodeTrustItem(item);
