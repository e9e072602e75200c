import { readFileSync } from 'node:fs';
import type { BlockBackend } from '@ringzero/devices';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_DEVICE_TYPES, readState, restoreState } from '../../src/index.ts';
import { bytesOfState, restoreBytes, ScriptedMachine, type EngineName } from './scripted-machine.ts';

describe('a state of format version 1, kept in a file', () => {
  it.each<EngineName>(['interpreter', 'jit'])('loads and goes on on the %s', async (engine) => {
    const state = await readState(readFileSync(new URL('fixtures/monitor-1.rz', import.meta.url)));
    expect(state.header).toMatchObject({ version: 1, id: '0123456789abcdef0123456789abcdef', notes: { guest: 'monitor' }, now: 21_040_000 });
    const { memoryBytes } = state.header.config;
    const scripted = new ScriptedMachine(engine, { memoryBytes });
    await restoreState(scripted.machine, state);
    scripted.schedule([{ at: 40e6, text: 'fault de\n' }, { at: 50e6, text: 'poweroff\n' }]);
    expect((await scripted.run()).kind).toBe('powerOff');
    // The rest of the answer that was under way, and those to what is typed now.
    expect(scripted.output).not.toContain('Ringzero monitor');
    expect(scripted.output).toContain('turn the machine off');
    expect(scripted.output).toContain('survived');
  });
});

describe('a machine with every kind of device', () => {
  const blank = (): BlockBackend => ({ byteLength: 1 << 20, isReadOnly: false, read: (_offset, target) => void target.fill(0), write: () => undefined, flush: () => undefined });
  const devices = [
    { type: 'vga' },
    { type: 'ide', disks: [{ kind: 'disk', medium: 'a' }, { kind: 'cd', medium: 'b', channel: 1 }] },
    { type: 'virtio-block', medium: 'c' },
    { type: 'virtio-console' },
    { type: 'virtio-rng' },
  ];
  const build = (): ScriptedMachine => new ScriptedMachine('interpreter', { memoryBytes: 4 << 20, testDevice: true, devices }, { media: { a: blank(), b: blank(), c: blank() } });

  it('is restored exactly', async () => {
    expect(BUILT_IN_DEVICE_TYPES.map(({ type }) => type).filter((type) => !devices.some((device) => device.type === type))).toEqual([]);
    const original = build();
    original.machine.load({ kind: 'flat', image: Uint8Array.of(0xf4), address: 0x7c00 });
    original.machine.clock.setNow(3_000_000_000);
    const copy = build();
    await restoreBytes(copy.machine, await bytesOfState(original.machine));
    expect(copy.final()).toBe(original.final());
  });
});
