import { isMembers, parseJSON } from '@thingwright/core';
import { type Dial, dialIn } from '@thingwright/device-link/device';

/** Who a device is, and where it dials in. */
export interface NumberedDeviceOptions {
  readonly url: string;
  readonly name: string;
  readonly token: string;
  /** Milliseconds between two frames. */
  readonly period: number;
}

/**
 * A telemetry device on its own wire, whose frames are numbered: the number is in `gridPower`, and in the event `errorRaised`. It
 * says of each command that it is done.
 */
export class NumberedDevice implements AsyncDisposable {
  readonly #dial: Dial;
  readonly #name: string;
  readonly #timer: NodeJS.Timeout;
  #isOpen = false;
  #number = 0;

  constructor({ url, name, token, period }: NumberedDeviceOptions) {
    this.#name = name;
    this.#dial = dialIn({
      url: `${url.replace(/^http/, 'ws')}/ws/device/${name}`,
      name,
      token,
      backOff: { minimum: 100, maximum: 400 },
      onCommand: (text) => this.#obey(text),
    });
    this.#dial.state.subscribe(({ state }) => {
      this.#isOpen = state === 'OPEN';
    });
    this.#timer = setInterval(() => this.#report(), period);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends no more frames. */
  quiet(): void {
    clearInterval(this.#timer);
  }

  #report(): void {
    if (!this.#isOpen) return;
    const number = ++this.#number;
    this.#dial.send({
      device_id: this.#name,
      timestamp: new Date().toISOString(),
      seq: number,
      system_status: { state: 'NORMAL', mode: 'AUTO', error_flags: [`n${number}`], wifi_strength: -50, uptime: number },
      battery: { voltage: 400, soc: 100, current: 1, power: 400, soh: 99, temperature: 20 },
      grid: { voltage: 230, frequency: 50, power: number },
      solar: { power_ac: 0, irradiance: 0 },
      load: { total_load: 1 },
    });
  }

  #obey(text: string): void {
    const command = parseJSON(text);
    if (isMembers(command)) this.#dial.send({ command_id: command.command_id, status: 'done' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.quiet();
    await this.#dial[Symbol.asyncDispose]();
  }
}
