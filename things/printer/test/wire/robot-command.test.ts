import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeDeviceInfo, readDeviceInfo } from '../../src/wire/device-info.js';
import { encodeEntries, readEntries } from '../../src/wire/file-list.js';
import {
  commandLine,
  listCommand,
  mediaTypeOf,
  ROBOT_COMMANDS,
  selectCommand,
  splitCommand,
  storedPath,
  uploadCommand,
} from '../../src/wire/robot-command.js';
import { encodeReport, type RobotReport, readReport } from '../../src/wire/robot-report.js';

const PLACE = { storage: 'SD', path: 'a b/c.fc' } as const;

describe('Commands to a robot', () => {
  it('5.3: are these lines', () => {
    expect(commandLine(ROBOT_COMMANDS.report)).to.equal('player report');
    expect(commandLine(selectCommand({ storage: 'SD', path: 'c.fc' }))).to.equal('player select SD c.fc');
    expect(commandLine(listCommand({ storage: 'SD', path: '' }))).to.equal('file ls SD ""');
    expect(commandLine(uploadCommand('text/gcode', 7))).to.equal('file upload text/gcode 7 #');
    expect(commandLine(uploadCommand('application/fcode', 7, PLACE))).to.equal(
      'file upload application/fcode 7 SD "a b/c.fc"',
    );
  });

  it('5.2: come apart into the words that they were made of, whatever these hold', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitCommand(commandLine(words))).to.deep.equal(words);
      }),
    );
    expect(() => commandLine(['player', 'start\0']))
      .to.throw(ThingError)
      .with.property('code', 'invalid');
  });

  it('5.2: are split as a shell does', () => {
    expect(splitCommand(`  file  ls SD 'a "b"' c\\ d "e\\f" '' `)).to.deep.equal([
      'file',
      'ls',
      'SD',
      'a "b"',
      'c d',
      'e\\f',
      '',
    ]);
    expect(splitCommand('')).to.deep.equal([]);
    for (const open of ['file ls "SD', "file ls 'SD"]) expect(splitCommand(open)).to.equal(undefined);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void splitCommand(line)));
  });

  it('5.2: paths begin with a storage and lead straight down', () => {
    expect(storedPath('/SD/a/b.fc')).to.deep.equal({ storage: 'SD', path: 'a/b.fc' });
    expect(storedPath('USB')).to.deep.equal({ storage: 'USB', path: '' });
    for (const path of ['', '/', '/etc/passwd', '/SD/../x', '/SD/./x']) {
      expect(() => storedPath(path))
        .to.throw(ThingError)
        .with.property('code', 'invalid');
    }
  });

  it('5.2: files are sent as what their suffix says', () => {
    const types = ['a.fc', 'a.GCODE', 'a.fxfw', 'a.b/c', 'a.stl'].map(mediaTypeOf);
    expect(types).to.deep.equal(['application/fcode', 'text/gcode', 'binary/flux-firmware', 'binary', 'binary']);
  });
});

describe('The report of a robot', () => {
  const REPORT: RobotReport = {
    id: 16,
    label: 'ST_RUNNING',
    error: [],
    progress: 0.5,
    traveled: 12.5,
    timeTotal: 100,
    timeRunning: null,
  };

  it('5.3: reads as it was written', () => {
    expect(readReport(encodeReport(REPORT))).to.deep.equal(REPORT);
    const failed = { ...REPORT, id: 48, error: ['HEAD_ERROR', 'TILT'], timeTotal: null };
    expect(readReport(encodeReport(failed))).to.deep.equal(failed);
  });

  it('5.5: may hold NaN and Infinity, which become null outside of strings', () => {
    const text = encodeReport({ ...REPORT, label: 'NaN "-Infinity', progress: null, traveled: null });
    expect(text).to.include('"prog": NaN');
    expect(readReport(text)).to.deep.equal({ ...REPORT, label: 'NaN "-Infinity', progress: null, traveled: null });
    expect(readReport('{"st_id": 4, "prog": -Infinity}')).to.include({ id: 4, progress: null });
  });

  it('is none without an id, and never throws, nor takes long', () => {
    for (const text of ['', '[]', '{}', '{"st_id": "16"}', '{"st_id": 1e300}', '{"st_id": NaN}', 'ok']) {
      expect(readReport(text)).to.equal(undefined);
    }
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => void readReport(text)));
    const begun = performance.now();
    readReport(`"${'\\"'.repeat(32_000)}`);
    expect(performance.now() - begun).to.be.below(500);
  });
});

describe('What a robot lists', () => {
  it('5.3: entries of a folder', () => {
    const entries = [
      { name: 'models', isFolder: true },
      { name: 'cube.fc', isFolder: false },
    ];
    expect(encodeEntries(entries)).to.equal('Dmodels\0Fcube.fc');
    expect(readEntries('Dmodels\0Fcube.fc\0')).to.deep.equal(entries);
    expect(readEntries('')).to.deep.equal([]);
    expect(readEntries('Xodd\0F\0F\u001b[2J')).to.deep.equal([{ name: '\u{fffd}[2J', isFolder: false }]);
  });

  it('5.3, 6.11: lines about the device, which stay texts', () => {
    const info = new Map([
      ['version', '1.7.0'],
      ['cloud', "('OK', __import__('os'))"],
    ]);
    expect(encodeDeviceInfo(info)).to.equal("ok\nversion:1.7.0\ncloud:('OK', __import__('os'))");
    expect(readDeviceInfo("version:1.7.0\ncloud:('OK', __import__('os'))\n\nodd\n:x")).to.deep.equal(info);
  });
});
