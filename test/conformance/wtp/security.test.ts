import { expect } from 'chai';
import { expectRefusal, expectSuccess } from '../fixture/checks.js';
import { at } from '../fixture/consumer.js';
import { OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';

describe('security and privacy', () => {
  it('WTP-129: a flood is throttled with 429, and other sockets stay responsive', async () => {
    await using house = await openGreenhouse({ limits: { messagesPerSecond: 100 } });
    await using flooder = await house.dial();
    await using bystander = await house.dial();
    for (let n = 0; n < 2000; n++) flooder.send('readproperty', { name: 'wind' });
    expectSuccess(await bystander.ask('readproperty', { name: 'wind' }));
    const refused = await flooder.until(({ error }) => error !== undefined);
    expectRefusal(refused, 429);
  });

  it('WTP-N24: what a caller may do is asked for every affordance', async () => {
    await using house = await openGreenhouse();
    await using operator = await house.dial(OPERATOR);
    await using viewer = await house.dial(VIEWER);
    const write = { name: 'mode', value: 'auto' };
    expectRefusal(await viewer.ask('writeproperty', write), 403);
    expectSuccess(await viewer.ask('readproperty', { name: 'mode' }));
    expectSuccess(await operator.ask('writeproperty', write));
  });

  it('WTP-125: a caller learns nothing of what it may not see: not its name, not its values, not its events', async () => {
    await using house = await openGreenhouse();
    await using viewer = await house.dial(VIEWER);
    await viewer.ask('observeallproperties');
    await viewer.ask('subscribeallevents');
    house.vent.note.set('the key is under the mat');
    house.vent.jammed.next({ angle: 66 });
    await viewer.ask('readallproperties');
    await viewer.ask('queryallactions');
    expect(viewer.texts.join()).not.to.match(/under the mat|"note"|jammed/);
    const td = JSON.stringify(await house.td(VIEWER));
    expect(td).to.include('wind');
    expect(td).not.to.match(/"note"|jammed/);
  });

  it('WTP-125: the id of a Thing tells nothing about it', async () => {
    await using house = await openGreenhouse();
    expect(at(await house.td(), 'id')).to.match(/^urn:uuid:[0-9a-f-]{36}$/);
  });

  it('WTP-130: a page of a foreign origin cannot connect with what a browser adds by itself', async () => {
    await using house = await openGreenhouse();
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(house.socketUrl, ['webthingprotocol'], {
      headers: { origin: 'https://evil.example' },
    });
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      socket.on('open', () => resolve('open'));
      socket.on('error', () => undefined);
    });
    socket.terminate();
    expect(status).to.be.oneOf([401, 403]);
  });

  it('WTP-130: a message too big ends its own socket alone', async () => {
    await using house = await openGreenhouse({ limits: { frameSize: 1000 } });
    await using greedy = await house.dial();
    await using bystander = await house.dial();
    greedy.send('writeproperty', { name: 'note', value: 'x'.repeat(2000) });
    expect(await greedy.closed).to.equal(1009);
    expectSuccess(await bystander.ask('readproperty', { name: 'wind' }));
  });
});
