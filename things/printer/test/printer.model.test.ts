import { toThingModel } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { Printer } from '../src/index.js';

const names = (group: object): readonly string[] => Object.keys(group);

/** The rows of the reference's section 8 that a printer of this wire has something for, and what it has. */
const PROPERTIES: Readonly<Record<number, readonly string[]>> = {
  1: ['status'],
  2: ['progress'],
  3: ['job'],
  4: ['job'],
  5: ['job'],
  6: ['toolheadTarget'],
  10: ['filamentRunout'],
  11: ['serial', 'modelId', 'firmwareVersion', 'headModule', 'errorLabel', 'reachable'],
};
const ACTIONS: Readonly<Record<number, readonly string[]>> = {
  12: ['startPrint'],
  13: ['pause'],
  14: ['resume'],
  15: ['abort', 'clearJob'],
  17: ['setToolheadTemperature'],
  19: ['uploadFile', 'startPrint'],
  20: ['listFiles', 'deleteFile', 'getFileInfo'],
};
const EVENTS: Readonly<Record<number, readonly string[]>> = {
  23: ['statusChanged'],
  24: ['jobStarted', 'jobPaused', 'jobResumed', 'jobCompleted', 'jobAborted'],
  25: ['appeared', 'disappeared', 'error', 'fileListChanged'],
};

describe('The Model of a printer', () => {
  it('is a Thing Model', () => {
    expect(toThingModel(Printer)).to.include({ '@type': 'tm:ThingModel', title: 'Printer' });
  });

  it('is no narrower in kind than comparable APIs', () => {
    for (const [rows, group] of [
      [PROPERTIES, Printer.properties],
      [ACTIONS, Printer.actions],
      [EVENTS, Printer.events],
    ] as const) {
      for (const [row, wanted] of Object.entries(rows))
        expect(names(group), `row ${row}`).to.include.members([...wanted]);
    }
    for (const member of ['file', 'elapsed', 'estimate', 'timeLeft']) {
      expect(JSON.stringify(Printer.properties.job.schema), member).to.include(`"${member}"`);
    }
  });

  it('has all that the reference suggests (sections 7.1 to 7.3)', () => {
    expect(names(Printer.properties)).to.include.members([
      ...['uuid', 'serial', 'modelId', 'firmwareVersion', 'name', 'ipAddress', 'endpoint', 'hasPassword'],
      ...['discoveryVersion', 'identityVerified', 'reachable', 'lastSeen', 'status', 'progress', 'headModule'],
      ...['errorLabel', 'authorized'],
    ]);
    expect(names(Printer.actions)).to.include.members([
      ...['authorizeWithPassword', 'rename', 'modifyPassword', 'resetPassword', 'modifyNetwork', 'getWifiList'],
      ...['addTrust', 'listTrust', 'removeTrust', 'startPrint', 'uploadFile', 'listFiles', 'pause', 'resume', 'abort'],
      ...['clearJob', 'refresh'],
    ]);
    expect(names(Printer.events)).to.include.members([
      ...['statusChanged', 'jobStarted', 'jobPaused', 'jobResumed', 'jobCompleted', 'jobAborted', 'error', 'appeared'],
      ...['disappeared', 'metadataChanged'],
    ]);
  });

  it('promises no emergency stop, and runs no raw commands', () => {
    expect(names(Printer.actions).join()).to.not.match(/emergency|gcode|raw|command/i);
  });

  it('never shows a password', () => {
    const shown = JSON.stringify([Printer.properties, Printer.events]);
    expect(shown).to.not.match(/"(old|new)?[pP]assword"/);
  });

  it('takes what the wire can carry, and nothing else', () => {
    const rename = compileCheck(Printer.actions.rename.input);
    expect(rename.fits({ name: 'Größer = besser' })).to.equal(true);
    for (const name of ['', 'a\0b', 'a\nb', 'x'.repeat(201)]) expect(rename.fits({ name }), name).to.equal(false);
    const list = compileCheck(Printer.actions.listFiles.input);
    for (const path of ['/SD', '/USB/a b/c.fc']) expect(list.fits({ path }), path).to.equal(true);
    for (const path of ['', '/', 'SD/a', '/sd', '/SDX', '/SD//a']) expect(list.fits({ path }), path).to.equal(false);
    const heat = compileCheck(Printer.actions.setToolheadTemperature.input);
    expect([heat.fits({ temperature: 210 }), heat.fits({ temperature: 1000 })]).to.deep.equal([true, false]);
  });
});
