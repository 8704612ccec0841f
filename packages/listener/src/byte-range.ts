/** A part of a file: from the byte `start`, before the byte `end`. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a file of `size` bytes that a header `Range` asks for (RFC 9110, section 14). Undefined where it does not count: it is not
 * understood, or asks for several parts, which no one has to give; the whole file is the answer then.
 */
export function byteRangeOf(header: string, size: number): Part | 'unsatisfiable' | undefined {
  const asked = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header);
  if (!asked) return undefined;
  const [, first = '', last = ''] = asked;
  if (first === '') return last === '' ? undefined : suffixOf(Number(last), size);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

function suffixOf(length: number, size: number): Part | 'unsatisfiable' {
  if (length === 0 || size === 0) return 'unsatisfiable';
  return { start: Math.max(0, size - length), end: size };
}
