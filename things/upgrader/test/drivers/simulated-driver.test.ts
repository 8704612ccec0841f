import { fakeTimer } from '../../../../test/fake-timer.js';
import { type SimulatedDevices, simulatedDevice, simulatedDriver } from '../../src/index.js';
import { driverSuite } from '../driver.suite.js';
import { uuid } from '../fixture.js';

describe('the driver of simulated devices', () =>
  driverSuite(async () => {
    const id = uuid(1, '3');
    const device = simulatedDevice();
    const devices: SimulatedDevices = new Map([[id, device]]);
    const sha256 = 'ab'.repeat(32);
    const read = () => Promise.reject(new Error('it is not read'));
    return {
      driver: simulatedDriver({ devices, timer: fakeTimer() }),
      device: id,
      image: { fileName: 'image.bin', size: 1000, sha256, version: '2.0', os: null, signature: null, read },
      flashes: () => device.flashes,
      haveImage() {
        device.sha256 = sha256;
      },
      vanish() {
        device.isReachable = false;
      },
      refuse: () => void device.faults.push('flash'),
      async [Symbol.asyncDispose]() {},
    };
  }));
