import { describe, expect, it } from 'vitest';
import { AcpiPm, Dma, I440Fx, I8042, IoApic, IrqRouter, MmioSpace, PciBus, Pic, Piix3IsaBridge, Piix4Pm, Pit, PortSpace, Rtc, Uart16550A } from '../src/index.ts';
import { ManualClock, throughJson } from './manual-clock.ts';

/** A PC's chipset without a processor: what a machine wires up. */
class Chipset {
  readonly clock = new ManualClock();
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly messages: string[] = [];
  readonly transmitted: number[] = [];
  readonly pic = new Pic({ onIntr: () => undefined });
  readonly ioApic = new IoApic({ deliver: ({ data }) => void this.messages.push(`${this.clock.now()} ${(data & 0xff).toString(16)}`) });
  readonly devices;

  constructor() {
    const lines = new IrqRouter({ pic: (input, level) => this.pic.setInput(input, level), ioApic: (pin, level) => this.ioApic.setPin(pin, level) });
    const { clock, ports } = this;
    const pm = new AcpiPm({ clock, sci: lines.line(9), onPowerOff: () => undefined });
    const pci = new PciBus();
    pci.add(0, 0, new I440Fx());
    pci.add(1, 0, new Piix3IsaBridge());
    pci.add(1, 3, new Piix4Pm({ port: 0x600, onMove: (port) => pm.moveTo(port) }));
    this.devices = {
      pit: new Pit({ clock, irq: lines.line(0) }),
      keyboard: new I8042({ irq: lines.line(1), mouseIrq: lines.line(12), onA20: () => undefined, onReset: () => undefined }),
      serial: new Uart16550A({ clock, irq: lines.line(4), onTransmit: (byte) => void this.transmitted.push(byte) }),
      rtc: new Rtc({ clock, irq: lines.line(8), startDate: 0 }),
      dma: new Dma(), pm, pci,
    };
    for (const device of Object.values(this.devices)) device.attach(ports);
    this.pic.attach(ports);
    this.ioApic.attach(this.mmio);
  }

  out(...writes: readonly (readonly [number, number])[]): void {
    for (const [port, value] of writes) void this.ports.write(port, 1, value);
  }

  /** Timer at 1 kHz, clock chip at 1024 Hz, serial and keyboard input enabled; all through the IO-APIC. */
  program(): void {
    this.out([0x43, 0x34], [0x40, 0xa9], [0x40, 0x04], [0x3fc, 8], [0x3fa, 0x81], [0x3f9, 1], [0x70, 11], [0x71, 0x42]);
    for (const [pin, vector] of [[1, 0x31], [2, 0x30], [4, 0x34], [8, 0x38]] as const) {
      void this.mmio.write(0xfec00000, 4, 0x10 + 2 * pin);
      void this.mmio.write(0xfec00010, 4, vector);
    }
  }

  /** What a guest's handlers do: acknowledge the clock chip, read a serial byte. */
  run(milliseconds: number): void {
    for (let i = 0; i < milliseconds * 4; i++) {
      this.clock.advanceBy(250_000);
      this.out([0x70, 12]);
      void this.ports.read(0x71, 1);
      if (((this.ports.read(0x3fd, 1) as number) & 1) !== 0) this.transmitted.push(this.ports.read(0x3f8, 1) as number);
    }
  }

  save(): string {
    const states = Object.fromEntries(Object.entries(this.devices).map(([name, device]) => [name, device.save()]));
    return JSON.stringify({ now: this.clock.now(), states, pic: this.pic.save(), ioApic: this.ioApic.save() });
  }

  restore(text: string): void {
    const saved = throughJson(JSON.parse(text));
    this.clock.advanceTo(saved.now);
    const { pit, keyboard, serial, rtc, dma, pm, pci } = this.devices;
    pit.restore(saved.states.pit);
    keyboard.restore(saved.states.keyboard);
    serial.restore(saved.states.serial);
    rtc.restore(saved.states.rtc);
    dma.restore(saved.states.dma);
    pm.restore(saved.states.pm);
    pci.restore(saved.states.pci);
    this.pic.restore(saved.pic);
    this.ioApic.restore(saved.ioApic);
    this.messages.length = 0;
  }
}

describe('a chipset', () => {
  it('continues from a snapshot exactly as without it, beside another chipset', () => {
    const original = new Chipset();
    const other = new Chipset();
    original.program();
    original.devices.serial.receive([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    original.run(3);
    other.run(1);
    const snapshot = original.save();
    const copy = new Chipset();
    copy.restore(snapshot);
    expect(copy.save()).toBe(snapshot);
    original.messages.length = original.transmitted.length = 0;
    for (const chipset of [original, other, copy]) {
      chipset.run(10);
      chipset.devices.keyboard.sendScancodes([0x1e]);
      chipset.run(1);
    }
    expect(copy.messages).toEqual(original.messages);
    expect(copy.transmitted).toEqual(original.transmitted);
    expect(copy.save()).toBe(original.save());
    // 1193 ticks are a little less than a millisecond: the third rise comes just after 3 ms, the fourteenth before 14 ms.
    expect(original.messages.filter((message) => message.endsWith(' 30')).length).toBe(12);
    expect(original.messages.filter((message) => message.endsWith(' 31')).length).toBe(1);
    expect(other.messages).toEqual([]);
  });
});
