import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import type { Device, DeviceType } from '@ringzero/devices';
import { describe, expect, it } from 'vitest';
import { Machine, type DeviceConfig, type MachineConfig, type MachineHost } from '../src/index.ts';

/** A counter behind a port, as somebody else's package would have it. */
class Counter implements Device<{ readonly count: number }> {
  count: number;
  readonly #start: number;

  constructor(start: number) {
    this.#start = this.count = start;
  }

  reset(): void {
    this.count = this.#start;
  }
  save(): { readonly count: number } {
    return { count: this.count };
  }
  restore(state: { readonly count: number }): void {
    this.count = state.count;
  }
}

const COUNTER: DeviceType<Counter> = {
  type: 'counter',
  create: (slot, options) => {
    const counter = new Counter(Number(options['start'] ?? 0));
    slot.ports.claim({ base: Number(options['port'] ?? 0x300), count: 1 }, { read: () => counter.count++, write: () => slot.log('written') });
    return counter;
  },
};

function machine(devices: readonly DeviceConfig[], host: MachineHost = { deviceTypes: [COUNTER] }): Machine {
  const config: MachineConfig = { memoryBytes: 1 << 20, clock: 'virtual', haltExit: true, devices };
  return new Machine(config, createInterpreterHypervisor(), host);
}

/** in al, dx three times with DX = 300h; out dx, al; hlt */
const PROGRAM = Uint8Array.of(0xba, 0x00, 0x03, 0xec, 0xec, 0xec, 0xee, 0xf4);

describe('devices of the configuration', () => {
  it('are reached by the guest, found by their ids, reset, saved and restored', async () => {
    const log: string[] = [];
    const subject = machine([{ type: 'counter', id: 'first', start: 7 }, { type: 'counter', port: 0x310 }], { deviceTypes: [COUNTER], onDeviceLog: (message) => void log.push(message) });
    subject.load({ kind: 'flat', image: PROGRAM, address: 0x7c00 });
    expect(await subject.run()).toEqual({ kind: 'halted' });
    expect([(subject.device('first') as Counter).count, (subject.device('counter') as Counter).count, subject.device('none')]).toEqual([10, 0, undefined]);
    expect(log).toEqual(['first: written']);
    const snapshot = subject.save();
    subject.reset();
    expect((subject.device('first') as Counter).count).toBe(7);
    subject.restore(snapshot);
    expect((subject.device('first') as Counter).count).toBe(10);
  });

  it('must have known types and ids of their own', () => {
    expect(() => machine([{ type: 'flux' }])).toThrow(/device type "flux": unknown; known are counter/);
    expect(() => machine([{ type: 'counter' }, { type: 'counter', port: 0x310 }])).toThrow(/device "counter": there is one/);
    expect(() => machine([{ type: 'counter', id: 'pit' }])).toThrow(/device "pit"/);
    expect(() => machine([{ type: 'counter', id: '../x' }])).toThrow(/device id "..\/x"/);
    expect(() => machine([null as unknown as DeviceConfig])).toThrow(/device null/);
    expect(() => machine([{ type: 'counter', port: 0x60 }])).toThrow(/Port 0x60/);
  });

  it('take no snapshot of others', () => {
    const snapshot = machine([{ type: 'counter' }]).save();
    const other = machine([{ type: 'counter', id: 'other' }]);
    const before = JSON.stringify(other.save().chipset);
    expect(() => other.restore(snapshot)).toThrow(/no other in it, no counter in the machine/);
    expect(JSON.stringify(other.save().chipset)).toBe(before);
  });

  it('ask for media that the host has', () => {
    const reader: DeviceType = { type: 'reader', create: (slot, options) => ({ ...COUNTER.create(slot, {}), ...{ medium: slot.medium(String(options['medium'])) } }) };
    expect(() => machine([{ type: 'reader', medium: 'root' }], { deviceTypes: [reader] })).toThrow(/device "reader": medium "root" is unknown; the machine was given none/);
  });
});
