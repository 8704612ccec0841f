/** How a URL became known (WoT Discovery, section 6). */
export type Mechanism = 'direct' | 'well-known' | 'dns-sd' | 'core';

/** What a URL is said to lead to. Its Thing Description itself decides. */
export type IntroducedType = 'Thing' | 'Directory';

/** A URL that is said to lead to a Thing Description: all that Introduction tells. Whoever told it is a stranger. */
export interface Introduction {
  /** Absolute. */
  readonly url: string;
  readonly type: IntroducedType;
  readonly mechanism: Mechanism;
  /** What it is called by whoever told it; for people, and nothing to go by. */
  readonly label?: string;
}

/** Where a server has the Thing Description of itself, or of its directory (WoT Discovery, section 6.1.2). */
export const WELL_KNOWN_PATH = '/.well-known/wot';

/** Where a server has its links in the CoRE Link Format (RFC 6690, section 4). */
export const LINKS_PATH = '/.well-known/core';

/** Merges what several mechanisms told, or one of them several times: each URL once, as it was told first. */
export function mergeIntroductions(...told: readonly (readonly Introduction[])[]): readonly Introduction[] {
  const byURL = new Map<string, Introduction>();
  for (const introduction of told.flat()) {
    const url = withoutFragment(introduction.url);
    if (url !== undefined && !byURL.has(url)) byURL.set(url, { ...introduction, url });
  }
  return [...byURL.values()];
}

/** One spelling of a URL: what comes after `#` never reaches the server. Undefined for what is no URL. */
export function withoutFragment(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href;
}
