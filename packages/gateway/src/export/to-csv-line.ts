/** Writes values as a line of CSV (RFC 4180): no value is empty, objects and arrays are JSON. */
export const toCsvLine = (values: readonly unknown[]): string => `${values.map(toField).join(',')}\r\n`;

function toField(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
