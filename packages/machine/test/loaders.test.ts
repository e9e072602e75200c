import { GuestMemory, GuestMemoryError } from '@ringzero/guest-memory';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGuest, Machine, MachineError, validateMachineConfig, type BootSource, type MachineConfig } from '../src/index.ts';

const RAM = 8 << 20;

function target(): Parameters<typeof loadGuest>[1] {
  const machine = new Machine({ memoryBytes: RAM, clock: 'virtual' }, createInterpreterHypervisor());
  return { memory: machine.memory, state: machine.processors[0]!.accessState(0) };
}

const LOADER = target();

/** A small kernel with a valid setup header. */
function kernel(): Uint8Array {
  const image = new Uint8Array(0x1000);
  const view = new DataView(image.buffer);
  image[0x1f1] = 1;
  view.setUint16(0x1fe, 0xaa55, true);
  image[0x201] = 0x66;
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, 0x20c, true);
  image[0x211] = 1;
  view.setUint32(0x22c, 0x7fffffff, true);
  view.setUint32(0x238, 2047, true);
  view.setUint32(0x1f4, (0x1000 - 0x400) >> 4, true);
  view.setBigUint64(0x258, 0x100000n, true);
  view.setUint32(0x260, 0x2000, true);
  image.fill(0xf4, 0x400);
  return image;
}

const { image: MULTIBOOT } = resolveEmbeddedGuest('monitor');
const SOURCES: readonly BootSource[] = [
  { kind: 'linux', image: kernel(), initrd: new Uint8Array(0x3000).fill(9), commandLine: 'console=ttyS0' },
  { kind: 'multiboot', image: MULTIBOOT, commandLine: 'monitor' },
  { kind: 'elf', image: MULTIBOOT },
  { kind: 'flat', image: Uint8Array.of(0xf4), address: 0x7c00 },
  { kind: 'bios', image: new Uint8Array(0x10000).fill(0x90) },
];

describe('loaders', () => {
  it('starts a Linux kernel by the 32-bit boot protocol', () => {
    const { memory, state } = target();
    loadGuest(SOURCES[0]!, { memory, state });
    const registers = state.get('registers');
    expect([registers.rip, registers.rsi, registers.cs.selector, registers.ds.selector, registers.cr0]).toEqual([0x100000n, 0x10000n, 0x10, 0x18, 0x11n]);
    const params = new DataView(memory.readBytes(0x10000, 4096).buffer);
    expect(memory.readBytes(params.getUint32(0x218, true), 1)[0]).toBe(9);
    expect(params.getUint32(0x21c, true)).toBe(0x3000);
    expect(Buffer.from(memory.readBytes(params.getUint32(0x228, true), 14)).toString()).toBe('console=ttyS0\0');
    expect(memory.readBytes(0x100000, 1)[0]).toBe(0xf4);
  });

  it('tells a Linux kernel of a VGA in text mode, if there is one', () => {
    // Mode, columns, EGA configuration, lines, VGA, points (screen_info).
    const screen = (hasVga: boolean): number[] => {
      const { memory, state } = target();
      loadGuest(SOURCES[0]!, { memory, state, hasVga });
      const params = memory.readBytes(0x10000, 0x12);
      return [0x06, 0x07, 0x0a, 0x0e, 0x0f, 0x10].map((offset) => params[offset]!);
    };
    expect([screen(true), screen(false)]).toEqual([[3, 80, 3, 25, 1, 16], [0, 0, 0, 0, 0, 0]]);
  });

  it('starts a Multiboot program with its information', () => {
    const { memory, state } = target();
    loadGuest(SOURCES[1]!, { memory, state });
    const { rax, rbx } = state.get('registers');
    expect([rax, rbx]).toEqual([0x2badb002n, 0x9000n]);
    expect(new DataView(memory.readBytes(0x9000, 12).buffer).getUint32(8, true)).toBe((RAM - (1 << 20)) >> 10);
  });

  it.each([
    ['a truncated kernel', { kind: 'linux', image: kernel().subarray(0, 0x500) }, /truncated/],
    ['a foreign file', { kind: 'linux', image: new Uint8Array(0x1000) }, /no Linux boot header/],
    ['an initrd that does not fit', { kind: 'linux', image: kernel(), initrd: new Uint8Array(RAM) }, /initrd of 8388608 bytes does not fit/],
    ['no Multiboot header', { kind: 'multiboot', image: new Uint8Array(0x3000) }, /no Multiboot header/],
    ['no ELF', { kind: 'elf', image: new Uint8Array(0x100) }, /no ELF file/],
    ['an image outside memory', { kind: 'flat', image: new Uint8Array(16), address: RAM - 8 }, /do not fit/],
    ['a BIOS of an odd size', { kind: 'bios', image: new Uint8Array(1000) }, /1000 bytes/],
  ] as readonly (readonly [string, BootSource, RegExp])[])('refuses %s with one line, and writes nothing', (_what, source, message) => {
    const { memory, state } = target();
    const before = memory.u8.slice();
    expect(() => loadGuest(source, { memory, state })).toThrow(message);
    try {
      loadGuest(source, { memory, state });
    } catch (error) {
      expect(error).toBeInstanceOf(MachineError);
      expect((error as Error).message).not.toContain('\n');
    }
    expect(Buffer.compare(memory.u8, before)).toBe(0);
  });

  it.each(SOURCES.map((source) => [source.kind, source] as const))('survives any damage to a %s image', (_kind, source) => {
    const change = fc.record({ at: fc.nat({ max: 0x400 }), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x55) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.option(fc.nat({ max: 0x2000 })), (changes, length) => {
        const image = source.image.slice(0, length ?? undefined);
        for (const { at, value } of changes) if (at < image.length) image[at] = value;
        try {
          loadGuest({ ...source, image } as BootSource, LOADER);
        } catch (error) {
          expect(error instanceof MachineError || error instanceof GuestMemoryError, String(error)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(LOADER.memory).toBeInstanceOf(GuestMemory);
  });
});

describe('configuration', () => {
  it.each([
    [{ memoryBytes: 1000 }, /memory 1000 bytes: expected a multiple of 4096/],
    [{ clock: 'fast' }, /clock fast: expected real or virtual/],
    [{ debugExitPort: 0x10000 }, /debug-exit port 65536/],
    [{ logPorts: [-1] }, /log port -1/],
    [{ processors: 0 }, /processors 0: expected 1 to/],
    [{ onReset: 'again' }, /onReset again/],
  ])('refuses %o', (change, message) => {
    expect(() => validateMachineConfig({ memoryBytes: RAM, clock: 'virtual', ...change } as MachineConfig)).toThrow(message);
  });
});
