import type { Exposure, Model } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { Scanner, scannerKind } from '@thingwright/scanner';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';
import { resultSink } from '../results/result-sink.js';

/** What a scanner remembers: its name in the registry. */
const RECORD = 'scanner';

/** The link of a scanner's Thing Description to its results. */
export const RESULTS_LINK = { href: 'results', rel: 'collection', type: 'application/json' } as const;

/** Imaging devices, which dial in by the UUID of their Thing. */
export const scanner: DeviceKind = {
  title: 'Scanner',
  settings: t.Object({}),
  reserved: [Scanner.properties.label, Scanner.actions.deleteResult],
  open({ identities, log, trespassed, remember, results }) {
    /** What was kept of a device while its Thing is made. */
    const kept = new Map<string, unknown>();
    const names = new Map<string, string>();
    const withResults = linkResults();
    const kind = scannerKind({
      identities,
      compileCheck,
      log,
      memory: {
        recall: (id) => kept.get(id),
        keep: (id, record) => remember(id, RECORD, record),
      },
      trespassed: (device, taskID) => trespassed(device, `the task ${taskID}`),
      results: resultSink(results, (id) => names.get(id)),
    });
    return {
      binding: kind.binding,
      expose({ name, id, title, memory }) {
        names.set(id, name);
        kept.set(id, memory[RECORD]);
        try {
          return withResults(kind.expose({ name, id, title }));
        } finally {
          kept.delete(id);
        }
      },
      isConnected: (name) => kind.isConnected(name),
      changes: kind.changes,
      [Symbol.asyncDispose]: () => kind[Symbol.asyncDispose](),
    };
  },
};

/** Links the results from a Thing Description. The same Model gives the same one, so that it is compiled once. */
function linkResults(): (exposure: Exposure) => Exposure {
  const models = new WeakMap<Model, Model>();
  return (exposure) => {
    const { model } = exposure;
    const linked = models.get(model) ?? { ...model, links: [...(model.links ?? []), RESULTS_LINK] };
    models.set(model, linked);
    return { ...exposure, model: linked };
  };
}
