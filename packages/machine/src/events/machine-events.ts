import type { DebugStop } from '../debug/debug-stop.ts';
import type { MachineExit } from '../run-loop.ts';

/** What a machine tells its listeners, by name. Listeners are called while the machine waits; one that throws ends the run as failed. */
export interface MachineEvents {
  /** The guest sent this byte on the first serial port. For chunks of them, iterate over `machine.serial`. */
  readonly serial: number;
  /** The serial port's receive queue has room again. */
  readonly serialSpace: undefined;
  /** Guest or firmware sent this byte on a debug console: port E9h or 402h. */
  readonly debugConsole: number;
  /** A device tells something in one line: a failing disk, say. */
  readonly log: string;
  /** The guest wrote to one of the configuration's log ports. */
  readonly portWrite: { readonly port: number; readonly value: number };
  /** The guest was reset, by itself or by the host. */
  readonly reset: undefined;
  /** The machine goes on on another engine: the names of the two hypervisors. */
  readonly backend: { readonly from: string; readonly to: string };
  /** No instruction is executed until `resume`. */
  readonly pause: undefined;
  /** The machine goes on after a pause. */
  readonly resume: undefined;
  /** A breakpoint was met or a step is done. */
  readonly debug: DebugStop;
  /** A run ended. */
  readonly exit: MachineExit;
}
