import { WebSocketClientFactory } from '../src/index.js';
import { consumedThingSuite } from './consumed-thing.suite.js';
import { bindingHttp } from './fixture/bindings.js';

consumedThingSuite({
  name: 'WebSocket',
  scheme: 'ws',
  isLossless: true,
  createClients: () => [new WebSocketClientFactory()],
});
consumedThingSuite({
  name: "HTTP, by node-wot's own binding",
  scheme: 'http',
  isLossless: false,
  createClients: () => [new bindingHttp.HttpClientFactory()],
});
