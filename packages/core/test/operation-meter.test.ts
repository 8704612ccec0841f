import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import { compileCheck } from '../src/checks/index.js';
import { ANONYMOUS, createMeter, createSite, defineThing, expose, ThingError, type Traced } from '../src/index.js';

const Lamp = defineThing({
  title: 'Lamp',
  properties: { on: { schema: t.Boolean(), readOnly: true }, level: { schema: t.Integer() } },
  actions: { blink: {}, burn: { synchronous: true } },
});
const lamp = expose(Lamp, () => ({
  properties: { on: of(true), level: { value: of(1), write: async () => undefined } },
  actions: {
    blink: () => undefined,
    burn: async () => {
      throw new Error('it is hot');
    },
  },
}));
const context = { principal: ANONYMOUS };
const onSocket = { ...context, binding: 'websocket' };

const thrownBy = async (run: () => unknown): Promise<unknown> => {
  try {
    return await run();
  } catch (error) {
    return error;
  }
};

describe('the operations of a site', () => {
  it('are counted by name, binding and result, those that answer at once and those that answer later', async () => {
    const meter = createMeter();
    await using site = createSite({ compileCheck, meter });
    const thing = site.add('lamp', lamp);
    await thing.request({ op: 'readproperty', name: 'on' }, onSocket);
    await thing.request({ op: 'readproperty', name: 'on' }, onSocket);
    await thing.request({ op: 'readproperty', name: 'on' }, context);
    await thing.request({ op: 'writeproperty', name: 'level', value: 2 }, onSocket);
    await thrownBy(() => thing.request({ op: 'readproperty', name: 'off' }, onSocket));
    await thrownBy(() => thing.request({ op: 'invokeaction', name: 'burn' }, onSocket));
    const total = (operation: string, binding: string, result: string) =>
      meter.read('thingwright_operations_total', { operation, binding, result });
    expect(total('readproperty', 'websocket', 'done')).to.equal(2);
    expect(total('readproperty', 'program', 'done')).to.equal(1);
    expect(total('readproperty', 'websocket', 'notFound')).to.equal(1);
    expect(total('writeproperty', 'websocket', 'done')).to.equal(1);
    expect(total('invokeaction', 'websocket', 'failed')).to.equal(1);
    expect(total('invokeaction', 'websocket', 'done')).to.equal(0);
    const labels = { operation: 'readproperty', binding: 'websocket' };
    expect(meter.read('thingwright_operation_duration_seconds', labels)).to.equal(3);
  });

  it('are handed to who traces, who carries them out and sees what comes of them', async () => {
    const seen: [Traced['operation']['op'], unknown][] = [];
    await using site = createSite({
      compileCheck,
      trace: ({ operation, context: { trace } }, perform) => {
        seen.push([operation.op, trace?.traceparent]);
        return perform();
      },
    });
    const thing = site.add('lamp', lamp);
    const answer = await thing.request(
      { op: 'readproperty', name: 'on' },
      { ...context, trace: { traceparent: '00-a' } },
    );
    expect(answer.value).to.equal(true);
    const error = await thrownBy(() => thing.request({ op: 'readproperty', name: 'off' }, context));
    expect(error).to.be.instanceOf(ThingError);
    expect(seen).to.deep.equal([
      ['readproperty', '00-a'],
      ['readproperty', undefined],
    ]);
  });
});
