/** Options that are settings of a device; what is absent is left to the gateway. */
export interface DeviceSettings {
  readonly dialect?: string;
  readonly group?: string;
  readonly location?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly model?: string;
}

/** The settings alone, of all options of a command, as the gateway takes them. */
export const settingsOf = ({ dialect, group, location, host, port, user, model }: DeviceSettings) =>
  ({ dialect, group, location, host, port, user, model }) as const;
