import { createRequire } from 'node:module';
import { ThingError } from '@thingwright/core';
import type { Adopter, Configuration } from '@thingwright/gateway';
import type { servientAdopter } from '@thingwright/node-wot';

/** What a client factory of node-wot is to its adopter. */
type ClientFactory = Parameters<typeof servientAdopter>[0][number];

/** The adopters that were asked for; nothing of node-wot is loaded for who does not ask. @throws ThingError `invalid` if it is not there. */
export async function loadAdopters(names: Configuration['adopt']): Promise<readonly Adopter[]> {
  return names.length === 0 ? [] : [await loadNodeWot()];
}

const PACKAGES = ['@thingwright/node-wot', '@node-wot/core', '@node-wot/binding-{http,coap,modbus}'].join(' ');

async function loadNodeWot(): Promise<Adopter> {
  // Its bindings are CommonJS whose names Node cannot see from a module. Those for CoAP and Modbus are of the series 0.8, made for its
  // core, whose types are not those of 0.9; at run time they go together.
  const require = createRequire(import.meta.url);
  try {
    const { servientAdopter: adopterOf } = await import('@thingwright/node-wot');
    const http: typeof import('@node-wot/binding-http') = require('@node-wot/binding-http');
    const coap: { readonly CoapClientFactory: new () => ClientFactory } = require('@node-wot/binding-coap');
    const modbus: { readonly ModbusClientFactory: new () => ClientFactory } = require('@node-wot/binding-modbus');
    return adopterOf([
      new http.HttpClientFactory(),
      new http.HttpsClientFactory(),
      new coap.CoapClientFactory(),
      new modbus.ModbusClientFactory(),
    ]);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && /MODULE_NOT_FOUND$/.test(String(cause.code)))) throw cause;
    throw new ThingError('invalid', `--adopt node-wot needs packages that are not here: npm install ${PACKAGES}`, {
      cause,
    });
  }
}
