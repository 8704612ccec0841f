/** One message of an event stream. */
export interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** An event stream that is read as it comes. */
export interface Followed extends Disposable {
  readonly response: Response;
  /** All that was read so far. */
  readonly text: string;
  /** The next messages. Rejects if the stream ends before. */
  next(count?: number): Promise<readonly Message[]>;
  /** Reads until the text holds that. */
  until(part: string): Promise<void>;
  /** Resolves when the stream has ended. */
  ended(): Promise<void>;
}

/** Follows an event stream; rejects where there is none. */
export async function follow(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Followed> {
  const leave = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: leave.signal });
  if (!response.ok || !response.body) throw new Error(`${url} answers ${response.status}`);
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let taken = 0;
  const readOn = async (): Promise<void> => {
    const { value, done } = await chunks.read();
    if (done) throw new Error(`the stream ended after ${text}`);
    text += value;
  };
  const nextBlock = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf('\n\n', taken);
      if (end >= 0) {
        const block = text.slice(taken, end);
        taken = end + 2;
        return block;
      }
      await readOn();
    }
  };
  return {
    response,
    get text() {
      return text;
    },
    async next(count = 1) {
      const messages: Message[] = [];
      while (messages.length < count) messages.push(toMessage(await nextBlock()));
      return messages;
    },
    async until(part) {
      while (!text.includes(part)) await readOn();
    },
    async ended() {
      for (;;) {
        const over = await readOn().then(
          () => false,
          () => true,
        );
        if (over) return;
      }
    },
    [Symbol.dispose]: () => leave.abort(),
  };
}

function toMessage(block: string): Message {
  const fieldOf = (field: string): string =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${field}: `))
      ?.slice(field.length + 2) ?? '';
  return { event: fieldOf('event'), id: fieldOf('id'), data: fieldOf('data') };
}
