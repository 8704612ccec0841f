/** How one logs in to a device. */
export interface OpenWrtCredentials {
  /** What people call them; stands in the log, unlike the rest. */
  readonly name: string;
  readonly username: string;
  /** Default 22. */
  readonly port?: number;
  readonly password?: string;
  /** OpenSSH or PEM. */
  readonly privateKey?: string;
}

/** How devices are reached; whoever runs the upgrader knows. Devices are named by the UUIDs of their Things. */
export interface OpenWrtAccess {
  /** Names or IP addresses, the best first; asked again with every attempt, as they may change with a reboot. */
  addresses(device: string): Promise<readonly string[]>;
  /** All are tried, in their order. */
  credentials(device: string): Promise<readonly OpenWrtCredentials[]>;
  /** SHA-256 of the host key that was seen first, base64; undefined: none so far. */
  hostKey(device: string): Promise<string | undefined>;
  /** Keeps the host key that was seen first. */
  pin(device: string, hostKey: string): Promise<void>;
  /** Is told whether the device could be connected to; `reason` is null if it could. */
  tried(device: string, reason: string | null): void;
}

/** What a command came to. */
export interface CommandResult {
  /** Null: it did not end before the connection was gone, or before its time was over. */
  readonly code: number | null;
  /** What it wrote, to both outputs; the beginning of it. */
  readonly output: string;
}

/** One that is logged in to a device. Its calls reject with a ThingError `disconnected` or `aborted`. */
export interface Shell {
  /** Runs a command. With `timeout` (milliseconds; default 60,000) it is not waited for any longer. */
  run(command: string, options?: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<CommandResult>;
  /** Writes a file as fast as the device takes it; tells how many bytes went. */
  upload(
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal; readonly progress: (bytes: number) => void },
  ): Promise<void>;
  close(): void;
}

/** Logs in. Rejects with a ThingError `disconnected` that says why, `forbidden` for another host key than the one that is known. */
export type OpenShell = (target: {
  readonly device: string;
  readonly address: string;
  readonly credentials: OpenWrtCredentials;
  readonly access: OpenWrtAccess;
  readonly signal: AbortSignal;
}) => Promise<Shell>;
