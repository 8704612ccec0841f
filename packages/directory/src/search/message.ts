/** What the thread of searches is asked. */
export interface SearchQuestion {
  readonly query: string;
  /** JSON in UTF-8. */
  readonly document: Uint8Array;
  /** Bytes of JSON that may be found. */
  readonly mostBytes: number;
}

/** What it answers: an array of what was found as JSON, or why there is none. */
export type SearchAnswer =
  | { readonly found: string }
  | { readonly code: 'invalid' | 'tooLarge'; readonly detail: string };
