import type { Security } from '@thingwright/core';
import { TOKEN_PATH } from './oauth-routes.js';

/**
 * The security that the gateway's Thing Descriptions state. Basic for the whole Thing, since the HTTP profiles allow no bare
 * bearer token (Profile 1.0, security-1, and its `name` has to be there): the name and password of a user, or any name and a token or
 * secret. For WebSocket forms Bearer, the access token of a service or a ticket as well. All of them are enforced by `createAuthenticate`.
 */
export const GATEWAY_SECURITY: Security = {
  definitions: {
    basic_sc: { scheme: 'basic', in: 'header', name: 'Authorization' },
    // Opaque tokens: without `format` a reader expects a JWT (TD 1.1, section 5.4).
    bearer_sc: { scheme: 'bearer', in: 'header', name: 'Authorization', format: 'opaque' },
    ticket_sc: { scheme: 'bearer', in: 'query', name: 'access_token', format: 'opaque' },
    // Relative to `base`, as every reference of a TD (TD 1.1, section 5.3.1.1), which is right behind every proxy.
    oauth2_sc: { scheme: 'oauth2', flow: 'client', token: TOKEN_PATH },
    ws_sc: { scheme: 'combo', oneOf: ['basic_sc', 'bearer_sc', 'oauth2_sc', 'ticket_sc'] },
  },
  thing: 'basic_sc',
  websocket: 'ws_sc',
};

/** The profiles that the gateway's Thing Descriptions claim: HTTP Basic and HTTP SSE of WoT Profile 1.0. */
export const GATEWAY_PROFILES: readonly string[] = [
  'https://www.w3.org/2022/wot/profile/http-basic/v1',
  'https://www.w3.org/2022/wot/profile/http-sse/v1',
];
