import type { Link } from '@thingwright/device-link';
import type { Flow } from './upload-content.js';

/** Makes the device behind a link wait for as long as anybody holds it. */
export function linkFlow(link: Link): Flow {
  let holds = 0;
  return {
    hold() {
      if (++holds === 1) link.pause();
    },
    release() {
      if (--holds === 0) link.resume();
    },
  };
}
