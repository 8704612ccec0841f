import { ThingError } from '@thingwright/core';

/** Bytes of an answer, as of a message on a WebSocket. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the body of an answer as UTF-8, which a peer may never end: rejects with a ThingError `tooLarge` beyond 16 MiB, and with
 * what the platform says where it breaks.
 */
export async function readText(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    size += piece.value.length;
    if (size > MOST_BYTES) {
      const error = new ThingError('tooLarge', `${response.url}: the answer has more than ${MOST_BYTES} bytes`);
      // It may never confirm that it has stopped.
      reader.cancel(error).catch(() => {});
      throw error;
    }
    text += decoder.decode(piece.value, { stream: true });
  }
  return text + decoder.decode();
}
