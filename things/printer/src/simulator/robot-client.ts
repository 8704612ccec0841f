import type { Occupant } from './robot-room.js';
import type { SocketBytes } from './socket-bytes.js';

/** A client that a robot has let in. */
export interface RobotClient extends Occupant {
  readonly incoming: SocketBytes;
  /** Answers with a text frame. */
  answer(text: string): Promise<void>;
  /** Sends bytes without a frame. */
  send(bytes: Buffer): Promise<void>;
  /** What it starts next: files are chosen by each connection for itself. */
  selected: Buffer | undefined;
}
