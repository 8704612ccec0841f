import type { Socket } from 'node:net';
import { errorText } from '../wire/device-answer.js';
import { splitCommand } from '../wire/robot-command.js';
import { answering, type Conversation } from './conversation.js';
import type { RobotClient } from './robot-client.js';
import { type RobotWorkshop, runCommand } from './robot-commands.js';
import { admitCiphered, admitSecure, type RobotDoor } from './robot-handshake.js';
import { RobotRefusal } from './robot-refusal.js';

/** A robot that clients speak to. */
export interface RobotParts extends RobotDoor, RobotWorkshop {
  readonly generation: 'FLUX0002' | 'FLUX0003';
}

/** Speaks as a robot with one client, which has to show a trusted key (reference, section 5). */
export async function serveRobot(socket: Socket, letIn: () => void, parts: RobotParts): Promise<void> {
  const admit = parts.generation === 'FLUX0003' ? admitSecure : admitCiphered;
  const conversation = await admit(socket, parts);
  if (!conversation) return;
  letIn();
  const client = clientOf(conversation, parts);
  try {
    await obeyClient(conversation, client, parts);
  } finally {
    parts.room.leave(client);
  }
}

function clientOf(conversation: Conversation, { faults }: RobotParts): RobotClient {
  return {
    incoming: conversation.incoming,
    answer: answering(conversation, faults),
    send: (bytes) => (faults.has('mute') ? Promise.resolve() : conversation.send(bytes)),
    async kick() {
      await conversation.say(errorText('KICKED'));
      conversation.close();
    },
    selected: undefined,
  };
}

async function obeyClient(conversation: Conversation, client: RobotClient, parts: RobotParts): Promise<void> {
  for (;;) {
    const words = splitCommand(await conversation.incoming.text());
    if (parts.faults.has('crash')) {
      await conversation.say('UNKNOWN_ERROR');
      conversation.close();
      return;
    }
    try {
      if (!words) throw new RobotRefusal('BAD_PARAMS');
      await runCommand(words, client, parts);
    } catch (error) {
      if (!(error instanceof RobotRefusal)) throw error;
      await client.answer(errorText(...error.symbols));
    }
  }
}
