import {
  AcpiPm,
  cmosContents,
  DebugExit,
  DebugPorts,
  Dma,
  I440Fx,
  I8042,
  IoApic,
  IrqRouter,
  MmioSpace,
  PciBus,
  Pic,
  Piix3IsaBridge,
  Piix4Pm,
  Pit,
  PortSpace,
  CoprocessorError,
  FwCfg,
  TestDevice,
  ResetControl,
  Rtc,
  Uart16550A,
  type AcpiPmState,
  type DebugPortsState,
  type DmaState,
  type I8042State,
  type IoApicState,
  type PciBusState,
  type PicState,
  type PitState,
  type CoprocessorErrorState,
  type FwCfgState,
  type TestDeviceState,
  type ResetControlState,
  type RtcState,
  type UartState,
} from '@ringzero/devices';
import type { GuestMemory } from '@ringzero/guest-memory';
import type { VmClock } from '@ringzero/processor';
import { hex, MachineError } from '../errors.ts';
import { PM_PORT, SCI_IRQ } from '../firmware/acpi-tables.ts';
import { S5_TYPE } from '../firmware/dsdt.ts';

/** Port of the debug console that guests probe for. */
const CONSOLE_PORT = 0xe9;

/** What the chipset asks of its machine. */
export interface ChipsetHost {
  readonly clock: VmClock;
  readonly memory: GuestMemory;
  readonly processors: number;
  /** Milliseconds since the epoch that the clock chip starts at. */
  readonly startDate: number;
  readonly debugExitPort: number | undefined;
  readonly testDevice: boolean;
  /** The 8259 pair's output rose. */
  onIntr(): void;
  /** False: it merged with the same interrupt, which was not taken yet. */
  onMessage(address: bigint, data: number): boolean | void;
  onSerial(byte: number): void;
  onSerialSpace(): void;
  onPowerOff(): void;
  onReset(): void;
  onDebugExit(status: number): void;
}

/** JSON-safe state of every device. */
export interface ChipsetState {
  readonly pic: PicState;
  readonly ioApic: IoApicState;
  readonly pit: PitState;
  readonly rtc: RtcState;
  readonly serial: UartState;
  readonly keyboard: I8042State;
  readonly dma: DmaState;
  readonly pm: AcpiPmState;
  readonly pci: PciBusState;
  readonly debugPorts: DebugPortsState;
  readonly resetControl: ResetControlState;
  readonly fwCfg: FwCfgState;
  readonly coprocessorError: CoprocessorErrorState;
  readonly testDevice?: TestDeviceState;
}

/** The devices of a PC with an i440FX, wired. */
export class Chipset {
  readonly ports: PortSpace = new PortSpace();
  readonly mmio: MmioSpace = new MmioSpace();
  readonly pic: Pic;
  readonly ioApic: IoApic;
  readonly serial: Uart16550A;
  readonly keyboard: I8042;
  readonly coprocessorError: CoprocessorError;
  readonly #pit: Pit;
  readonly #rtc: Rtc;
  readonly #dma: Dma = new Dma();
  readonly #pm: AcpiPm;
  readonly #pci: PciBus = new PciBus();
  readonly #debugPorts: DebugPorts;
  readonly #resetControl: ResetControl;
  readonly #fwCfg: FwCfg;
  readonly #testDevice: TestDevice | undefined;

  constructor(host: ChipsetHost) {
    const { clock, memory } = host;
    this.pic = new Pic({ onIntr: (level) => void (level && host.onIntr()) });
    this.ioApic = new IoApic({ deliver: ({ address, data }) => host.onMessage(BigInt(address), data) });
    const lines = new IrqRouter({ pic: (input, level) => this.pic.setInput(input, level), ioApic: (pin, level) => this.ioApic.setPin(pin, level) });
    this.#pit = new Pit({ clock, irq: lines.line(0) });
    this.keyboard = new I8042({ irq: lines.line(1), onA20: (enabled) => memory.setA20(enabled), onReset: () => host.onReset(), a20AtReset: true });
    this.serial = new Uart16550A({ clock, irq: lines.line(4), onTransmit: (byte) => host.onSerial(byte), onReceiveSpace: () => host.onSerialSpace() });
    this.#rtc = new Rtc({ clock, irq: lines.line(8), startDate: host.startDate, memory: cmosContents({ memoryBelow4GiB: memory.ramBytes, processors: host.processors }) });
    this.#pm = new AcpiPm({ clock, port: PM_PORT, sci: lines.line(SCI_IRQ), s5Type: S5_TYPE, onPowerOff: () => host.onPowerOff(), enabledAtReset: true });
    this.#resetControl = new ResetControl({ onReset: () => host.onReset() });
    this.coprocessorError = new CoprocessorError({ irq: lines.line(13) });
    this.#fwCfg = new FwCfg({ ramBytes: memory.ramBytes, processors: host.processors });
    this.#debugPorts = new DebugPorts({ consolePort: CONSOLE_PORT });
    this.#pci.add(0, 0, new I440Fx({ onShadowChange: ({ start, end, writeRam }) => memory.setWritable(start, end - start, writeRam) }));
    this.#pci.add(1, 0, new Piix3IsaBridge());
    this.#pci.add(1, 3, new Piix4Pm({ port: PM_PORT, onMove: (port) => this.#pm.moveTo(port) }));
    for (const device of [this.pic, this.#pit, this.keyboard, this.serial, this.#rtc, this.#dma, this.#pm, this.#pci, this.#debugPorts, this.#resetControl, this.#fwCfg, this.coprocessorError]) device.attach(this.ports);
    const port = host.debugExitPort;
    if (port !== undefined) {
      if (this.ports.firstTaken({ base: port, count: 1 }) >= 0) throw new MachineError('invalid-config', `debug-exit port ${hex(port)}: a device of the machine has it; expected a free port, such as 0xf4`);
      new DebugExit({ port, onExit: (status) => host.onDebugExit(status) }).attach(this.ports);
    }
    this.ioApic.attach(this.mmio);
    if (host.testDevice) {
      this.#testDevice = new TestDevice({ onLine: (line, level) => this.#driveLine(line, level) });
      this.#testDevice.attach(this.ports, this.mmio);
    }
  }

  /** Lines 0 to 15 reach both controllers, the others the IO-APIC alone. */
  #driveLine(line: number, level: boolean): void {
    if (line < 16) this.pic.setInput(line, level);
    this.ioApic.setPin(line, level);
  }

  reset(): void {
    this.#testDevice?.reset();
    for (const device of [this.pic, this.ioApic, this.#pit, this.keyboard, this.serial, this.#rtc, this.#dma, this.#pm, this.#pci, this.#debugPorts, this.#resetControl, this.#fwCfg, this.coprocessorError]) device.reset();
  }

  save(): ChipsetState {
    return {
      pic: this.pic.save(),
      ioApic: this.ioApic.save(),
      pit: this.#pit.save(),
      rtc: this.#rtc.save(),
      serial: this.serial.save(),
      keyboard: this.keyboard.save(),
      dma: this.#dma.save(),
      pm: this.#pm.save(),
      pci: this.#pci.save(),
      debugPorts: this.#debugPorts.save(),
      resetControl: this.#resetControl.save(),
      fwCfg: this.#fwCfg.save(),
      coprocessorError: this.coprocessorError.save(),
      ...(this.#testDevice === undefined ? {} : { testDevice: this.#testDevice.save() }),
    };
  }

  restore(state: ChipsetState): void {
    this.#pci.restore(state.pci);
    this.#pit.restore(state.pit);
    this.#rtc.restore(state.rtc);
    this.serial.restore(state.serial);
    this.keyboard.restore(state.keyboard);
    this.#dma.restore(state.dma);
    this.#pm.restore(state.pm);
    this.#debugPorts.restore(state.debugPorts);
    this.#resetControl.restore(state.resetControl);
    this.#fwCfg.restore(state.fwCfg);
    this.coprocessorError.restore(state.coprocessorError);
    if (state.testDevice !== undefined) this.#testDevice?.restore(state.testDevice);
    this.ioApic.restore(state.ioApic);
    this.pic.restore(state.pic);
  }
}
