import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { keyText } from '../src/wire/rsa.js';
import { CLIENT_KEY, codeOf, FCODE, PASSWORD, type ServedPrinter, servePrinter } from './served-printer.js';

const COMBINATIONS = [
  { version: 1, generation: 'FLUX0002' },
  { version: 1, generation: 'FLUX0003' },
  { version: 2, generation: 'FLUX0003' },
] as const;

const OTHER_KEY = keyText(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);

const jobEvents = ({ events }: ServedPrinter): string[] =>
  events.map(([name]) => name).filter((name) => name.startsWith('job'));

for (const { version, generation } of COMBINATIONS) {
  describe(`The Thing of a printer that announces itself in version ${version} and runs as ${generation}`, () => {
    const simulation = { version, generation, printTime: 100_000 };

    it('is described as it was found', async () => {
      await using bob = await servePrinter({ simulation });
      const { uuid, serial, discoveryPort } = bob.simulation;
      const expected = {
        uuid,
        serial,
        name: 'Simulated printer',
        modelId: 'delta-1',
        firmwareVersion: '1.7.0',
        ipAddress: '127.0.0.1',
        endpoint: `127.0.0.1:${discoveryPort}`,
        hasPassword: true,
        discoveryVersion: version,
        identityVerified: false,
        contested: false,
        reachable: true,
        progress: null,
        headModule: 'OFFLINE',
        errorLabel: '',
        filamentRunout: false,
        authorized: null,
        job: null,
        toolheadTarget: null,
      };
      for (const [name, value] of Object.entries(expected)) expect(await bob.read(name), name).to.deep.equal(value);
      expect(await bob.read('status')).to.deep.include({ id: 0, label: 'IDLE', group: 'idle' });
      expect(await bob.read('lastSeen')).to.match(/^\d{4}-.*Z$/);
    });

    it('is run only after it has trusted our key, by its password', async () => {
      await using bob = await servePrinter({ simulation });
      expect(await codeOf(bob.ask('refresh'))).to.equal('forbidden');
      expect(await bob.read('authorized')).to.equal(false);
      expect(await codeOf(bob.ask('authorizeWithPassword', { password: 'wrong' }))).to.equal('forbidden');
      await bob.ask('authorizeWithPassword', { password: PASSWORD });
      expect(await bob.read('authorized')).to.equal(true);
      expect(await bob.ask('refresh')).to.deep.include({ id: 0, group: 'idle' });
      expect(JSON.stringify([...bob.memory.records, ...bob.logged])).to.not.include(`"${PASSWORD}"`);
      await bob.ask('authorizeWithPassword', { password: 'any, it is not asked for' });
    });

    it('prints what it is sent: paused, resumed, completed, cleared', async () => {
      await using bob = await servePrinter({ simulation: { ...simulation, printTime: 500 } });
      await bob.authorize();
      const started = await bob.run('startPrint', { file: { name: 'cube.fc', content: FCODE } });
      expect(started.error).to.equal(undefined);
      expect(started.progress).to.deep.equal({ sentBytes: 25, sizeBytes: 25 });
      const job = await bob.read('job');
      expect(job).to.deep.include({ file: 'cube.fc', endedAt: null, ...Object(started.output) });
      await bob.reach('running');
      await bob.ask('pause');
      await bob.reach('paused');
      expect(await codeOf(bob.ask('pause'))).to.equal('conflict');
      expect(await codeOf(bob.invoke('startPrint', { path: '/SD/sample.fc' }))).to.equal('conflict');
      await bob.ask('resume');
      await bob.reach('running');
      await bob.reach('finished');
      expect(await bob.read('job')).to.deep.include({ state: 'completed', timeLeft: 0 });
      expect(jobEvents(bob)).to.deep.equal(['jobStarted', 'jobPaused', 'jobResumed', 'jobCompleted']);
      expect(await codeOf(bob.ask('abort'))).to.equal('conflict');
      await bob.ask('clearJob');
      expect(await bob.read('status')).to.deep.include({ group: 'idle' });
      expect(await codeOf(bob.ask('clearJob'))).to.equal('conflict');
    });

    it('prints a file that it has, aborts it, and clears it before the next', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      expect((await bob.run('startPrint', { path: '/SD/sample.fc' })).state).to.equal('completed');
      await bob.reach('running');
      await bob.ask('abort');
      await bob.reach('aborted');
      expect(await bob.read('job')).to.deep.include({ state: 'aborted', file: '/SD/sample.fc' });
      expect((await bob.run('startPrint', { path: '/SD/sample.fc' })).state).to.equal('completed');
      expect(jobEvents(bob)).to.deep.equal(['jobStarted', 'jobAborted', 'jobStarted']);
      expect(bob.events.find(([name]) => name === 'jobAborted')?.[1]).to.deep.include({ reason: 'aborted' });
    });

    it('keeps files: sent, listed, described, deleted', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      const path = '/SD/a part "2".fc';
      const sent = await bob.run('uploadFile', { path, file: { name: 'a.fc', content: FCODE } });
      expect(sent.error).to.equal(undefined);
      expect(await bob.ask('listFiles', {})).to.deep.equal({ directories: [], files: ['sample.fc', 'a part "2".fc'] });
      expect(await bob.ask('getFileInfo', { path })).to.have.keys('details', 'previews');
      await bob.ask('deleteFile', { path });
      expect(await bob.ask('listFiles', { path: '/SD' })).to.deep.equal({ directories: [], files: ['sample.fc'] });
      expect(await codeOf(bob.ask('getFileInfo', { path }))).to.equal('notFound');
      expect(await codeOf(bob.ask('deleteFile', { path: '/USB/a.fc' }))).to.equal('forbidden');
      expect(await codeOf(bob.ask('deleteFile', { path: '/SD' }))).to.equal('invalid');
      const changes = bob.events.filter(([name]) => name === 'fileListChanged').map(([, data]) => data);
      expect(changes.map((data) => Object(data).change)).to.deep.equal(['added', 'removed']);
    });

    it('takes files of any size from programs', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      const piece = Buffer.alloc(65_536, 'F');
      const content = async function* () {
        for (let i = 0; i < 48; i++) yield piece;
      };
      const told: number[] = [];
      await bob.kind
        .filesOf('bob')
        .upload(
          '/SD/big.fc',
          { name: 'big.fc', size: 48 * piece.length, content: content() },
          { progress: ({ sentBytes }) => told.push(sentBytes) },
        );
      expect(told.at(-1)).to.equal(48 * piece.length);
      const short = { name: 'short.fc', size: 49 * piece.length, content: content() };
      expect(await codeOf(bob.kind.filesOf('bob').upload('/SD/short.fc', short))).to.equal('invalid');
      const long = { name: 'long.fc', size: 7, content: content() };
      expect(await codeOf(bob.kind.filesOf('bob').upload('/SD/long.fc', long))).to.equal('invalid');
      expect(await bob.ask('listFiles', {})).to.deep.include({ files: ['sample.fc', 'big.fc'] });
    });

    it('is renamed, and known by its new name at once', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      await bob.ask('rename', { name: 'Größer' });
      expect(await bob.read('name')).to.equal('Größer');
      expect(bob.events.find(([name]) => name === 'metadataChanged')?.[1]).to.deep.include({ name: 'Größer' });
      expect(await codeOf(bob.ask('rename', { name: 'a\nb' }))).to.equal('invalid');
    });

    it('changes its password, and trusts our key afterwards', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      await bob.ask('modifyPassword', { oldPassword: PASSWORD, newPassword: 'one' });
      expect(bob.simulation.trusted).to.have.length(1);
      expect(await codeOf(bob.ask('modifyPassword', { oldPassword: 'two', newPassword: 'three' }))).to.equal(
        'forbidden',
      );
      await bob.ask('modifyPassword', { oldPassword: 'one', newPassword: 'two', clearKeys: true });
      expect(bob.simulation.trusted).to.have.length(1);
      await bob.ask('resetPassword', { newPassword: 'four' });
      expect(bob.simulation.trusted).to.have.length(1);
      expect(await bob.read('authorized')).to.equal(true);
      expect(await bob.ask('refresh')).to.deep.include({ group: 'idle' });
    });

    it('trusts other keys, tells which, and ours no longer if it is told to', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      const publicKey = OTHER_KEY;
      const { accessId } = Object(await bob.ask('addTrust', { label: 'Alice', publicKey }));
      const listed: unknown = await bob.ask('listTrust');
      expect(listed).to.have.length(2);
      expect(listed).to.deep.include({ accessId, label: 'Alice', type: 'U', own: false });
      expect(await codeOf(bob.ask('addTrust', { label: 'Alice', publicKey }))).to.equal('conflict');
      const secret = CLIENT_KEY.export({ type: 'pkcs8', format: 'pem' }).toString();
      for (const odd of ['no key', secret])
        expect(await codeOf(bob.ask('addTrust', { label: 'Bob', publicKey: odd }))).to.equal('invalid');
      await bob.ask('removeTrust', { accessId });
      expect(await codeOf(bob.ask('removeTrust', { accessId }))).to.equal('notFound');
      const own = bob.simulation.trusted[0];
      await bob.ask('removeTrust', { accessId: own });
      expect(await bob.read('authorized')).to.equal(false);
      expect(await codeOf(bob.ask('listTrust'))).to.equal('forbidden');
    });

    it('lists Wi-Fi networks, and takes network settings', async () => {
      await using bob = await servePrinter({ simulation });
      expect(await codeOf(bob.ask('getWifiList'))).to.equal('forbidden');
      expect(await bob.read('authorized')).to.equal(false);
      await bob.authorize();
      const networks: unknown = await bob.ask('getWifiList');
      expect(networks).to.be.an('array').with.length.greaterThan(2);
      const wifi = { ssid: 'workshop', security: 'WPA2-PSK', key: 'correct horse' };
      await bob.ask('modifyNetwork', { method: 'dhcp', wifi });
      expect(bob.simulation.network).to.deep.include({ method: 'dhcp', ssid: 'workshop', psk: 'correct horse' });
      const address = { address: '192.0.2.7', prefixLength: 24, gateway: '192.0.2.1', nameServers: ['192.0.2.1'] };
      await bob.ask('modifyNetwork', { method: 'static', ...address });
      expect(bob.simulation.network).to.deep.include({ method: 'static', ipaddr: '192.0.2.7', mask: '24' });
      for (const wrong of [
        { method: 'static' },
        { method: 'static', ...address, address: '192.0.2.300' },
        { method: 'dhcp', wifi: { ...wifi, key: 'a=b=c=d=e' } },
        { method: 'dhcp', wifi: { ssid: 'open', security: 'WPA2-PSK' } },
      ]) {
        expect(await codeOf(bob.ask('modifyNetwork', wrong)), JSON.stringify(wrong)).to.equal('invalid');
      }
    });

    it('says what it is, and ends the control of others', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      expect(await bob.ask('getDeviceInfo')).to.deep.include({ serial: bob.simulation.serial, version: '1.7.0' });
      await bob.ask('releaseControl');
    });

    it('refuses heat without a job, and filament unless one is paused', async () => {
      await using bob = await servePrinter({ simulation });
      await bob.authorize();
      expect(await codeOf(bob.ask('setToolheadTemperature', { temperature: 210 }))).to.equal('conflict');
      await bob.run('startPrint', { path: '/SD/sample.fc' });
      await bob.reach('running');
      expect(await codeOf(bob.ask('loadFilament', {}))).to.equal('conflict');
      await bob.ask('setToolheadTemperature', { temperature: 210 });
      expect(await bob.read('toolheadTarget')).to.equal(210);
      await bob.ask('pause');
      await bob.reach('paused');
      await bob.ask('loadFilament', {});
      await bob.ask('unloadFilament', { index: 0 });
    });
  });
}
