/** Opens a part of all readers, lean ones, each with a socket of its own; they come back at once when they are cut. */
import { randomUUID } from 'node:crypto';
import { decodeMessage, encodeRequest, SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import * as t from 'typebox';
import { Parse } from 'typebox/value';
import { WebSocket } from 'ws';
import { obey } from '../line-cuts/faults/obey.js';
import { compareReceived, type Told } from './received.js';
import { Opening, type Return, Truth } from './returning-messages.js';

/** Milliseconds until a reader that was cut, or refused, comes again. */
const AGAIN = 250;
/** Readers that are opened at the same time at first. */
const AT_ONCE = 50;

/** One reader, which resumes after the last notification that it got. */
class LeanReader {
  readonly thing: number;
  readonly told: Told[] = [];
  /** How often its stream began. */
  begun = 0;
  isOpen = false;
  last = 0;
  #lastID: string | undefined;
  readonly #opening: Opening;
  #socket: WebSocket | undefined;
  #isOver = false;

  constructor(thing: number, opening: Opening) {
    this.thing = thing;
    this.#opening = opening;
  }

  /** Resolves when its stream has begun for the first time. */
  open(): Promise<void> {
    return new Promise((resolve) => this.#connect(resolve));
  }

  #connect(begun: () => void = () => undefined): void {
    const { url, token, things } = this.#opening;
    const { id = '', name = '' } = things[this.thing] ?? {};
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/things/${name}`, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('open', () => {
      const start = this.#lastID === undefined ? {} : { lastNotificationID: this.#lastID };
      const ids = { thingID: id, messageID: randomUUID(), correlationID: randomUUID() };
      socket.send(encodeRequest({ op: 'observeproperty', name: 'gridPower', ...start }, ids));
    });
    socket.on('message', (data) => this.#hear(String(data), begun));
    socket.on('close', () => {
      const hadBegun = this.isOpen;
      this.isOpen = false;
      if (!this.#isOver) void gate.then(() => setTimeout(() => this.#connect(begun), hadBegun ? 0 : AGAIN));
    });
  }

  #hear(text: string, begun: () => void): void {
    const message = decodeMessage(text);
    if (message.type === 'response' && !message.error) {
      if (this.#lastID !== undefined && message.answer.resume !== 'complete') this.told.push('gap');
      this.isOpen = true;
      this.begun++;
      begun();
    } else if (message.type === 'response') {
      this.#socket?.terminate();
    } else if (message.type === 'notification') {
      const { id, value, conflated = 1 } = message.notification;
      this.#lastID = id;
      this.last = Number(value);
      this.told.push({ number: this.last, changes: conflated });
    }
  }

  close(): void {
    this.#isOver = true;
    this.#socket?.terminate();
  }
}

const readers: LeanReader[] = [];
/** Whom it holds back does not connect. */
let gate = Promise.resolve();
let openGate = (): void => undefined;

obey({
  async open(input) {
    const opening = Parse(Opening, input);
    const queue = Array.from({ length: opening.readers }, (_, number) => number % opening.things.length);
    const work = async (): Promise<void> => {
      for (let thing = queue.shift(); thing !== undefined; thing = queue.shift()) {
        const reader = new LeanReader(thing, opening);
        readers.push(reader);
        await reader.open();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  },
  /** From now on nobody who was cut comes back. */
  hold() {
    gate = new Promise((resolve) => {
      openGate = resolve;
    });
  },
  /** All of them come back at this moment. */
  release: () => openGate(),
  /** How many stand, and have begun so often. */
  standing(input) {
    const { times } = Parse(t.Object({ times: t.Integer() }), input);
    return { count: readers.filter(({ isOpen, begun }) => isOpen && begun >= times).length };
  },
  /** How many have the last number of their Thing. */
  complete(input) {
    const { truth } = Parse(Truth, input);
    return { count: readers.filter(({ thing, last }) => last >= (truth[thing]?.at(-1) ?? 0)).length };
  },
  compare(input): Return {
    const { truth } = Parse(Truth, input);
    const sum = { readers: readers.length, notifications: 0, gaps: 0, missed: 0, duplicates: 0, lost: 0 };
    for (const { thing, told } of readers) {
      const { notifications, gaps, missed, duplicates, lost } = compareReceived(told, truth[thing] ?? []);
      sum.notifications += notifications;
      sum.gaps += gaps;
      sum.missed += missed;
      sum.duplicates += duplicates;
      sum.lost += lost;
    }
    return sum;
  },
  close() {
    for (const reader of readers) reader.close();
  },
});
