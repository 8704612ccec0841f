import type { Observable } from 'rxjs';
import type { Static } from 'typebox';
import { Latest } from './latest.js';
import type { TelemetryValue } from './telemetry.model.js';
import type { Payload } from './wire/frame-decoder.js';

/** The latest frame with what the server knows of it. */
export type TelemetryFrame = Static<typeof TelemetryValue>;

/** What a device measures: the frame as a whole, and its values one by one. */
export class Readings {
  readonly #telemetry = new Latest<TelemetryFrame>();
  readonly #batteryVoltage = new Latest<number>();
  readonly #batterySoc = new Latest<number>();
  readonly #batteryCurrent = new Latest<number>();
  readonly #batteryPower = new Latest<number>();
  readonly #gridPower = new Latest<number>();
  readonly #gridVoltage = new Latest<number>();
  readonly #gridFrequency = new Latest<number>();
  readonly #state = new Latest<string>();
  readonly #mode = new Latest<string>();
  readonly #errorFlags = new Latest<string[]>();

  /** Takes over a frame; what it does not hold keeps its last value. */
  take(frame: TelemetryFrame): void {
    this.#telemetry.set(frame);
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
    return this.#telemetry.value;
  }

  /** The latest state of charge, in percent. */
  get soc(): number | undefined {
    return this.#batterySoc.value;
  }

  /** All values as the properties of the Thing are called. */
  get streams(): ReadingStreams {
    return {
      telemetry: this.#telemetry.values,
      batteryVoltage: this.#batteryVoltage.values,
      batterySoc: this.#batterySoc.values,
      batteryCurrent: this.#batteryCurrent.values,
      batteryPower: this.#batteryPower.values,
      gridPower: this.#gridPower.values,
      gridVoltage: this.#gridVoltage.values,
      gridFrequency: this.#gridFrequency.values,
      state: this.#state.values,
      mode: this.#mode.values,
      errorFlags: this.#errorFlags.values,
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

function setIfGiven<T>(latest: Latest<T>, value: T | undefined): void {
  if (value !== undefined) latest.set(value);
}

/** What the device itself sent, normalised: a frame without what the server added to it. */
export function payloadOf({ receivedAt: _r, quality: _q, zoneAssumed: _z, ...payload }: TelemetryFrame): Payload {
  return payload;
}
