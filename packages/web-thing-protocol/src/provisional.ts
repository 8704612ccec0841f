/**
 * The sub-protocol's name in `Sec-WebSocket-Protocol` and in forms. Provisional in the draft of 24 October 2025, so it stands
 * here and nowhere else.
 */
export const SUBPROTOCOL = 'webthingprotocol';

/** Prefix of the error type URLs, to be followed by the status. Placeholders of the draft (section "Errors"). */
export const ERROR_TYPE_PREFIX = 'https://w3c.github.io/web-thing-protocol/errors#';
