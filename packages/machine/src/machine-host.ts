import type { BlockBackend, DeviceType } from '@ringzero/devices';
import type { BackendRegistry } from './backends.ts';

/** What a machine's surroundings provide. Its callbacks are the first listeners of the events of `MachineEvents`. */
export interface MachineHost {
  /** The guest sent a byte on the first serial port. */
  onSerial?(byte: number): void;
  /** The serial port's receive queue has room again. */
  onSerialSpace?(): void;
  /** The guest wrote to a log port. */
  onLog?(port: number, value: number): void;
  /** Guest or firmware sent a byte on a debug console: port E9h or 402h. */
  onDebugConsole?(byte: number): void;
  /** A device tells something in one line: a failing disk, say. */
  onDeviceLog?(message: string): void;
  /** What names mean in `Machine.switchBackend`. */
  readonly backends?: BackendRegistry;
  /** Kinds of devices besides the built-in ones. */
  readonly deviceTypes?: readonly DeviceType[];
  /** Media by name, for the disks of the configuration. */
  readonly media?: Readonly<Record<string, BlockBackend>>;
  /** Monotonic nanoseconds for the real clock; the host's `performance.now` if left out. */
  monotonicNanoseconds?(): number;
  /** Milliseconds since the epoch, for the clock chip; the host's date if left out. */
  date?(): number;
}
