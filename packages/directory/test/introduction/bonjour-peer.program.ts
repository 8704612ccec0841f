/**
 * Another maker's DNS-SD in a process of its own: `node bonjour-peer.program.ts PORT publish NAME` announces an instance and its goodbye at the end
 * of its input, `… browse` prints each that it finds as a line of JSON.
 */
import { Bonjour } from 'bonjour-service';

const [port = '', what, name = ''] = process.argv.slice(2);
const options = { port: Number(port), interface: '127.0.0.1', bind: '0.0.0.0' };
const bonjour = new Bonjour(options);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

if (what === 'publish') {
  const service = bonjour.publish({
    name,
    type: 'wot',
    port: 4711,
    txt: { td: '/td', type: 'Thing' },
    subtypes: ['directory'],
    probe: false,
  });
  service.on('up', () => say({ up: name }));
} else {
  for (const type of ['wot', 'directory._sub._wot']) {
    const browser = bonjour.find({ type });
    browser.on('up', ({ name: found, port: at, txt }) => say({ up: found, type, port: at, txt }));
    browser.on('down', ({ name: found }) => say({ down: found, type }));
  }
}

process.stdin.resume().once('end', () => {
  bonjour.unpublishAll(() => bonjour.destroy());
  if (what !== 'publish') process.exit();
});
