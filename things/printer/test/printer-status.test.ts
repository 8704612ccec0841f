import { expect } from 'chai';
import { PrinterStatus } from '../src/printer-status.js';
import type { RobotReport } from '../src/wire/robot-report.js';
import type { StatusBlock } from '../src/wire/status-block.js';

const LONG = 'HEAD_ERROR CALIBRATING FAN_FAILURE TILT';

const block = (told: Partial<StatusBlock> = {}): StatusBlock => ({
  time: 1,
  id: 16,
  progress: 0.5,
  headModule: 'EXTRUDER',
  errorLabel: '',
  ...told,
});

const report = (told: Partial<RobotReport> = {}): RobotReport => ({
  id: 16,
  label: 'HEATING',
  error: [],
  progress: 0.5,
  traveled: null,
  timeTotal: null,
  timeRunning: null,
  ...told,
});

function watched() {
  const status = new PrinterStatus(() => 0);
  const told: string[] = [];
  status.events.error.subscribe(({ label }) => told.push(label));
  status.events.statusChanged.subscribe(({ from, to, id }) => told.push(`${from} ${to} ${id}`));
  return { status, told };
}

describe('How a printer stands', () => {
  it('is told once for each change of its group, with the id', () => {
    const { status, told } = watched();
    for (const id of [0, 1, 4, 16, 18, 17, 16]) status.announced(block({ id }), 0);
    expect(told).to.deep.equal([
      'idle preparing 1',
      'preparing running 16',
      'running resuming 18',
      'resuming running 16',
    ]);
  });

  it('is named by its id, whatever the robot calls what it is at', () => {
    const { status } = watched();
    status.reported(report(), 0);
    expect(status.current).to.deep.equal({
      id: 16,
      label: 'RUNNING',
      group: 'running',
      timestamp: '1970-01-01T00:00:00.000Z',
    });
  });

  it('has a progress only as long as there is a job, and that is not cleared', () => {
    const { status } = watched();
    for (const [id, progress] of [
      [0, null],
      [-1, null],
      [16, 0.5],
      [64, 0.5],
    ] as const) {
      status.announced(block({ id }), 0);
      expect(status.progress, String(id)).to.equal(progress);
    }
  });

  it('is what the printer reports, for 5 s; then what it announces', () => {
    const { status } = watched();
    status.reported(report(), 1000);
    expect(status.announced(block({ id: 64 }), 5999)).to.equal(false);
    expect(status.id).to.equal(16);
    expect(status.announced(block({ id: 64 }), 6000)).to.equal(true);
    expect(status.id).to.equal(64);
  });

  it('has an error that is told once, though announcements cut it', () => {
    const { status, told } = watched();
    status.reported(report({ error: LONG.split(' ') }), 0);
    status.announced(block({ errorLabel: LONG.slice(0, 32) }), 10_000);
    status.reported(report({ error: LONG.split(' ') }), 20_000);
    expect(told).to.deep.equal([LONG]);
    status.announced(block(), 30_000);
    status.announced(block({ errorLabel: 'HARDWARE_ERROR FILAMENT_RUNOUT' }), 31_000);
    expect(told).to.deep.equal([LONG, 'HARDWARE_ERROR FILAMENT_RUNOUT']);
  });
});
