/** The id of somebody named on the command line: a name alone is a user's. */
export const toPrincipalID = (name: string): string => (/^(user|service):/.test(name) ? name : `user:${name}`);
