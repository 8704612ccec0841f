/** One command to a device, in the form of the communication interface (reference 3.1). */
export interface Command {
  readonly commandID: string;
  readonly action: string;
  readonly payload: object;
}

/** The text frame of a command. */
export const encodeCommand = ({ commandID, action, payload }: Command): string =>
  JSON.stringify({ command_id: commandID, action, payload });

/** Whether a reported mode shows that the target was reached: it is the target, or the target's first word. */
export const showsMode = (reported: string | undefined, target: string): boolean =>
  reported !== undefined && (reported === target || reported === target.split(/[_\s-]/, 1)[0]);
