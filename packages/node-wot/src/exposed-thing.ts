import type { Content, ExposedThing } from '@node-wot/core';
import { type Exposure, type Handlers, type Log, modelOfDescription } from '@thingwright/core';
import { concatMap, from, Observable, ReplaySubject, switchMap } from 'rxjs';
import { fromContent, toContent } from './content.js';

/** A Thing of node-wot as one of ours. */
export interface AdaptedThing {
  readonly exposure: Exposure;
  /** Begins to listen to the Thing, once it has forms of ours; node-wot knows listeners by the form that they came by. */
  begin(formIndices: FormIndices): void;
}

/** Where our form stands among those of an affordance, by its group and name. */
export type FormIndices = (group: 'properties' | 'actions' | 'events', name: string) => number;

/**
 * Makes an exposed Thing of node-wot servable. It is listened to once an affordance, whatever the number of readers: the stream of
 * a notification of node-wot's can be read only once.
 */
export function adaptExposedThing(thing: ExposedThing, log: Log): AdaptedThing {
  const began = new ReplaySubject<FormIndices>(1);
  let indices: FormIndices = () => 0;
  const model = modelOfDescription({ ...thing.getThingDescription() }, { keepsAsynchronous: true, observesAll: false });

  const listen = (group: 'properties' | 'events', name: string): Observable<unknown> =>
    began.pipe(
      switchMap((indexOf) => contentsOf(thing, { group, name, formIndex: indexOf(group, name), log })),
      concatMap((content) => from(fromContent(content))),
    );

  const implement = (): Handlers => ({
    properties: new Map(
      Object.entries(model.properties ?? {}).map(([name, { readOnly, writeOnly, observable }]) => [
        name,
        {
          ...(writeOnly
            ? {}
            : {
                read: async ({ uriVariables }) =>
                  fromContent(
                    await thing.handleReadProperty(name, {
                      formIndex: indices('properties', name),
                      uriVariables: { ...uriVariables },
                    }),
                  ),
              }),
          ...(observable ? { value: listen('properties', name) } : {}),
          ...(readOnly
            ? {}
            : {
                write: (value, { uriVariables }) =>
                  thing.handleWriteProperty(name, toContent(value), {
                    formIndex: indices('properties', name),
                    uriVariables: { ...uriVariables },
                  }),
              }),
        },
      ]),
    ),
    actions: new Map(
      Object.keys(model.actions ?? {}).map((name) => [
        name,
        {
          run: async (input, { uriVariables }) => {
            const options = { formIndex: indices('actions', name), uriVariables: { ...uriVariables } };
            const output = await thing.handleInvokeAction(name, toContent(input), options);
            return output && fromContent(output);
          },
        },
      ]),
    ),
    events: new Map(Object.keys(model.events ?? {}).map((name) => [name, listen('events', name)])),
  });

  return {
    exposure: { model, implement },
    begin(formIndices) {
      indices = formIndices;
      began.next(formIndices);
    },
  };
}

interface Listening {
  readonly group: 'properties' | 'events';
  readonly name: string;
  readonly formIndex: number;
  readonly log: Log;
}

function contentsOf(thing: ExposedThing, { group, name, formIndex, log }: Listening): Observable<Content> {
  return new Observable((subscriber) => {
    const listener = (content: Content): void => subscriber.next(content);
    const options = { formIndex };
    const begun =
      group === 'properties'
        ? thing.handleObserveProperty(name, listener, options)
        : thing.handleSubscribeEvent(name, listener, options);
    begun.catch((error: unknown) => subscriber.error(error));
    return () => {
      try {
        if (group === 'properties') thing.handleUnobserveProperty(name, listener, options);
        else thing.handleUnsubscribeEvent(name, listener, options);
      } catch (error) {
        log.debug({ thing: thing.id, name, error }, 'node-wot knew no such listener');
      }
    };
  });
}
