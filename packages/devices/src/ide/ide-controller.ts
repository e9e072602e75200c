import type { AccessSize } from '@ringzero/processor';
import { allOnes, type Device } from '../bus/device.ts';
import type { DeviceOptions, DeviceSlot, DeviceType } from '../bus/slot.ts';
import { PciEndpoint } from '../pci/pci-endpoint.ts';
import { AtapiCd } from './atapi-cd.ts';
import { AtaDisk } from './ata-disk.ts';
import { Channel, type ChannelState } from './channel.ts';
import { parseIdeOptions, type DriveOptions } from './ide-options.ts';

/** What a save of the controller keeps. */
export interface IdeState {
  readonly channels: readonly ChannelState[];
}

/** Where the two channels are in compatibility mode: first port of the command block, port of device control, ISA line. */
const CHANNELS = [
  { command: 0x1f0, control: 0x3f6, irq: 14 },
  { command: 0x170, control: 0x376, irq: 15 },
] as const;
const BUS_MASTER_BYTES = 8;
/** IDE timing registers: bit 15 of each lets its channel be decoded. */
const TIMING = 0x40;
const TIMING_DECODES = 0x80;

/**
 * The IDE function of Intel's 82371SB (PIIX3, data sheet 290550): two channels at their ISA ports and lines, each with up to two
 * drives, and a bus master for both. Ports are decoded after reset, as firmware leaves them: kernels are also started without one.
 */
export class IdeController implements Device<IdeState> {
  readonly #channels: readonly Channel[];
  readonly #endpoint: PciEndpoint;
  readonly #cds = new Map<string, AtapiCd>();

  constructor(slot: DeviceSlot, drives: readonly DriveOptions[]) {
    this.#channels = CHANNELS.map(({ irq }, number) => new Channel({
      memory: slot.memory,
      transfers: slot.transfers,
      irq: slot.irq(irq),
      isMaster: () => this.#endpoint.isBusMaster,
      log: (message) => slot.log(`channel ${number}: ${message}`),
    }));
    const busMasterOf = (offset: number): Channel => this.#channels[offset < BUS_MASTER_BYTES ? 0 : 1]!;
    this.#endpoint = new PciEndpoint(slot, {
      vendor: 0x8086,
      device: 0x7010,
      classCode: 0x010180,
      bases: {
        4: {
          kind: 'io',
          size: 2 * BUS_MASTER_BYTES,
          handler: {
            read: (offset, size) => busMasterOf(offset).busMaster.read(offset % BUS_MASTER_BYTES, size),
            write: (offset, size, value) => busMasterOf(offset).busMaster.write(offset % BUS_MASTER_BYTES, size, value),
          },
        },
      },
    });
    this.#endpoint.initialize(0x04, 2, 0x0001);
    this.#endpoint.initialize(0x06, 2, 0x0280);
    for (let number = 0; number < CHANNELS.length; number++) {
      this.#endpoint.initialize(TIMING + 2 * number, 2, TIMING_DECODES << 8);
      this.#endpoint.allow(TIMING + 2 * number, 2, 0xf3ff);
    }
    this.#endpoint.allow(TIMING + 4, 1, 0xff);
    slot.pci.add(this.#endpoint, { device: 1, function: 1 });
    for (const drive of drives) this.#attach(slot, drive);
    this.#channels.forEach((channel, number) => this.#claim(slot, channel, number));
  }

  /** The CD drive at a place, to change its medium; undefined where there is none. */
  cd(channel: 0 | 1, unit: 0 | 1): AtapiCd | undefined {
    return this.#cds.get(`${channel}.${unit}`);
  }

  /** All CD drives, in the order of their places. */
  get cds(): readonly AtapiCd[] {
    return [...this.#cds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cd]) => cd);
  }

  reset(): void {
    for (const channel of this.#channels) channel.reset();
  }

  save(): IdeState {
    return { channels: this.#channels.map((channel) => channel.save()) };
  }

  restore(state: IdeState): void {
    this.#channels.forEach((channel, number) => channel.restore(state.channels[number]!));
  }

  #attach(slot: DeviceSlot, { channel, unit, kind, medium, model, serial }: DriveOptions): void {
    this.#channels[channel]!.attach(unit, (host) => {
      const named = { ...host, log: (message: string) => slot.log(`channel ${channel} unit ${unit}: ${message}`) };
      if (kind === 'disk') return new AtaDisk(named, slot.medium(medium!), { model, serial });
      const cd = new AtapiCd(named, medium, { model, serial }, (name) => slot.medium(name));
      this.#cds.set(`${channel}.${unit}`, cd);
      return cd;
    });
  }

  #claim({ ports }: DeviceSlot, channel: Channel, number: number): void {
    const { command, control } = CHANNELS[number]!;
    const isDecoded = (): boolean => (this.#endpoint.read(TIMING + 2 * number + 1, 1) & TIMING_DECODES) !== 0;
    const data = {
      read: (_port: number, size: AccessSize) => (isDecoded() ? channel.readData(size) : allOnes(size)),
      write: (_port: number, size: AccessSize, value: number) => void (isDecoded() && channel.writeData(size, value)),
    };
    for (const size of [1, 2, 4] as const) ports.claim({ base: command, count: size, sizes: [size] }, data);
    ports.claim({ base: command + 1, count: 7 }, {
      read: (port) => (isDecoded() ? channel.read(port - command) : 0xff),
      write: (port, _size, value) => void (isDecoded() && channel.write(port - command, value)),
    });
    ports.claim({ base: control, count: 1 }, {
      read: () => (isDecoded() ? channel.readAlternateStatus() : 0xff),
      write: (_port, _size, value) => void (isDecoded() && channel.writeControl(value)),
    });
  }
}

/** Device type `ide`. */
export const IDE: DeviceType<IdeController> = {
  type: 'ide',
  create: (slot: DeviceSlot, options: DeviceOptions) => new IdeController(slot, parseIdeOptions(options)),
};
