import { expect } from 'chai';
import { encodeCommand, showsMode } from '../../src/wire/command.js';

describe('A command on the wire', () => {
  it('has the form of the communication interface', () => {
    const payload = { target_mode: 'MANUAL_DISCHARGE', target_power: 500 };
    expect(JSON.parse(encodeCommand({ commandID: 'cmd_8293', action: 'SET_MODE', payload }))).to.deep.equal({
      command_id: 'cmd_8293',
      action: 'SET_MODE',
      payload,
    });
  });

  it('is confirmed by its mode or the first word of it', () => {
    expect(showsMode('MANUAL_DISCHARGE', 'MANUAL_DISCHARGE')).to.equal(true);
    expect(showsMode('MANUAL', 'MANUAL_DISCHARGE')).to.equal(true);
    expect(showsMode('AUTO', 'MANUAL_DISCHARGE')).to.equal(false);
    expect(showsMode('MAN', 'MANUAL')).to.equal(false);
    expect(showsMode(undefined, 'AUTO')).to.equal(false);
  });
});
