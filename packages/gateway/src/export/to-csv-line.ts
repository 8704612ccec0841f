/**
 * Writes values as a line of CSV (RFC 4180): no value is empty, objects and arrays are JSON. A text that a spreadsheet would take for a
 * formula has an apostrophe before it: it may be a stranger's.
 */
export const toCsvLine = (values: readonly unknown[]): string => `${values.map(toField).join(',')}\r\n`;

function toField(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text =
    typeof value === 'object' ? JSON.stringify(value) : typeof value === 'string' ? plain(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const plain = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
