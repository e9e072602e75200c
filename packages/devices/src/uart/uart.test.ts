import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { Uart16550A } from './uart.ts';

const BASE = 0x3f8;
let clock: ManualClock;
let irq: RecordingLine;
let sent: number[];
let space: PortSpace;
let uart: Uart16550A;
let spaceCalls: number;

beforeEach(() => {
  clock = new ManualClock();
  irq = new RecordingLine();
  sent = [];
  spaceCalls = 0;
  uart = new Uart16550A({
    clock, irq, onTransmit: (byte) => void sent.push(byte), receiveCapacity: 32, onReceiveSpace: () => void spaceCalls++,
  });
  space = new PortSpace();
  uart.attach(space);
});

function put(register: number, value: number): void {
  void space.write(BASE + register, 1, value);
}

function get(register: number): number {
  return space.read(BASE + register, 1) as number;
}

describe('Uart16550A', () => {
  it('passes the steps of an 8250 driver’s detection', () => {
    put(1, 0);
    expect(get(1)).toBe(0);
    put(1, 0xff);
    expect(get(1)).toBe(0x0f);
    put(1, 0);
    put(4, 0x1a);
    expect(get(6) & 0xf0).toBe(0x90);
    put(4, 0x08);
    put(2, 0x01);
    expect(get(2) >> 6).toBe(3);
    put(3, 0xbf);
    expect(get(2)).not.toBe(0);
    put(3, 0);
    put(2, 0);
    expect(get(2) >> 6).toBe(0);
    put(7, 0xa5);
    expect(get(7)).toBe(0xa5);
  });

  it('keeps the divisor apart from the data register', () => {
    put(3, 0x83);
    put(0, 1);
    put(1, 0);
    expect([get(0), get(1)]).toEqual([1, 0]);
    put(3, 0x03);
    put(0, 0x41);
    expect(sent).toEqual([0x41]);
    expect(get(5)).toBe(0x60);
  });

  it('raises the transmitter interrupt when it is enabled and after each write', () => {
    put(4, 0x08);
    put(1, 2);
    expect(irq.level).toBe(true);
    expect(get(2)).toBe(0x02);
    expect([get(2), irq.level]).toEqual([0x01, false]);
    put(0, 0x41);
    expect([irq.level, get(2)]).toEqual([true, 0x02]);
    put(1, 0);
    put(1, 2);
    expect(get(2)).toBe(0x02);
  });

  it('needs OUT2 to drive its interrupt line', () => {
    put(1, 1);
    uart.receive([1]);
    expect([irq.level, get(2)]).toEqual([false, 0x04]);
    put(4, 0x08);
    expect(irq.level).toBe(true);
  });

  it('interrupts at the trigger level, and after the timeout below it', () => {
    put(3, 0x83);
    put(0, 1);
    put(1, 0);
    put(3, 3);
    put(4, 8);
    put(2, 0x81);
    put(1, 1);
    uart.receive([1, 2, 3]);
    expect(irq.level).toBe(false);
    clock.advanceBy(340_000);
    expect(irq.level).toBe(false);
    clock.advanceBy(10_000);
    expect([irq.level, get(2)]).toEqual([true, 0xcc]);
    expect([get(0), irq.level]).toEqual([1, false]);
    uart.receive([4, 5, 6, 7, 8, 9]);
    expect(get(2)).toBe(0xc4);
    expect([get(0), get(0), get(0)]).toEqual([2, 3, 4]);
  });

  it('takes no more from the host than fits, and says when there is room', () => {
    put(2, 1);
    const bytes = Array.from({ length: 100 }, (_, index) => index);
    expect(uart.receive(bytes)).toBe(48);
    expect(uart.receive(bytes.slice(48))).toBe(0);
    expect(spaceCalls).toBe(0);
    const read: number[] = [];
    while ((get(5) & 1) !== 0) read.push(get(0));
    expect(read).toEqual(bytes.slice(0, 48));
    expect(spaceCalls).toBe(1);
  });

  it('loops data back, and reports an overrun as a line status interrupt', () => {
    put(4, 0x10);
    put(1, 4);
    put(0, 0x11);
    put(0, 0x22);
    expect(sent).toEqual([]);
    expect(get(2)).toBe(0x06);
    expect([get(5) & 3, get(5) & 3]).toEqual([3, 1]);
    expect(get(0)).toBe(0x22);
  });

  it('reports modem changes once', () => {
    put(4, 8);
    put(1, 8);
    uart.setModemInputs({ clearToSend: false, dataSetReady: true, ringIndicator: false, carrierDetect: true });
    expect([irq.level, get(2)]).toEqual([true, 0x00]);
    expect([get(6), get(6), irq.level]).toEqual([0xa1, 0xa0, false]);
  });

  it('saves and restores queued input and a running timeout', () => {
    put(4, 8);
    put(2, 0xc1);
    put(1, 1);
    uart.receive([1, 2, 3]);
    const state = throughJson(uart.save());
    const line = new RecordingLine();
    const copy = new Uart16550A({ clock, irq: line, onTransmit: () => undefined });
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    clock.advanceBy(10e6);
    expect([irq.level, line.level]).toEqual([true, true]);
    expect([0, 1, 2].map(() => copy.read(BASE))).toEqual([1, 2, 3]);
    uart.reset();
    expect(irq.level).toBe(false);
  });
});
