import { GuestMemory } from '@ringzero/guest-memory';
import { MmioSpace } from '../src/bus/mmio-space.ts';
import { PortSpace } from '../src/bus/port-space.ts';
import type { DeviceSlot } from '../src/bus/slot.ts';
import { PciBus } from '../src/pci/pci-bus.ts';
import { VGA } from '../src/vga/vga-device.ts';
import type { Vga } from '../src/vga/vga.ts';
import { ManualClock } from './manual-clock.ts';

const MEGABYTE = 2 ** 20;

/** A VGA on a bus with memory, and its registers as a driver reaches them. */
export class VgaBoard {
  readonly clock = new ManualClock();
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly pci = new PciBus();
  readonly memory: GuestMemory;
  readonly vga: Vga;
  readonly video: Uint8Array;

  constructor(options: Readonly<Record<string, unknown>> = { memory: 2 * MEGABYTE }, media: Readonly<Record<string, Uint8Array>> = {}) {
    this.memory = new GuestMemory(MEGABYTE, { deviceBytes: VGA.memoryBytes!(options) });
    this.pci.attach(this.ports);
    let video = new Uint8Array();
    const slot: DeviceSlot = {
      clock: this.clock,
      ports: this.ports,
      mmio: this.mmio,
      memory: this.memory,
      pci: { add: (endpoint, { device = 2 } = {}) => (this.pci.add(device, 0, endpoint), { set: () => undefined }), message: () => undefined },
      transfers: { start: () => ({ due: 0, cancel: () => undefined }) },
      irq: () => ({ set: () => undefined }),
      allocateMemory: (bytes) => {
        const allocated = this.memory.allocateDeviceMemory(bytes);
        video = allocated.bytes;
        return allocated;
      },
      medium: (name) => ({
        byteLength: media[name]!.length,
        isReadOnly: true,
        read: (offset, target) => (name === 'slow' ? Promise.resolve() : void target.set(media[name]!.subarray(offset, offset + target.length))),
        write: () => Promise.reject(new Error('read-only')),
        flush: () => undefined,
      }),
      log: () => undefined,
    };
    this.vga = VGA.create(slot, options) as Vga;
    this.video = video;
  }

  out(port: number, value: number): void {
    void this.ports.write(port, 1, value);
  }

  in(port: number): number {
    return this.ports.read(port, 1) as number;
  }

  /** Writes registers of a unit with an index port. */
  set(indexPort: number, registers: Readonly<Record<number, number>>): void {
    for (const [index, value] of Object.entries(registers)) {
      this.out(indexPort, Number(index));
      this.out(indexPort + 1, value);
    }
  }

  get(indexPort: number, index: number): number {
    this.out(indexPort, index);
    return this.in(indexPort + 1);
  }

  sequencer(registers: Readonly<Record<number, number>>): void {
    this.set(0x3c4, registers);
  }

  graphics(registers: Readonly<Record<number, number>>): void {
    this.set(0x3ce, registers);
  }

  crtc(registers: Readonly<Record<number, number>>): void {
    // The first eight are write-protected by bit 7 of the retrace end.
    this.set(0x3d4, { 0x11: this.get(0x3d4, 0x11) & 0x7f });
    this.set(0x3d4, registers);
  }

  attribute(registers: Readonly<Record<number, number>>): void {
    this.in(0x3da);
    for (const [index, value] of Object.entries(registers)) {
      this.out(0x3c0, Number(index));
      this.out(0x3c0, value);
    }
    this.out(0x3c0, 0x20);
  }

  vbe(registers: Readonly<Record<number, number>>): void {
    for (const [index, value] of Object.entries(registers)) {
      void this.ports.write(0x1ce, 2, Number(index));
      void this.ports.write(0x1cf, 2, value);
    }
  }

  vbeGet(index: number): number {
    void this.ports.write(0x1ce, 2, index);
    return this.ports.read(0x1d0, 2) as number;
  }

  /** As a processor reaches A0000h–BFFFFh: memory where it is mapped, else the device. */
  peek(address: number): number {
    return this.memory.isMemory(address) ? this.memory.readBytes(address, 1)[0]! : (this.mmio.read(address, 1) as number);
  }

  poke(address: number, ...bytes: readonly number[]): void {
    bytes.forEach((byte, i) => {
      if (this.memory.isMemory(address + i)) this.memory.writeBytes(address + i, Uint8Array.of(byte));
      else void this.mmio.write(address + i, 1, byte);
    });
  }

  /** The four planes' bytes at an address, plane 0 first. */
  planes(address: number): number[] {
    return [...this.video.subarray(4 * address, 4 * address + 4)];
  }

  /** The screen as it is now, painted anew. */
  picture(): { readonly width: number; readonly height: number; readonly pixels: Uint32Array; at(x: number, y: number): string } {
    const { display } = this.vga;
    const { width, height } = display;
    const pixels = new Uint32Array(width * height);
    display.render(pixels);
    return { width, height, pixels, at: (x, y) => rgb(pixels[y * width + x]!) };
  }

  /** BIOS mode 12h: 640 by 480, 16 colours. */
  enterMode12(): void {
    this.out(0x3c2, 0xe3);
    this.sequencer({ 1: 0x01, 2: 0x0f, 4: 0x06 });
    this.crtc({ 0: 0x5f, 1: 0x4f, 6: 0x0b, 7: 0x3e, 8: 0, 9: 0x40, 0x0c: 0, 0x0d: 0, 0x10: 0xea, 0x12: 0xdf, 0x13: 0x28, 0x14: 0, 0x17: 0xe3, 0x18: 0xff });
    this.graphics({ 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 5, 7: 0x0f, 8: 0xff });
    this.attribute({ 0x10: 0x01, 0x12: 0x0f, 0x13: 0 });
    this.video.fill(0);
  }

  /** BIOS mode 13h: 320 by 200, 256 colours. */
  enterMode13(): void {
    this.out(0x3c2, 0x63);
    this.sequencer({ 1: 0x01, 2: 0x0f, 4: 0x0e });
    this.crtc({ 0: 0x5f, 1: 0x4f, 6: 0xbf, 7: 0x1f, 8: 0, 9: 0x41, 0x0c: 0, 0x0d: 0, 0x10: 0x9c, 0x12: 0x8f, 0x13: 0x28, 0x14: 0x40, 0x17: 0xa3, 0x18: 0xff });
    this.graphics({ 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0x40, 6: 5, 7: 0x0f, 8: 0xff });
    this.attribute({ 0x10: 0x41, 0x12: 0x0f, 0x13: 0 });
    this.video.fill(0);
  }
}

/** A pixel as RRGGBB. */
export function rgb(pixel: number): string {
  return [pixel & 0xff, (pixel >> 8) & 0xff, (pixel >> 16) & 0xff].map((part) => part.toString(16).padStart(2, '0')).join('');
}
