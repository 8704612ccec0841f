/** One message of an event stream. */
export interface StreamedEvent {
  /** `message` where the stream does not say. */
  readonly event: string;
  readonly data: string;
  /** The last id of the stream so far; empty if there was none. */
  readonly id: string;
}

/** What a parser finds, in the order of the stream. */
export interface StreamHandler {
  event(event: StreamedEvent): void;
  /** A comment line, without its colon. */
  comment(text: string): void;
  /** The server wants reconnections to wait so many milliseconds. */
  retry(milliseconds: number): void;
}

/** Characters of one line; a server that sends more is not sending events. */
const MAX_LINE = 16 * 1024 * 1024;

/** The same text on its own: who keeps a piece of a string keeps all of it, and ids are remembered long after their stream's bytes. */
function copyOf(piece: string): string {
  const copy: string = JSON.parse(JSON.stringify(piece));
  return copy;
}

/**
 * Makes a parser of event streams (HTML standard, section 9.2.6), fed with pieces of the bytes as they come: any line ending,
 * cut anywhere. It throws a RangeError for a line without end.
 */
export function createEventStreamParser(handler: StreamHandler): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id = '';

  const dispatch = (): void => {
    if (data.length > 0) handler.event({ event: event || 'message', data: data.join('\n'), id });
    event = '';
    data = [];
  };
  const takeField = (field: string, value: string): void => {
    if (field === 'data') data.push(value);
    else if (field === 'event') event = copyOf(value);
    else if (field === 'id' && !value.includes('\0')) id = copyOf(value);
    else if (field === 'retry' && /^\d+$/.test(value)) handler.retry(Number(value));
  };
  const takeLine = (line: string): void => {
    const colon = line.indexOf(':');
    if (line === '') dispatch();
    else if (colon === 0) handler.comment(line.slice(1).trimStart());
    else if (colon < 0) takeField(line, '');
    else takeField(line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1));
  };

  return (bytes) => {
    rest += decoder.decode(bytes, { stream: true });
    // A carriage return at the end may be half of a line ending.
    const end = rest.endsWith('\r') ? rest.length - 1 : rest.length;
    const lines = rest.slice(0, end).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + rest.slice(end);
    for (const line of lines) takeLine(line);
    if (rest.length > MAX_LINE) throw new RangeError(`A line of the event stream exceeds ${MAX_LINE} characters`);
  };
}
