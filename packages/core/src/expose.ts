import { isObservable as isStream, type Observable } from 'rxjs';
import type { ActionHandlers, Implementation } from './implementation.js';
import type { Model } from './model.js';
import type { PropertyParts } from './property.js';
import { StateStream } from './state.js';

/** An implementation with its types erased; made by `expose`. */
export interface Handlers {
  readonly properties: ReadonlyMap<string, PropertyParts>;
  readonly actions: ReadonlyMap<string, ActionHandlers>;
  readonly events: ReadonlyMap<string, Observable<unknown>>;
}

/** A Model with the code that makes it work; nothing runs before it is opened in a Site. */
export interface Exposure {
  readonly model: Model;
  /** Makes the handlers; called once for each opening. */
  readonly implement: () => Handlers;
}

/** The types of an {@link Implementation} erased. */
interface Erased {
  readonly properties?: Readonly<Record<string, Observable<unknown> | PropertyParts>>;
  readonly actions?: Readonly<Record<string, ActionHandlers['run'] | ActionHandlers>>;
  readonly events?: Readonly<Record<string, Observable<unknown>>>;
}

/**
 * Joins a Model with its code. The compiler demands every affordance and infers every type; `implement` runs when the
 * Thing is opened, once for each opening.
 * @throws TypeError when opened, for an affordance without code or code without an affordance.
 */
export function expose<M extends Model>(model: M, implement: () => Implementation<M>): Exposure {
  return {
    model,
    implement: () => {
      // The one erased seam: from here on values are unknown, and the schemas of the Model, which gave the types, check them.
      const code = implement() as unknown as Erased;
      return {
        properties: section(model, 'properties', code, partsOf),
        actions: section(model, 'actions', code, (part) => (typeof part === 'function' ? { run: part } : part)),
        events: section(model, 'events', code, (part) => part),
      };
    },
  };
}

/** A bare stream is a value that is pushed; a state is that, and can be written. */
function partsOf(part: Observable<unknown> | PropertyParts): PropertyParts {
  if (part instanceof StateStream) return part;
  return isStream(part) ? { value: part } : part;
}

type Part<S extends keyof Erased> = NonNullable<Erased[S]>[string];

function section<S extends keyof Erased, Out>(
  model: Model,
  name: S,
  code: Erased,
  normalise: (part: Part<S>) => Out,
): ReadonlyMap<string, Out> {
  const parts = new Map<string, Part<S>>(Object.entries(code[name] ?? {}));
  const declared = Object.keys(model[name] ?? {});
  for (const key of declared) {
    if (!parts.has(key)) throw new TypeError(`Thing '${model.title}': ${name} '${key}' has no code`);
  }
  for (const key of parts.keys()) {
    if (!declared.includes(key)) throw new TypeError(`Thing '${model.title}': ${name} '${key}' is not in its Model`);
  }
  return new Map([...parts].map(([key, part]) => [key, normalise(part)]));
}
