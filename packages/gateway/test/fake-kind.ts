import { defineThing, expose } from '@thingwright/core';
import { of, Subject } from 'rxjs';
import * as t from 'typebox';
import type { DeviceKind, OpenKind } from '../src/device-kind.js';

const Lamp = defineThing({ title: 'Lamp', properties: { name: { schema: t.String(), readOnly: true } } });

/** A kind of device that dials in nowhere: tests say when it is connected. */
export function fakeKind(): {
  readonly declared: DeviceKind;
  readonly open: OpenKind;
  readonly connect: (name: string) => void;
} {
  const connected = new Set<string>();
  const changes = new Subject<void>();
  const open: OpenKind = {
    binding: { open: () => undefined },
    expose: ({ name }) => expose(Lamp, () => ({ properties: { name: of(name) } })),
    isConnected: (name) => connected.has(name),
    changes,
    async [Symbol.asyncDispose]() {
      changes.complete();
    },
  };
  return {
    declared: {
      title: 'Lamp',
      settings: t.Object({ colour: t.Optional(t.Enum(['red', 'green'])) }, { additionalProperties: false }),
      open: () => open,
    },
    open,
    connect(name) {
      connected.add(name);
      changes.next();
    },
  };
}
