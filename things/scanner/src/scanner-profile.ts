import { type Members, state, ThingError } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { Label as LabelSchema } from './scanner.model.js';
import type { ScannerRecord } from './scanner-record.js';
import type { ReportedDetails } from './wire/device-frame.js';

/** What people call a device. */
type Label = Static<typeof LabelSchema>;

const MAX_LABEL = 200;
/** Characters, as JSON; no frame of a device has more. */
const MAX_PARAMETER = 131_072;
const NOTHING: ReportedDetails = {
  deviceName: null,
  serialNumber: null,
  manufacturer: null,
  modality: null,
  site: null,
};

/** What a device is: what it reports of itself, and what people set. What an operator set holds over what it reports (B17). */
export class ScannerProfile {
  readonly details = state<ReportedDetails>(NOTHING);
  readonly label = state<Label>();
  /** What the next scan is measured with. */
  readonly parameter = state<Members>({});
  readonly reportedParameter = state<Members | null>(null);
  readonly #parameterReported = new Subject<{ parameter: Members }>();
  readonly #name: string;
  readonly #keep: () => Promise<void>;
  #isParameterSet: boolean;

  /** `keep` resolves when what stands then outlives a crash. */
  constructor(
    called: { readonly name: string; readonly title: string | undefined },
    record: ScannerRecord,
    keep: () => Promise<void>,
  ) {
    this.#name = called.name;
    this.#keep = keep;
    const name = (called.title ?? called.name).slice(0, MAX_LABEL);
    this.label.set(record.label ?? { name, description: name });
    if (record.details) this.details.set(record.details);
    if (record.reportedParameter) this.reportedParameter.set(record.reportedParameter);
    this.#isParameterSet = record.parameter !== undefined;
    this.parameter.set(record.parameter ?? record.reportedParameter ?? {});
  }

  get events() {
    return { parameterReported: this.#parameterReported.asObservable() };
  }

  /** What has to be remembered. */
  get record(): Omit<ScannerRecord, 'task' | 'past'> {
    const label = this.label.get();
    return {
      ...(label ? { label } : {}),
      ...(this.#isParameterSet ? { parameter: this.parameter.get() ?? {} } : {}),
      details: this.details.get() ?? NOTHING,
      reportedParameter: this.reportedParameter.get() ?? null,
    };
  }

  /** The device says who it is; what it does not say stays as it was. */
  report(details: ReportedDetails, parameter: Members | undefined): void {
    const known = this.details.get() ?? NOTHING;
    this.details.set({
      deviceName: details.deviceName ?? known.deviceName,
      serialNumber: details.serialNumber ?? known.serialNumber,
      manufacturer: details.manufacturer ?? known.manufacturer,
      modality: details.modality ?? known.modality,
      site: details.site ?? known.site,
    });
    if (!parameter) return;
    this.reportedParameter.set(parameter);
    if (!this.#isParameterSet) this.parameter.set(parameter);
    this.#parameterReported.next({ parameter });
  }

  /** Sets what the next scan is measured with. @throws ThingError `tooLarge`, or what the memory rejects with. */
  async setParameter(parameter: Members): Promise<Members> {
    if (JSON.stringify(parameter).length > MAX_PARAMETER) {
      throw new ThingError('tooLarge', `'${this.#name}' takes parameters of at most ${MAX_PARAMETER} characters`);
    }
    const before = { parameter: this.parameter.get() ?? {}, isSet: this.#isParameterSet };
    this.#isParameterSet = true;
    this.parameter.set(parameter);
    try {
      await this.#keep();
    } catch (error) {
      this.#isParameterSet = before.isSet;
      this.parameter.set(before.parameter);
      throw error;
    }
    return parameter;
  }

  /** Sets what people call the device. Rejects with what the memory rejects with. */
  async setLabel(label: Label): Promise<Label> {
    const before = this.label.get() ?? label;
    this.label.set(label);
    try {
      await this.#keep();
    } catch (error) {
      this.label.set(before);
      throw error;
    }
    return label;
  }
}
