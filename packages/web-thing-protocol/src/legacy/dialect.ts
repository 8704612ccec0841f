import { SUBPROTOCOL } from '../provisional.js';

/** WebThings' sub-protocol in `Sec-WebSocket-Protocol`. LabThings has none. */
export const WEBTHINGS_SUBPROTOCOL = 'webthing';

/** Path under a Thing's address where LabThings' dialect is spoken. */
export const LABTHINGS_PATH = 'ws';

/** What is spoken on a socket. */
export type Dialect = 'webthingprotocol' | 'webthings' | 'labthings';

/** Where an upgrade came in. */
export interface Door {
  /** `things`: `/things` or `/things/{name}`; `ws`: `/things/{name}/ws`. */
  readonly path: 'things' | 'ws';
  /** Without what the originals do not have: no sub-protocol is refused on `things`. */
  readonly strict: boolean;
}

/** What an upgrade is answered with: a dialect and the sub-protocol to echo, if any; or 400 with that detail. */
export type DialectChoice =
  | { readonly dialect: Dialect; readonly subprotocol: string | undefined; readonly refusal: undefined }
  | { readonly dialect: undefined; readonly refusal: string };

const speak = (dialect: Dialect, subprotocol?: string): DialectChoice => ({ dialect, subprotocol, refusal: undefined });
const refuse = (refusal: string): DialectChoice => ({ dialect: undefined, refusal });

/** Chooses what is spoken on a socket by the sub-protocols that its client offered. */
export function chooseDialect(offered: readonly string[], { path, strict }: Door): DialectChoice {
  if (path === 'ws') {
    const mistaken = offered.find((token) => token === SUBPROTOCOL || token === WEBTHINGS_SUBPROTOCOL);
    return mistaken === undefined
      ? speak('labthings')
      : refuse(`'${mistaken}' is spoken at the address of the Thing itself, without '/${LABTHINGS_PATH}' at its end`);
  }
  if (offered.includes(SUBPROTOCOL)) return speak('webthingprotocol', SUBPROTOCOL);
  if (offered.includes(WEBTHINGS_SUBPROTOCOL)) return speak('webthings', WEBTHINGS_SUBPROTOCOL);
  if (offered.length === 0 && !strict) return speak('webthings');
  return refuse(
    `Offer the sub-protocol '${SUBPROTOCOL}' or '${WEBTHINGS_SUBPROTOCOL}', as in new WebSocket(url, '${WEBTHINGS_SUBPROTOCOL}')`,
  );
}
