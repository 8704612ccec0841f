import type { Site } from '@thingwright/core';
import type { Listener, ListenOptions } from './listener.js';

/** How the Things of a Site are reached over one protocol. */
export interface Binding {
  /** Where it would like to be served; all bindings of a program share one listener. */
  readonly listen?: ListenOptions;
  /** Adds its routes, its upgrade paths and its forms, before the listener listens. */
  open(site: Site, listener: Listener): void | Promise<void>;
}
