import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { consume } from '../src/index.js';
import { consumedThingSuite } from './consumed-thing.suite.js';
import { serveVent } from './fixtures/served-vent.js';
import { Vent } from './fixtures/vent.js';

consumedThingSuite('websocket');

describe('A consumed Thing over the shared socket', () => {
  it('ends its streams with notFound when the Thing is removed', async () => {
    await using server = await serveVent();
    await using thing = await consume(Vent, server.url);
    const endOf = (stream: Observable<unknown>): Promise<unknown> =>
      lastValueFrom(stream).catch((error: unknown) => error);
    const failed = Promise.all([endOf(thing.properties.wind), endOf(thing.events.jammed)]);
    await firstValueFrom(thing.properties.wind);
    await server.served.site.remove('vent');
    for (const error of await failed) {
      expect(error).to.be.instanceOf(ThingError).and.to.include({ code: 'notFound', detail: 'The Thing was removed' });
    }
  });
});
