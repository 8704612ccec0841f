/** The services of WoT Discovery over TCP (section 6.3), in the domain of the link. */
export const SERVICE = '_wot._tcp.local';

/** Where those are listed as well that are directories. */
export const DIRECTORIES = '_directory._sub._wot._tcp.local';

/** Where a link's services are listed (RFC 6763, section 9). */
export const ALL_SERVICES = '_services._dns-sd._udp.local';

/** Names are the same whatever the case of their ASCII letters. */
export const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
