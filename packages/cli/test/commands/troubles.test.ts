import type { ConnectionState, Gap } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import { troublesOf } from '../../src/commands/troubles.js';

describe('troublesOf', () => {
  it('tells once that the connection is lost, once that it is there again, and what may be missing', () => {
    const connection = new Subject<ConnectionState>();
    const gaps = new Subject<Gap>();
    const told: string[] = [];
    troublesOf({ connection, gaps }).subscribe((trouble) => told.push(trouble));
    const error = new ThingError('disconnected', 'It ended with 1006');
    connection.next({ state: 'open', transport: 'websocket', attempt: 0 });
    for (const attempt of [1, 2, 3]) {
      connection.next({ state: 'waiting', transport: 'websocket', attempt, delay: 1000, error });
      connection.next({ state: 'connecting', transport: 'websocket', attempt });
    }
    connection.next({ state: 'open', transport: 'websocket', attempt: 0 });
    gaps.next({ kind: 'property', name: 'temperature' });
    gaps.next({ kind: 'event' });
    expect(told).to.deep.equal([
      'the connection is lost: It ended with 1006; waiting',
      'connected again',
      "changes of 'temperature' may be missing here",
      'events may be missing here',
    ]);
  });
});
