import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { serve } from '../../src/commands/serve.js';
import { keptTerminal } from '../kept-terminal.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The certificate that a door shows. */
async function certificateAt(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate;
}

describe('thingwright serve', () => {
  it('shows the fingerprint of a certificate of its own once, beside the log', async () => {
    await using data = await temporaryFolder();
    const options = { port: '0', tls: 'self-signed', tlsPort: '0', data: data.path, logLevel: 'silent' };
    const tellings: string[][] = [];
    const shown: (string | undefined)[] = [];
    for (let start = 0; start < 2; start++) {
      const terminal = keptTerminal();
      const served = serve(options, terminal);
      const ready: { readonly tlsUrl?: string } = JSON.parse(await terminal.line(0));
      shown.push((await certificateAt(ready.tlsUrl ?? ''))?.fingerprint256);
      terminal.interrupt();
      expect(await served).to.equal(0);
      tellings.push(terminal.told.filter((line) => line.includes('SHA-256')));
    }
    expect(shown[1]).to.equal(shown[0]);
    expect(tellings).to.deep.equal([
      [`Self-signed certificate, SHA-256, shown this once (kept in ${data.path}/tls-cert.pem): ${shown[0]}`],
      [],
    ]);
  });

  it('refuses a collector of spans whose address is none', async () => {
    await using data = await temporaryFolder();
    const terminal = keptTerminal({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' });
    expect(await serve({ port: '0', data: data.path, logLevel: 'silent' }, terminal)).to.equal(2);
    expect(terminal.told.join()).to.include('OTEL_EXPORTER_OTLP_ENDPOINT');
  });
});
