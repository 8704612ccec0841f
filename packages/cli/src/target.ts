import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './terminal.js';
import { usageError } from './usage-error.js';

/** Options of all commands that reach a gateway. */
export interface TargetOptions {
  readonly url?: string;
  readonly token?: string;
}

/** Options of the commands that reach a Thing. */
export interface ThingCommandOptions extends TargetOptions {
  /** One JSON object a line, for programs. */
  readonly json?: boolean;
}

/** A Thing to reach: where its TD is, and the token to show there. */
export interface Target {
  readonly url: string;
  readonly token: string | undefined;
  /** It was asked for by its name: it is where the gateway is, which may describe it at a public URL. */
  readonly isNamed?: boolean;
}

/** The base URL of the gateway: `--url`, `THINGWRIGHT_URL`, or the port 8080 of this machine. @throws CommanderError for what is no URL. */
export function gatewayUrl({ url }: TargetOptions, environment: Environment): string {
  const given = url ?? environment.THINGWRIGHT_URL ?? 'http://127.0.0.1:8080';
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
    throw usageError(`--url: '${given}' is no URL such as http://127.0.0.1:8080`);
  }
  return given.replace(/\/+$/, '');
}

/** Finds a Thing by the URL of its TD, or by its name on the gateway. @throws CommanderError for what is no URL. */
export async function targetOf(thing: string, options: TargetOptions, environment: Environment): Promise<Target> {
  const isNamed = !/^https?:\/\//.test(thing);
  const url = !isNamed ? thing : `${gatewayUrl(options, environment)}/things/${encodeURIComponent(thing)}`;
  if (!URL.canParse(url)) throw usageError(`'${thing}' is neither a name nor the URL of a TD`);
  return { url, token: await tokenFor(url, options, environment), isNamed };
}

/**
 * The token for a URL: `--token`, `THINGWRIGHT_TOKEN`, and only for this machine `THINGWRIGHT_ADMIN_TOKEN` and the file that
 * the gateway keeps in its data folder. No other host ever sees the admin token.
 */
export async function tokenFor(
  url: string,
  { token }: TargetOptions,
  environment: Environment,
): Promise<string | undefined> {
  const given = token ?? environment.THINGWRIGHT_TOKEN;
  if (given !== undefined && given !== '') return given;
  if (!isThisMachine(new URL(url).hostname)) return undefined;
  if (environment.THINGWRIGHT_ADMIN_TOKEN) return environment.THINGWRIGHT_ADMIN_TOKEN;
  try {
    return (await readFile(join(environment.THINGWRIGHT_DATA || './data', 'admin-token'), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
