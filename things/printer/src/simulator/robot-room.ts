import { RobotRefusal } from './robot-refusal.js';
import type { RunningTask } from './running-task.js';

/** Who may be thrown out. */
export interface Occupant {
  /** Tells it that another took over, and ends its connection. */
  kick(): Promise<void>;
}

/** The one place in a robot's exclusive modes (reference, section 5.5). */
export interface RobotRoom {
  /** Takes the place. @throws RobotRefusal if it is taken, or there is a task */
  enter(client: Occupant): void;
  /** Gives the place back, if it has it; tells whether it had. */
  leave(client: Occupant): boolean;
  /** Whether a client has the place. */
  holds(client: Occupant): boolean;
  /** Throws out who has the place. @throws RobotRefusal if the robot prints */
  clear(): Promise<void>;
}

/** Makes the place of a robot. */
export function createRobotRoom(task: RunningTask): RobotRoom {
  let occupant: Occupant | undefined;
  const leave = (client: Occupant): boolean => {
    if (occupant !== client) return false;
    occupant = undefined;
    task.occupy(false);
    return true;
  };
  return {
    enter(client) {
      if (occupant !== undefined || !task.occupy(true)) throw new RobotRefusal('RESOURCE_BUSY');
      occupant = client;
    },
    leave,
    holds: (client) => occupant === client,
    async clear() {
      const present = occupant;
      if (present) {
        leave(present);
        await present.kick();
      } else if (task.status.id !== 0) {
        throw new RobotRefusal('NOT_SUPPORT');
      }
    },
  };
}
