import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { openGateway } from '../../src/index.js';

const headers = { authorization: 'Bearer the-admin-token' };
const open = (more: Parameters<typeof openGateway>[0] = {}) =>
  openGateway({ port: 0, adminToken: 'the-admin-token', ...more });

describe('the metrics of a gateway', () => {
  it('are for those who may, and tell what it does', async () => {
    await using gateway = await open();
    const provisioned = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
    expect((await fetch(`${gateway.url}/metrics`)).status).to.equal(401);
    const asDevice = { authorization: `Bearer ${provisioned.token}` };
    expect((await fetch(`${gateway.url}/metrics`, { headers: asDevice })).status).to.equal(403);
    expect((await fetch(`${gateway.url}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).to.equal(
      401,
    );
    await fetch(`${gateway.url}/things/gateway/properties/version`, { headers });

    const answer = await fetch(`${gateway.url}/metrics`, { headers });
    expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const lines = new Set((await answer.text()).split('\n'));
    for (const line of [
      'thingwright_operations_total{operation="readproperty",binding="http",result="done"} 1',
      'thingwright_operation_duration_seconds_count{operation="readproperty",binding="http"} 1',
      'thingwright_http_request_duration_seconds_count{method="GET",status="401"} 2',
      'thingwright_authentication_failures_total{credentials="bearer"} 1',
      'thingwright_things 2',
      'thingwright_devices_connected{kind="telemetry"} 0',
      'thingwright_subscriptions{binding="http"} 0',
      'thingwright_store_changes_dropped_total 0',
    ]) {
      expect(lines, line).to.include(line);
    }
    const text = [...lines].join('\n');
    expect(text).to.match(/^thingwright_connections\{door="plain"\} [1-9]/m);
    expect(text).to.match(/^thingwright_store_waiting_bytes \d/m);
    expect(text).to.match(/^nodejs_eventloop_lag_mean_seconds /m);
    expect(text).not.to.include('the-admin-token').and.not.include(provisioned.token);
  });
});

describe('a gateway that is asked whether it is ready', () => {
  it('says of what', async () => {
    await using gateway = await open();
    const answer = await fetch(`${gateway.url}/readyz`);
    expect(await answer.json()).to.deep.equal({ status: 'ok', checks: { doors: 'ok', store: 'ok' } });
  });
});

describe('a gateway with a certificate of its own', () => {
  it('serves TLS with it, and tells its fingerprint', async () => {
    await using gateway = await open({ tls: { port: 0, selfSigned: true }, hsts: 60 });
    const { hostname, port } = new URL(gateway.tlsUrl ?? '');
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    expect(gateway.selfSigned?.fingerprint).to.equal(certificate?.fingerprint256);
    const [response] = await once(get(`${gateway.tlsUrl}/livez`, { ca: certificate?.toString() }), 'response');
    response.resume();
    expect([response.statusCode, response.headers['strict-transport-security']]).to.deep.equal([200, 'max-age=60']);
  });
});
