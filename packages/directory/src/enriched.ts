import type { Members } from '@thingwright/core';

/** The JSON-LD context of what a directory adds to a TD. */
export const DISCOVERY_CONTEXT = 'https://www.w3.org/2022/wot/discovery';

const TD_CONTEXT = /^https:\/\/www\.w3\.org\/(?:2019\/wot\/td\/v1|2022\/wot\/td\/v1\.1)$/;

/** What a directory says of a registration (Discovery, section 7.3.1.2). */
export interface RegistrationInformation {
  readonly created: string;
  readonly modified: string;
  readonly expires?: string;
  readonly ttl?: number;
}

/** An enriched TD: with its id, the discovery context and its registration. */
export function enrich(td: Members, id: string, { created, modified, expires, ttl }: RegistrationInformation): Members {
  const { registration: _, ...own } = td;
  return {
    ...own,
    '@context': withDiscovery(td['@context']),
    id,
    registration: {
      created,
      modified,
      ...(expires === undefined ? {} : { expires }),
      ...(ttl === undefined ? {} : { ttl }),
    },
  };
}

/** An enriched TD with room for the moment of its retrieval, at the very end of its JSON. */
export const withRetrieval = (enriched: Members): Members => ({
  ...enriched,
  registration: { ...Object(enriched.registration), retrieved: '' },
});

const ENDING = '"}}';

/** JSON of what {@link withRetrieval} gave, up to that moment. */
export const untilRetrieval = (json: Buffer): Buffer => json.subarray(0, -ENDING.length);

/** The rest of that JSON. */
export const retrievedAt = (time: string): string => time + ENDING;

/** Adds the discovery context after those of the TD itself; what comes after it may say otherwise of its terms. */
function withDiscovery(context: unknown): unknown {
  const contexts: readonly unknown[] = Array.isArray(context) ? context : context === undefined ? [] : [context];
  if (contexts.includes(DISCOVERY_CONTEXT)) return context;
  const own = contexts.findLastIndex((each) => typeof each === 'string' && TD_CONTEXT.test(each)) + 1;
  return [...contexts.slice(0, own), DISCOVERY_CONTEXT, ...contexts.slice(own)];
}
