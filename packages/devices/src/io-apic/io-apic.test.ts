import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { MmioSpace } from '../bus/mmio-space.ts';
import { IoApic } from './io-apic.ts';

const BASE = 0xfec00000;
let sent: string[];
let apic: IoApic;
let space: MmioSpace;

beforeEach(() => {
  sent = [];
  apic = new IoApic({ deliver: ({ address, data }) => void sent.push(`${address.toString(16)}:${data.toString(16)}`) });
  space = new MmioSpace();
  apic.attach(space);
});

function set(register: number, value: number): void {
  void space.write(BASE, 4, register);
  void space.write(BASE + 0x10, 4, value);
}

function get(register: number): number {
  void space.write(BASE, 4, register);
  return space.read(BASE + 0x10, 4) as number;
}

describe('IoApic', () => {
  it('identifies itself, with every pin masked', () => {
    expect(get(1)).toBe(0x170020);
    expect([get(0x10), get(0x3e), get(0x40)]).toEqual([0x10000, 0x10000, 0]);
    set(0, 0x0f000000);
    expect([get(0), get(2)]).toEqual([0x0f000000, 0x0f000000]);
  });

  it('sends an edge once, to the destination', () => {
    set(0x12 + 1, 0x03000000);
    set(0x12, 0x0931);
    apic.setPin(1, true);
    apic.setPin(1, true);
    apic.setPin(1, false);
    apic.setPin(1, true);
    expect(sent).toEqual(['fee03004:131', 'fee03004:131']);
  });

  it('loses edges while masked', () => {
    apic.setPin(1, true);
    set(0x12, 0x31);
    expect(sent).toEqual([]);
  });

  it('holds a level until its EOI, and repeats it while asserted', () => {
    set(0x22, 0x8040);
    apic.setPin(9, true);
    expect(sent).toEqual(['fee00000:c040']);
    expect(get(0x22)).toBe(0xc040);
    apic.handleEoi(0x41);
    expect(sent.length).toBe(1);
    apic.handleEoi(0x40);
    expect(sent.length).toBe(2);
    apic.setPin(9, false);
    void space.write(BASE + 0x40, 4, 0x40);
    expect(get(0x22)).toBe(0x8040);
    expect(sent.length).toBe(2);
  });

  it('sends a waiting level when it is unmasked, and clears remote IRR by way of edge mode', () => {
    set(0x22, 0x18040);
    apic.setPin(9, true);
    expect(sent).toEqual([]);
    set(0x22, 0x8040);
    expect(sent.length).toBe(1);
    set(0x22, 0x10040);
    set(0x22, 0x18040);
    expect(get(0x22)).toBe(0x18040);
  });

  it.each([[2, 'SMI'], [4, 'NMI'], [5, 'INIT'], [7, 'ExtINT']])('delivery mode %i (%s) is an edge, whatever the trigger mode says', (mode) => {
    set(0x14, 0x8000 | (mode << 8));
    apic.setPin(2, true);
    apic.setPin(2, false);
    apic.setPin(2, true);
    expect(sent).toEqual([`fee00000:${(mode << 8).toString(16)}`, `fee00000:${(mode << 8).toString(16)}`]);
    expect(get(0x14)).toBe(0x8000 | (mode << 8));
  });

  it('an EOI frees every pin with that vector, and a masked level waits', () => {
    set(0x20, 0x8040);
    set(0x22, 0x8140);
    apic.setPin(8, true);
    apic.setPin(9, true);
    set(0x22, 0x18140);
    expect(sent).toEqual(['fee00000:c040', 'fee00000:c140']);
    apic.handleEoi(0x40);
    expect([get(0x20), get(0x22)]).toEqual([0xc040, 0x18140]);
    expect(sent.length).toBe(3);
  });

  it('writes delivery status and remote IRR to nobody', () => {
    set(0x22, 0xffff_ffff | 0);
    expect(get(0x22)).toBe(0x1afff);
  });

  it('saves and restores without sending again', () => {
    set(0x22, 0x8040);
    apic.setPin(9, true);
    const state = throughJson(apic.save());
    const copy = new IoApic({ deliver: () => void sent.push('copy') });
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    expect(sent.length).toBe(1);
    copy.handleEoi(0x40);
    expect(sent[1]).toBe('copy');
    copy.reset();
    copy.handleEoi(0x40);
    expect(sent.length).toBe(2);
  });
});
