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
  PciInterruptRouter,
  Pic,
  Piix3IsaBridge,
  Piix4Pm,
  Pit,
  PortSpace,
  CoprocessorError,
  FwCfg,
  Hpet,
  TestDevice,
  ResetControl,
  Rtc,
  Uart16550A,
  type BlockBackend,
  type BootDevice,
  type Device,
  type DeviceSlot,
  type DeviceType,
  type PciSlots,
} from '@ringzero/devices';
import type { GuestMemory } from '@ringzero/guest-memory';
import { RingzeroError } from '@ringzero/processor';
import type { MachineClock } from '../clock/machine-clock.ts';
import type { DeviceConfig } from '../config.ts';
import { hex, MachineError } from '../errors.ts';
import { PM_PORT, SCI_IRQ } from '../firmware/acpi-tables.ts';
import { S5_TYPE } from '../firmware/dsdt.ts';
import { MachineTransfers } from '../transfers.ts';
import { IoApicPins } from './io-apic-pins.ts';
import { DeviceSet, type ChipsetState } from './device-set.ts';

/** Ports of the debug consoles that guests (E9h) and firmware (402h) write to. */
const CONSOLE_PORTS = [0xe9, 0x402];
/** The first PCI device that is free on the board: 0 is the host bridge, 1 the PIIX. */
const FIRST_FREE_SLOT = 2;

/** A device of the configuration with its type. */
export interface ConfiguredDevice {
  readonly config: DeviceConfig;
  readonly type: DeviceType;
}

/** What the chipset asks of its machine. */
export interface ChipsetHost {
  readonly clock: MachineClock;
  readonly memory: GuestMemory;
  readonly processors: number;
  /** Milliseconds since the epoch that the clock chip starts at. */
  readonly startDate: number;
  readonly bootOrder: readonly BootDevice[] | undefined;
  readonly debugExitPort: number | undefined;
  readonly testDevice: boolean;
  readonly hpet: boolean;
  readonly devices: readonly ConfiguredDevice[];
  readonly media: Readonly<Record<string, BlockBackend>>;
  /** The 8259 pair's output rose. */
  onIntr(): void;
  /** False: it merged with the same interrupt, which was not taken yet. */
  onMessage(address: bigint, data: number): boolean | void;
  onSerial(byte: number): void;
  onSerialSpace(): void;
  /** A byte on a debug console. */
  onDebugConsole(byte: number): void;
  onPowerOff(): void;
  onReset(): void;
  onDebugExit(status: number): void;
  /** A device tells something in a line. */
  onDeviceLog(message: string): void;
  /** No instruction may be executed before `work` is settled. */
  hold(work: Promise<void>): void;
  /** Timers are to be looked at soon. */
  wake(): void;
}

/** The devices of a PC with an i440FX, wired, and those that the configuration adds. */
export class Chipset {
  readonly ports: PortSpace = new PortSpace();
  readonly mmio: MmioSpace = new MmioSpace();
  readonly pci: PciBus = new PciBus();
  readonly pic: Pic;
  readonly ioApic: IoApic;
  readonly serial: Uart16550A;
  readonly keyboard: I8042;
  readonly coprocessorError: CoprocessorError;
  readonly pm: AcpiPm;
  readonly fwCfg: FwCfg;
  readonly #devices = new DeviceSet();
  readonly #lines: IrqRouter;
  readonly #transfers: MachineTransfers;

  constructor(host: ChipsetHost) {
    const { clock, memory } = host;
    const devices = this.#devices;
    this.#transfers = new MachineTransfers(host);
    this.pic = new Pic({ onIntr: (level) => void (level && host.onIntr()) });
    this.ioApic = new IoApic({ deliver: ({ address, data }) => host.onMessage(BigInt(address), data) });
    const lines = (this.#lines = new IrqRouter({ pic: (input, level) => this.pic.setInput(input, level), ioApic: (pin, level) => this.ioApic.setPin(pin, level) }));
    const pciInterrupts = new PciInterruptRouter(lines);
    devices.add('pci', this.pci);
    devices.add('pit', new Pit({ clock, irq: lines.line(0) }));
    devices.add('rtc', new Rtc({ clock, irq: lines.line(8), startDate: host.startDate, memory: cmosContents({ memoryBelow4GiB: memory.ramBytes, processors: host.processors, ...(host.bootOrder === undefined ? {} : { bootOrder: host.bootOrder }) }) }));
    this.serial = devices.add('serial', new Uart16550A({ clock, irq: lines.line(4), onTransmit: (byte) => host.onSerial(byte), onReceiveSpace: () => host.onSerialSpace() }));
    this.keyboard = devices.add('keyboard', new I8042({ irq: lines.line(1), mouseIrq: lines.line(12), onA20: (enabled) => memory.setA20(enabled), onReset: () => host.onReset(), a20AtReset: true }));
    devices.add('dma', new Dma());
    this.pm = devices.add('pm', new AcpiPm({ clock, port: PM_PORT, sci: lines.line(SCI_IRQ), s5Type: S5_TYPE, onPowerOff: () => host.onPowerOff(), enabledAtReset: true }));
    devices.add('debugPorts', new DebugPorts({ consolePorts: CONSOLE_PORTS, onConsole: (byte) => host.onDebugConsole(byte) }));
    devices.add('resetControl', new ResetControl({ onReset: () => host.onReset() }));
    this.fwCfg = devices.add('fwCfg', new FwCfg({ ramBytes: memory.ramBytes, processors: host.processors, memory }));
    this.coprocessorError = devices.add('coprocessorError', new CoprocessorError({ irq: lines.line(13) }));
    this.pci.add(0, 0, new I440Fx({ onShadowChange: ({ start, end, writeRam }) => memory.setWritable(start, end - start, writeRam) }));
    this.pci.add(1, 0, new Piix3IsaBridge({ onRoute: (pin, irq) => pciInterrupts.route(pin, irq) }));
    this.pci.add(1, 3, new Piix4Pm({ port: PM_PORT, onMove: (port) => this.pm.moveTo(port) }));
    for (const name of devices.names) (devices.get(name) as unknown as { attach(ports: PortSpace): void }).attach(this.ports);
    this.pic.attach(this.ports);
    this.ioApic.attach(this.mmio);
    if (host.hpet) {
      const pins = new IoApicPins((pin, level) => this.ioApic.setPin(pin, level));
      const hpet = devices.add('hpet', new Hpet({ clock, replacements: [lines.replacement(0), lines.replacement(8)], pin: (pin) => pins.source(pin) }));
      hpet.attach(this.mmio);
    }
    if (host.testDevice) {
      const device = devices.add('testDevice', new TestDevice({ onLine: (line, level) => this.#driveLine(line, level) }));
      device.attach(this.ports, this.mmio);
    }
    this.#addConfigured(host, pciInterrupts);
    const port = host.debugExitPort;
    if (port !== undefined) {
      if (this.ports.firstTaken({ base: port, count: 1 }) >= 0) throw new MachineError('invalid-config', `debug-exit port ${hex(port)}: a device of the machine has it; expected a free port, such as 0xf4`);
      new DebugExit({ port, onExit: (status) => host.onDebugExit(status) }).attach(this.ports);
    }
    // Interrupt controllers are restored last: what they saved overrides what the others' lines did.
    devices.add('ioApic', this.ioApic);
    devices.add('pic', this.pic);
  }

  /** A device by its name: one of the board's, or the id of the configuration. */
  device(name: string): Device<unknown> | undefined {
    return this.#devices.get(name);
  }

  #addConfigured(host: ChipsetHost, pciInterrupts: PciInterruptRouter): void {
    const pci: PciSlots = {
      add: (endpoint, address = {}) => {
        const device = address.device ?? this.pci.freeDevice(FIRST_FREE_SLOT);
        this.pci.add(device, address.function ?? 0, endpoint);
        return pciInterrupts.source(device, Math.max(1, endpoint.read(0x3d, 1)));
      },
      message: (address, data) => void host.onMessage(BigInt(address), data),
    };
    for (const { config, type } of host.devices) {
      const { type: name, id = name, ...options } = config;
      const slot: DeviceSlot = {
        clock: host.clock,
        ports: this.ports,
        mmio: this.mmio,
        memory: host.memory,
        pci,
        transfers: this.#transfers,
        irq: (line) => this.#lines.line(line),
        allocateMemory: (bytes) => host.memory.allocateDeviceMemory(bytes),
        medium: (medium) => mediumOf(host.media, id, medium),
        log: (message) => host.onDeviceLog(`${id}: ${message}`),
      };
      this.#devices.add(id, type.create(slot, options));
    }
  }

  /** Lines 0 to 15 reach both controllers, the others the IO-APIC alone. */
  #driveLine(line: number, level: boolean): void {
    if (line < 16) this.pic.setInput(line, level);
    this.ioApic.setPin(line, level);
  }

  /** Every device as after power-on. */
  reset(): void {
    this.#devices.reset();
  }

  /** The states of all devices, by name. */
  save(): ChipsetState {
    return this.#devices.save();
  }

  /** The version of each device's state. */
  get stateVersions(): Readonly<Record<string, number>> {
    return this.#devices.stateVersions;
  }

  /** A state whose devices had `versions`, made one of today's. Throws a `MachineError` where a device cannot. */
  upgrade(state: ChipsetState, versions: Readonly<Record<string, number>>): ChipsetState {
    return this.#devices.upgrade(state, versions);
  }

  /** Throws a `MachineError` if `state` is of other devices than these, or has not the form of theirs. */
  check(state: ChipsetState): void {
    this.#devices.check(state);
  }

  /** Restores the devices without beginning their transfers, to see whether they can be: what they throw, this throws. */
  rehearse(state: ChipsetState): void {
    this.#transfers.rehearse(() => this.#devices.restoreExactly(state));
  }

  /** Puts every device into its saved state. */
  restore(state: ChipsetState): void {
    this.#devices.restore(state);
  }
}

function mediumOf(media: Readonly<Record<string, BlockBackend>>, id: string, name: string): BlockBackend {
  const found = Object.hasOwn(media, name) ? media[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(media);
  throw new RingzeroError('unknown-medium', `device "${id}": medium "${name}" is unknown; ${known.length === 0 ? 'the machine was given none' : `known are ${known.join(', ')}`}`);
}
