import { callGateway } from '../call-gateway.js';
import { printMembers } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `service add`. */
export interface AddServiceOptions extends ThingCommandOptions {
  readonly title?: string;
  readonly organization?: string;
}

/** Adds a service and prints its id and its secret. */
export async function addService(name: string, options: AddServiceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { title, organization, json } = options;
  const made = await callGateway('addService', { name, title, organization }, { options, terminal });
  printMembers(made, { json, terminal });
  if (!json) terminal.tell('The secret is shown this once: for Basic with the name, and for POST /oauth/token.');
  return EXIT.done;
}

/** Options of `service rotate`. */
export interface RotateSecretOptions extends ThingCommandOptions {
  readonly overlap: number;
}

/** Gives a service a new secret and prints it. */
export async function rotateSecret(
  name: string,
  options: RotateSecretOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const request = { principal: `service:${name}`, overlapSeconds: options.overlap };
  const made = await callGateway('rotateCredential', request, { options, terminal });
  printMembers(made, { json: options.json, terminal });
  return EXIT.done;
}
