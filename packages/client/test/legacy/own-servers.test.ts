import { expect } from 'chai';
import { firstValueFrom, interval, type Observable, take, toArray } from 'rxjs';
import { consume } from '../../src/index.js';
import { rejection } from '../fixtures/rejection.js';
import { serveVent } from '../fixtures/served-vent.js';

// What the client loads later meets the same core as this file only if this file is a module too, as programs are.
await import('../../src/legacy/open-legacy.js');

const stream = <T>(one: Observable<T> | undefined): Observable<T> => {
  if (!one) throw new Error('no stream');
  return one;
};

describe('A Thing of ours, consumed as if it spoke', () => {
  for (const dialect of ['labthings', 'webthings'] as const) {
    it(`${dialect} only, does all that it does`, async () => {
      await using server = await serveVent();
      await using thing = await consume(server.url, { dialect });
      expect((await firstValueFrom(thing.connection)).transport).to.equal('websocket');
      await thing.properties.angle?.write(41.6);
      expect(await thing.readMultiple(['angle', 'serial'])).to.deep.equal({ angle: 42, serial: 'SN-7' });
      expect((await rejection(thing.properties.angle?.write('up'))).code).to.equal('invalid');

      const changes = firstValueFrom(stream(thing.properties.angle).pipe(take(2), toArray()));
      await firstValueFrom(stream(thing.properties.angle));
      server.angle.set(7);
      expect(await changes).to.deep.equal([42, 7]);

      // Nothing acknowledges a subscription in these dialects: the event occurs until it is heard.
      const occurring = interval(20).subscribe(() => server.jammed.next({ angle: 3 }));
      expect(await firstValueFrom(stream(thing.events.jammed))).to.deep.equal({ angle: 3 });
      occurring.unsubscribe();

      const sweeping = firstValueFrom(server.sweeps);
      const run = thing.actions.sweep?.({ to: 3 });
      const sweep = await sweeping;
      await run?.id;
      sweep.finish({ steps: 5 });
      expect(await run?.output).to.deep.equal({ steps: 5 });

      const next = firstValueFrom(server.sweeps);
      const other = thing.actions.sweep?.({ to: 4 });
      const { signal } = await next;
      await other?.cancel();
      expect(signal.aborted).to.equal(true);
      expect((await rejection(other?.output)).code).to.equal('aborted');
    });
  }
});
