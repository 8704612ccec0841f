// Dials in and sends one frame; with `dies` as its first argument it ends then. It fails if it finds a secret of the gateway's.
import WebSocket from 'ws';

const { THINGWRIGHT_DEVICE_TOKEN: token, THINGWRIGHT_ADMIN_TOKEN: admin } = process.env;
const [how, , , url, , name] = process.argv.slice(2);
if (admin !== undefined || process.argv.includes(token)) process.exit(1);

const headers = { authorization: `Bearer ${token}` };
const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/device/${name}`, { headers });
const frame = { device_id: name, timestamp: new Date().toISOString(), battery: { voltage: 50, soc: 50 } };
socket.on('error', () => process.exit(1));
socket.on('open', () => {
  socket.send(JSON.stringify(frame));
  if (how === 'dies') socket.close();
});
socket.on('close', () => process.exit(1));
process.stdin.on('close', () => process.exit(0)).resume();
