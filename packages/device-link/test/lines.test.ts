import { once } from 'node:events';
import { openLines } from '@thingwright/device-link';
import { expect } from 'chai';
import { doorServer } from './door-server.js';
import { rawClient } from './raw-client.js';

describe('Lines', () => {
  it('let go of one whose receiver could not be made', async () => {
    const lines = openLines();
    const failures: unknown[] = [];
    await using server = await doorServer((upgrade) => {
      try {
        lines.accept(upgrade, 'peer', () => {
          throw new Error('on purpose');
        });
      } catch (error) {
        failures.push(error);
      }
    });
    using client = await rawClient(server.port);
    await client.closed;
    expect(failures.map(String)).to.deep.equal(['Error: on purpose']);
    await lines.close(1001, 'over');
    server.server.close();
    await once(server.server, 'close');
  });
});
