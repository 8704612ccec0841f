import { type State, state } from '@thingwright/core';
import type { Observable } from 'rxjs';
import type { Static } from 'typebox';
import type { TelemetryValue } from './telemetry.model.js';
import type { Payload } from './wire/frame-decoder.js';

/** The latest frame with what the server knows of it. */
export type TelemetryFrame = Static<typeof TelemetryValue>;

/** What a device measures: the frame as a whole, and its values one by one. */
export class Readings {
  readonly #telemetry = state<TelemetryFrame>();
  readonly #batteryVoltage = state<number>();
  readonly #batterySoc = state<number>();
  readonly #batteryCurrent = state<number>();
  readonly #batteryPower = state<number>();
  readonly #gridPower = state<number>();
  readonly #gridVoltage = state<number>();
  readonly #gridFrequency = state<number>();
  readonly #state = state<string>();
  readonly #mode = state<string>();
  readonly #errorFlags = state<string[]>();

  /** Takes over a frame, which `again` makes anew; what it does not hold keeps its last value. */
  take(frame: TelemetryFrame, again: () => TelemetryFrame): void {
    this.#telemetry.set(frame, again);
    const { battery, grid, system_status: status } = frame;
    this.#batteryVoltage.set(battery.voltage);
    this.#batterySoc.set(battery.soc);
    setIfGiven(this.#batteryCurrent, battery.current);
    setIfGiven(this.#batteryPower, battery.power);
    if (grid) {
      setIfGiven(this.#gridPower, grid.power);
      setIfGiven(this.#gridVoltage, grid.voltage);
      setIfGiven(this.#gridFrequency, grid.frequency);
    }
    if (status) {
      setIfGiven(this.#state, status.state);
      setIfGiven(this.#mode, status.mode);
      setIfGiven(this.#errorFlags, status.error_flags);
    }
  }

  /** The latest frame, if there was one. */
  get latest(): TelemetryFrame | undefined {
    return this.#telemetry.get();
  }

  /** The latest state of charge, in percent. */
  get soc(): number | undefined {
    return this.#batterySoc.get();
  }

  /** All values as the properties of the Thing are called. */
  get streams(): ReadingStreams {
    return {
      telemetry: this.#telemetry.value,
      batteryVoltage: this.#batteryVoltage.value,
      batterySoc: this.#batterySoc.value,
      batteryCurrent: this.#batteryCurrent.value,
      batteryPower: this.#batteryPower.value,
      gridPower: this.#gridPower.value,
      gridVoltage: this.#gridVoltage.value,
      gridFrequency: this.#gridFrequency.value,
      state: this.#state.value,
      mode: this.#mode.value,
      errorFlags: this.#errorFlags.value,
    };
  }
}

/** The values of {@link Readings}, each the latest and all that follow. */
export interface ReadingStreams {
  readonly telemetry: Observable<TelemetryFrame>;
  readonly batteryVoltage: Observable<number>;
  readonly batterySoc: Observable<number>;
  readonly batteryCurrent: Observable<number>;
  readonly batteryPower: Observable<number>;
  readonly gridPower: Observable<number>;
  readonly gridVoltage: Observable<number>;
  readonly gridFrequency: Observable<number>;
  readonly state: Observable<string>;
  readonly mode: Observable<string>;
  readonly errorFlags: Observable<string[]>;
}

function setIfGiven<T>(reading: State<T>, value: T | undefined): void {
  if (value !== undefined) reading.set(value);
}

/** What the device itself sent, normalised: a frame without what the server added to it. */
export function payloadOf({ receivedAt: _r, quality: _q, zoneAssumed: _z, ...payload }: TelemetryFrame): Payload {
  return payload;
}
