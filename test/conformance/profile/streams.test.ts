import { expect } from 'chai';
import { expectDateTime, expectToFit } from '../fixture/checks.js';
import { at } from '../fixture/consumer.js';
import { type EventStream, openStream, type StreamMessage } from '../fixture/event-stream.js';
import { profileForm } from '../fixture/forms.js';
import { type Greenhouse, OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';
import { mediaType } from '../fixture/http.js';

/** One operation of the SSE Profile, with the numbers of its rows. */
interface Case {
  readonly operation: string;
  readonly name: string;
  /** Makes the n-th thing happen; gives the affordance and its payload. */
  readonly happen: (house: Greenhouse, n: number) => readonly [event: string, payload: unknown];
  readonly rows: Readonly<Record<'stream' | 'every' | 'fields' | 'json' | 'unique' | 'time' | 'resume', string>>;
  /** Whether the same URL answers a plain read. */
  readonly isReadable: boolean;
}

const setWind = (house: Greenhouse, n: number) => {
  house.vent.wind.set(n);
  return ['wind', n] as const;
};
const jam = (house: Greenhouse, n: number) => {
  house.vent.jammed.next({ angle: n });
  return ['jammed', { angle: n }] as const;
};

const CASES: readonly Case[] = [
  {
    operation: 'observeproperty',
    name: 'wind',
    happen: setWind,
    rows: { stream: '4', every: '5a', fields: '5b', json: '5b', unique: '5c', time: '5d', resume: '6b' },
    isReadable: true,
  },
  {
    operation: 'observeallproperties',
    name: '',
    happen(house, n) {
      if (n % 2 === 0) return setWind(house, n);
      house.vent.angle.set(n);
      return ['angle', n];
    },
    rows: { stream: '4', every: '5a', fields: '5b', json: '5c', unique: '5d', time: '5e', resume: '6b' },
    isReadable: true,
  },
  {
    operation: 'subscribeevent',
    name: 'jammed',
    happen: jam,
    rows: { stream: '5', every: '6a', fields: '6b', json: '6c', unique: '6d', time: '6e', resume: '7b' },
    isReadable: false,
  },
  {
    operation: 'subscribeallevents',
    name: '',
    happen(house, n) {
      if (n % 2 === 0) return jam(house, n);
      house.vent.calm.next(null);
      return ['calm', null];
    },
    rows: { stream: '3', every: '4a', fields: '4b', json: '4c', unique: '4d', time: '4e', resume: '5b' },
    isReadable: false,
  },
];

/** What the messages say, as they should: affordance and payload. */
const told = (messages: readonly StreamMessage[]) =>
  messages.map(({ event, data }) => {
    const payload: unknown = data === '' ? undefined : JSON.parse(data);
    return [event, payload];
  });

for (const { operation, name, happen, rows, isReadable } of CASES) {
  const id = (row: string): string => `http-sse-profile-protocol-binding-${operation}-${row}`;
  const urlOf = async (house: Greenhouse, token = OPERATOR): Promise<string> =>
    profileForm(await house.td(token), operation, name).url;
  const open = async (house: Greenhouse, headers: Record<string, string> = {}): Promise<EventStream> =>
    openStream(await urlOf(house), { token: OPERATOR, headers });

  describe(`${operation} over Server-Sent Events`, () => {
    it(`${id(rows.stream)}: the head of the stream comes before anything happens, and then what happens`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      expect(stream.response.statusCode).to.equal(200);
      expect(mediaType(stream.response)).to.equal('text/event-stream');
      expect(stream.text()).to.equal('');
      const expected = happen(house, 2);
      expect(told(await stream.count(1))).to.deep.equal([expected]);
      const later = happen(house, 4);
      expect(told(await stream.count(2))).to.deep.equal([expected, later]);
      expect(stream.response.destroyed).to.equal(false);
    });

    if (isReadable) {
      it(`${id(rows.stream)}: the same URL answers JSON to who accepts that`, async () => {
        await using house = await openGreenhouse();
        const path = name === '' ? 'properties' : `properties/${name}`;
        for (const accept of ['application/json', '*/*']) {
          const answer = await house.send(path, { headers: { accept } });
          expect(mediaType(answer)).to.equal('application/json');
          expect(answer.headers.vary?.toLowerCase()).to.include('accept');
        }
      });
    }

    it(`${id(rows.every)}: five times something happens, and five messages come in order`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      const expected = [12, 13, 14, 15, 16].map((n) => happen(house, n));
      expect(told(await stream.count(5))).to.deep.equal(expected);
    });

    it(`${id(rows.fields)}: a message has the affordance's name as its event and the payload as its data`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      const [event, payload] = happen(house, 12);
      const [message] = await stream.count(1);
      expect(message).to.include({ event, data: JSON.stringify(payload) });
      for (const line of stream.text().split('\n')) expect(line).to.match(/^(?:(?:event|data|id|retry)(?:: |$)|:|$)/);
    });

    it(`${id(rows.json)}: the payload is JSON that fits the affordance's schema`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      for (const n of [12, 13, 14]) happen(house, n);
      const td = await house.td();
      for (const { event, data } of await stream.count(3)) {
        const schema = at(td, 'properties', event) ?? at(td, 'events', event, 'data');
        expectToFit(JSON.parse(data), schema, event);
      }
    });

    it(`${id(rows.unique)}: no two messages of a stream have the same id, in one millisecond either`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      for (let n = 1; n <= 50; n++) happen(house, n);
      const ids = (await stream.count(50)).map((message) => message.id);
      expect(ids).not.to.include(undefined);
      expect(new Set(ids).size).to.equal(50);
    });

    it(`${id(rows.time)}: the id is the time of the occurrence`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house);
      const before = Date.now();
      happen(house, 12);
      const after = Date.now();
      const [message] = await stream.count(1);
      expectDateTime(message?.id);
      expect(Date.parse(String(message?.id))).to.be.within(before - 1000, after + 1000);
    });

    it(`${id(rows.resume)}: who comes back with Last-Event-ID gets what was missed, in order and once`, async () => {
      await using house = await openGreenhouse();
      let last = '';
      {
        await using stream = await open(house);
        happen(house, 12);
        const [message] = await stream.count(1);
        last = String(message?.id);
      }
      const missed = [14, 15, 16].map((n) => happen(house, n));
      await using stream = await open(house, { 'last-event-id': last });
      await stream.count(3);
      const live = happen(house, 18);
      expect(told(await stream.count(4))).to.deep.equal([...missed, live]);
    });

    it(`${id(rows.resume)}: an id that nobody knows is no error`, async () => {
      await using house = await openGreenhouse();
      await using stream = await open(house, { 'last-event-id': '1999-12-31T23:59:59.000Z' });
      expect(stream.response.statusCode).to.equal(200);
      const expected = happen(house, 12);
      const messages = await stream.count(1);
      expect(told(messages.slice(-1))).to.deep.equal([expected]);
    });
  });
}

describe('what streams keep to themselves', () => {
  it('http-sse-profile-protocol-binding-observeallproperties-4: only what the caller may observe comes', async () => {
    await using house = await openGreenhouse();
    await using stream = await openStream(`${house.url}/things/vent/properties`, { token: VIEWER });
    house.vent.note.set('the key is under the mat');
    setWind(house, 3);
    expect(told(await stream.count(1))).to.deep.equal([['wind', 3]]);
    expect(stream.text()).not.to.include('mat');
  });

  it('http-sse-profile-protocol-binding-subscribeallevents-3: only what the caller may subscribe to comes', async () => {
    await using house = await openGreenhouse();
    await using stream = await openStream(`${house.url}/things/vent/events`, { token: VIEWER });
    jam(house, 44);
    house.vent.calm.next(null);
    expect(told(await stream.count(1))).to.deep.equal([['calm', null]]);
  });

  it('http-sse-profile-protocol-binding-subscribeevent-6b, http-sse-profile-protocol-binding-subscribeallevents-4b: an event without payload comes with empty data', async () => {
    await using house = await openGreenhouse();
    await using one = await openStream(`${house.url}/things/vent/events/rainStarted`, { token: OPERATOR });
    await using all = await openStream(`${house.url}/things/vent/events`, { token: OPERATOR });
    house.vent.rainStarted.next();
    for (const stream of [one, all]) {
      const [message] = await stream.count(1);
      expect(message).to.include({ event: 'rainStarted', data: '' });
    }
  });
});
