let cachedMillisecond = -1;
let cachedText = '';

/** Writes milliseconds since 1970 as the protocol's times: RFC 3339, UTC, `Z`, milliseconds. */
export function timestampOf(milliseconds: number): string {
  if (milliseconds !== cachedMillisecond) {
    cachedText = new Date(milliseconds).toISOString();
    cachedMillisecond = milliseconds;
  }
  return cachedText;
}
