import { once } from 'node:events';
import { openLines, textFrame } from '@thingwright/device-link';
import { expect } from 'chai';
import { callIn, doorServer } from './door-server.js';

describe('A text frame for many', () => {
  it('is understood by a client, at every length of its head', async () => {
    const texts = [
      '',
      'short',
      'x'.repeat(125),
      'x'.repeat(126),
      'ü€'.repeat(300),
      'x'.repeat(65_535),
      'x'.repeat(70_000),
    ];
    await using lines = openLines();
    await using server = await doorServer((upgrade) =>
      lines.accept(upgrade, 'peer', (line) => {
        return {
          frame() {
            for (const text of texts) line.write(textFrame(text));
          },
          closed() {},
        };
      }),
    );
    await using caller = await callIn(`ws://127.0.0.1:${server.port}/x`);
    const heard: string[] = [];
    caller.websocket.on('message', (data, isBinary) => heard.push(isBinary ? 'binary' : data.toString()));
    caller.websocket.send('go');
    while (heard.length < texts.length) await once(caller.websocket, 'message');
    expect(heard).to.deep.equal(texts);
  });
});
