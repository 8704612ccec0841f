/** The id of a device without the scheme of that of its Thing. */
export const bareID = (id: string): string => id.replace(/^urn:uuid:/, '').toLowerCase();
