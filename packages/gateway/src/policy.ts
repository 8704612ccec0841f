import type { Policy } from '@thingwright/core';

/**
 * Who may do what on this gateway: those with the role `admin` may do everything, all others nothing. Devices are let in at
 * their own doors, which ask for the device's identity and not for this.
 */
export const gatewayPolicy: Policy = ({ principal }) => principal.grants.some(({ role }) => role === 'admin');
