import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Site, Thing } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';

/** Whose Things are described, and how callers are known. */
export interface DescriptionParts {
  readonly site: Site;
  readonly listener: Listener;
}

/** Answers plain requests: the Thing Description at `/things/{name}`, 426 elsewhere. */
export function answerWithDescription(parts: DescriptionParts): RequestListener {
  return (request, response) => {
    answer(request, response, parts).catch((error: unknown) => {
      parts.site.log.error({ error }, 'a Thing Description could not be sent');
      response.destroy();
    });
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: DescriptionParts): Promise<void> {
  const { site, listener } = parts;
  request.resume();
  const thing = thingAt(request.url ?? '', site);
  if (!thing || request.method !== 'GET') {
    response
      .writeHead(thing ? 405 : 426, thing ? { Allow: 'GET' } : { Upgrade: 'websocket', Connection: 'Upgrade' })
      .end();
    return;
  }
  const principal = (await listener.authenticate(request))?.principal;
  if (!principal) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Thingwright", charset="UTF-8"' }).end();
    return;
  }
  if (!site.isVisible(thing, principal)) {
    response.writeHead(404).end();
    return;
  }
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  const origin = `${encrypted ? 'https' : 'http'}://${request.headers.host ?? ''}`;
  const td = JSON.stringify(site.describe(thing, origin, principal));
  response.writeHead(200, { 'Content-Type': 'application/td+json' }).end(td);
}

function thingAt(target: string, site: Site): Thing | undefined {
  const [, name] = /^\/things\/([^/?]+)(\?|$)/.exec(target) ?? [];
  return name === undefined ? undefined : site.things.get(name);
}
