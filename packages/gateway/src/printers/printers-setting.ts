import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { readIdentityRoot } from '@thingwright/printer';
import { type Given, list, refuse } from '../setting.js';

/** How printers are looked for. */
export interface PrintersSetting {
  /** Asked in turn, besides all that announce themselves. */
  readonly printerAddresses?: readonly string[];
  /** The public key that the factory signs identities with; absent: none is verified. */
  readonly printerRoot?: ReturnType<typeof readIdentityRoot>;
}

/** Reads the settings of printers. @throws ThingError `invalid` that names what will not do. */
export async function readPrintersSetting(given: {
  readonly addresses: Given | undefined;
  readonly root: Given | undefined;
}): Promise<PrintersSetting> {
  const { addresses, root } = given;
  return {
    ...(addresses ? { printerAddresses: list(isIPv4, 'an IPv4 address')(addresses) } : {}),
    ...(root ? { printerRoot: await readRoot(root) } : {}),
  };
}

async function readRoot(given: Given): Promise<ReturnType<typeof readIdentityRoot>> {
  const content = await readFile(String(given.value)).catch(() => refuse(given, 'a file that cannot be read'));
  try {
    return readIdentityRoot(content);
  } catch {
    return refuse(given, 'no public key on P-384, as PEM or DER');
  }
}
