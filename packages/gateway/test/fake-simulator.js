// Dials in and says who it is; with `dies` as its first argument it ends then. It fails if it finds a secret of the gateway's.
import WebSocket from 'ws';

const { THINGWRIGHT_DEVICE_TOKEN: token, THINGWRIGHT_ADMIN_TOKEN: admin } = process.env;
const [how, kind, , url, , device] = process.argv.slice(2);
if (admin !== undefined || process.argv.includes(token)) process.exit(1);

const { path, headers, hello } = {
  telemetry: {
    path: `/ws/device/${device}`,
    headers: { authorization: `Bearer ${token}` },
    hello: { device_id: device, timestamp: new Date().toISOString(), battery: { voltage: 50, soc: 50 } },
  },
  scanner: {
    path: '/api/v1/device/ws',
    headers: { 'device-id': device.replace('urn:uuid:', ''), 'device-token': token },
    hello: { command: 'register', data: { device_name: 'fake' } },
  },
  upgradable: {
    path: `/ws/upgradable/${device}`,
    headers: { authorization: `Bearer ${token}` },
    hello: {
      type: 'state',
      version: '1.0',
      bootID: 'boot',
      model: 'Simulated router',
      os: null,
      sha256: null,
      installing: null,
      last: null,
    },
  },
}[kind];
const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
socket.on('error', () => process.exit(1));
socket.on('open', () => {
  socket.send(JSON.stringify(hello));
  if (how === 'dies') socket.close();
});
socket.on('close', () => process.exit(1));
process.stdin.on('close', () => process.exit(0)).resume();
