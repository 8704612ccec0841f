import type { LogEntry, LogTail } from './upgrade-table.js';

/** The end of a log, of at most so many characters; the first line may be a part of one. */
export function tailOf(entries: readonly LogEntry[], characters: number): LogTail {
  const texts: string[] = [];
  let left = characters;
  let omitted = entries.length;
  for (let i = entries.length - 1; i >= 0 && left > 0; i--) {
    const text = entries[i]?.text ?? '';
    // Each but the last is followed by a line feed.
    const room = left - (texts.length > 0 ? 1 : 0);
    if (text.length > room) {
      if (room > 0) texts.push(text.slice(-room));
      break;
    }
    texts.push(text);
    left = room - text.length;
    omitted = i;
  }
  return { text: texts.reverse().join('\n'), omitted };
}
