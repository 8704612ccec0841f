import { toThingModel } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { Scanner } from '@thingwright/scanner';
import { expect } from 'chai';

describe('The Model of a scanner', () => {
  const request = compileCheck(Scanner.actions.startScan.input);
  const sequence = { name: 'tse', seqFile: '[VERSION]' };

  it('is a Thing Model', () => {
    expect(toThingModel(Scanner)).to.include({ '@type': 'tm:ThingModel', title: 'Scanner' });
  });

  it('asks for a sequence, and for all that the safety limits need', () => {
    expect(request.fits({ sequence })).to.equal(true);
    expect(request.fits({})).to.equal(false);
    const limits = { patientHeight: 178, patientWeight: 75, patientAge: 41 };
    expect(request.fits({ sequence, acquisitionLimits: limits })).to.equal(true);
    expect(request.fits({ sequence, acquisitionLimits: null })).to.equal(true);
    expect(request.fits({ sequence, acquisitionLimits: { ...limits, patientAge: -1 } })).to.equal(false);
    expect(request.fits({ sequence, acquisitionLimits: { patientHeight: 178, patientWeight: 75 } })).to.equal(false);
  });

  it('refuses a sequence id and a task id that the wire cannot carry', () => {
    expect(request.fits({ sequence: { ...sequence, id: '507f1f77bcf86cd799439011' } })).to.equal(true);
    expect(request.fits({ sequence: { ...sequence, id: '507F' } })).to.equal(false);
    expect(request.fits({ sequence, taskId: 'one' })).to.equal(false);
  });

  it('names a unit for every quantity of the patient', () => {
    const td = JSON.stringify(toThingModel(Scanner));
    for (const unit of ['cm', 'kg', '%', 'By', 's']) expect(td).to.include(`"unit":"${unit}"`);
  });
});
