import * as t from 'typebox';

const PLAIN = '^[^\\u0000\\r\\n]*$';
const ADDRESS = '^(\\d{1,3}\\.){3}\\d{1,3}$';

/** What people call a printer or a key: the wire takes no NUL and no end of line. */
export const Name = t.String({ minLength: 1, maxLength: 200, pattern: PLAIN });

/** A password of a printer. */
export const Password = t.String({ minLength: 1, maxLength: 200, pattern: PLAIN });

/** What lets our key in, once. */
export const Credential = t.Object({ password: Password });

/** The SHA-1 of a key: how a printer names it. */
export const AccessID = t.String({ pattern: '^[0-9a-f]{40}$' });

/** A key that a printer trusts. */
export const TrustedKey = t.Object({
  accessId: AccessID,
  label: t.String(),
  type: t.String({ description: 'U or A; what they stand for is not known.' }),
  own: t.Boolean({ description: 'It is ours.' }),
});

/** How a Wi-Fi network is secured. */
const WIFI_SECURITY = ['WPA2-PSK', 'WPA-PSK', 'WEP', 'none'] as const;

/** A Wi-Fi network that a printer sees. */
export const WifiNetwork = t.Object({
  ssid: t.String(),
  bssid: t.String(),
  rssi: t.Number({ unit: 'dB[mW]' }),
  encrypted: t.Boolean(),
  security: t.String({ description: 'WPA2-PSK, WPA-PSK, WEP; none for open ones.' }),
});

/** The network settings of a printer, without what stays as it is (reference, section 4.3). */
export const NetworkSettings = t.Object({
  method: t.Enum(['dhcp', 'static']),
  address: t.Optional(t.String({ pattern: ADDRESS, description: 'IPv4; for static.' })),
  prefixLength: t.Optional(t.Integer({ minimum: 1, maximum: 32, description: 'For static.' })),
  gateway: t.Optional(t.String({ pattern: ADDRESS })),
  nameServers: t.Optional(t.Array(t.String({ pattern: ADDRESS }), { maxItems: 8 })),
  interface: t.Optional(t.String({ pattern: '^[a-z0-9]{1,15}$', description: 'Default wlan0.' })),
  wifi: t.Optional(
    t.Object({
      mode: t.Optional(t.Enum(['client', 'host'])),
      ssid: t.String({ minLength: 1, maxLength: 32, pattern: '^[^\\u0000\\r\\n=]*$' }),
      hidden: t.Optional(t.Boolean()),
      security: t.Enum([...WIFI_SECURITY]),
      key: t.Optional(
        t.String({
          minLength: 1,
          maxLength: 64,
          pattern: '^[^\\u0000\\r\\n=]*$',
          description: 'Of WPA or WEP; the wire takes no =.',
        }),
      ),
    }),
  ),
});
