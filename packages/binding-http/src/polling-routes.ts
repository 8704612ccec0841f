import { affordanceOf } from './affordance.js';
import type { Router } from './call.js';
import type { OpenStream } from './streams.js';

/** Adds the addresses where the next change of a property, or the next event, is waited for. */
export function addPollingRoutes(router: Router, poll: OpenStream): void {
  router.addForThing('/properties/:affordance/next', {
    GET: (call) => poll(call, { op: 'observeproperty', name: affordanceOf(call) }),
  });
  router.addForThing('/events/:affordance/next', {
    GET: (call) => poll(call, { op: 'subscribeevent', name: affordanceOf(call) }),
  });
}
