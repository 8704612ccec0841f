/** Evaluates JSONPath queries (RFC 9535), one after the other, in a thread that may be ended at any moment. */
import { parentPort } from 'node:worker_threads';
import { JSONPathEnvironment, JSONPathError } from 'json-p3';
import type { SearchAnswer, SearchQuestion } from './message.js';

/** Matches in `mostBytes` of JSON at most. */
function search({ query, document, mostBytes }: SearchQuestion): SearchAnswer {
  try {
    const root = JSON.parse(new TextDecoder().decode(document));
    const found: string[] = [];
    let size = 2;
    for (const { value } of new JSONPathEnvironment().lazyQuery(query, root)) {
      const text = JSON.stringify(value);
      size += Buffer.byteLength(text) + 1;
      if (size > mostBytes) return { code: 'tooLarge', detail: `The query finds more than ${mostBytes} bytes` };
      found.push(text);
    }
    return { found: `[${found.join(',')}]` };
  } catch (error) {
    if (error instanceof JSONPathError) return { code: 'invalid', detail: `This is no JSONPath: ${error.message}` };
    if (error instanceof RangeError) return { code: 'invalid', detail: 'The query goes too deep' };
    throw error;
  }
}

parentPort?.on('message', (question: SearchQuestion) => parentPort?.postMessage(search(question)));
