/** One message of an event stream. */
export interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
  /** Comments before it, keep-alives left out. */
  readonly comments: readonly string[];
}

/** An open event stream: a strict parser that keeps the text as it came. */
export interface Stream extends Disposable {
  readonly response: Response;
  /** All that came so far. */
  readonly text: string;
  /** The next `count` messages. Rejects if the stream ends before. */
  next(count?: number): Promise<readonly Message[]>;
  /** Resolves when the text holds that. */
  until(text: string): Promise<void>;
  /** Resolves when the server has ended the stream, or cut it. */
  ended(): Promise<void>;
}

/** Opens an event stream; throws what is no good answer. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal });
  if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let read = 0;
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    text += value ?? '';
    return !done;
  };
  const stream: Stream = {
    response,
    get text() {
      return text;
    },
    async next(count = 1) {
      const messages: Message[] = [];
      while (messages.length < count) {
        const end = text.indexOf('\n\n', read);
        if (end < 0) {
          if (!(await more())) throw new Error(`the stream ended after ${text}`);
          continue;
        }
        messages.push(parse(text.slice(read, end)));
        read = end + 2;
      }
      return messages;
    },
    async until(part) {
      while (!text.includes(part)) if (!(await more())) throw new Error(`the stream ended after ${text}`);
    },
    async ended() {
      while (await more());
    },
    [Symbol.dispose]() {
      abort.abort();
    },
  };
  return stream;
}

function parse(block: string): Message {
  const lines = block.split('\n');
  const field = (name: string): string => {
    const line = lines.find((candidate) => candidate.startsWith(`${name}:`));
    if (line === undefined) throw new Error(`no ${name} in ${JSON.stringify(block)}`);
    return line.slice(name.length + 1).replace(/^ /, '');
  };
  const comments = lines.filter((line) => line.startsWith(': ')).map((line) => line.slice(2));
  return { event: field('event'), id: field('id'), data: field('data'), comments };
}
