import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { describe, expect, it } from 'vitest';
import { loadGuest, Machine, MachineError, type BootSource } from '../src/index.ts';

const RAM = 4 << 20;
const MULTIBOOT = 0x1bad_b002;

function create(): Machine {
  return new Machine({ memoryBytes: RAM, clock: 'virtual' }, createInterpreterHypervisor());
}

/** Loads into a new machine: its memory and first processor's registers. */
function load(source: BootSource): { readonly machine: Machine; readonly registers: ReturnType<typeof registersOf> } {
  const machine = create();
  loadGuest(source, { memory: machine.memory, state: machine.processors[0]!.accessState(0) });
  return { machine, registers: registersOf(machine) };
}
function registersOf(machine: Machine) {
  return machine.processors[0]!.accessState(0).get('registers');
}

interface Segment {
  readonly address: number;
  readonly data: readonly number[];
  readonly memoryBytes?: number;
}

/** An ELF32 executable; `change` spoils it. */
function elf(segments: readonly Segment[], change: (view: DataView) => void = () => undefined): Uint8Array {
  const headers = 52 + 32 * segments.length;
  const image = new Uint8Array(headers + segments.reduce((total, { data }) => total + data.length, 0));
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  view.setUint32(24, segments[0]?.address ?? 0, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  let offset = headers;
  segments.forEach(({ address, data, memoryBytes = data.length }, i) => {
    const words = [1, offset, 0xc000_0000, address, data.length, memoryBytes];
    words.forEach((word, j) => view.setUint32(52 + 32 * i + 4 * j, word, true));
    image.set(data, offset);
    offset += data.length;
  });
  change(view);
  return image;
}

/** A Multiboot file of `words` from offset 16 on, padded with HLT. */
function multiboot(flags: number, ...words: readonly number[]): Uint8Array {
  const image = new Uint8Array(0x400).fill(0xf4);
  const view = new DataView(image.buffer);
  [MULTIBOOT, flags, -(MULTIBOOT + flags), ...words].forEach((word, i) => view.setUint32(16 + 4 * i, word >>> 0, true));
  return image;
}

describe('ELF', () => {
  it('is placed by physical address, its bss zeroed, and entered in flat protected mode', () => {
    const machine = create();
    machine.memory.u8.fill(0xcc, 0x20_0000, 0x20_1000);
    machine.load({ kind: 'elf', image: elf([{ address: 0x20_0000, data: [1, 2, 3], memoryBytes: 8 }, { address: 0x30_0000, data: [9] }]) });
    const registers = registersOf(machine);
    expect([...machine.memory.readBytes(0x20_0000, 9)]).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0xcc]);
    expect(machine.memory.readBytes(0x30_0000, 1)[0]).toBe(9);
    expect([registers.rip, registers.rsp, registers.cr0, registers.rflags]).toEqual([0x20_0000n, 0x8_0000n, 0x11n, 2n]);
    expect(registers.cs).toEqual({ base: 0n, limit: 0xffff_ffff, selector: 8, attributes: 0xc09b });
    expect(registers.ss).toEqual({ base: 0n, limit: 0xffff_ffff, selector: 0x10, attributes: 0xc093 });
  });
});

describe('an ELF linked for elsewhere', () => {
  it('is entered where it was loaded', () => {
    const image = elf([{ address: 0x20_0000, data: [1, 2, 3] }], (view) => view.setUint32(24, 0xc000_0002, true));
    expect(load({ kind: 'elf', image }).registers.rip).toBe(0x20_0002n);
  });
});

describe('Multiboot', () => {
  it('loads by its address fields, with a module and its information', () => {
    const flags = 1 << 16;
    const image = multiboot(flags, 0x10_0010, 0x10_0000, 0, 0x10_1000, 0x10_0040);
    const { machine, registers } = load({ kind: 'multiboot', image, initrd: Uint8Array.of(7, 8), commandLine: 'prog x' });
    expect(machine.memory.readBytes(0x10_0000, image.length)).toEqual(image);
    expect([registers.rip, registers.rax, registers.rbx]).toEqual([0x10_0040n, 0x2bad_b002n, 0x9000n]);
    const information = new DataView(machine.memory.readBytes(0x9000, 0x1000).buffer);
    const at = (address: number): number => information.getUint32(address - 0x9000, true);
    const string = (address: number): string => Buffer.from(machine.memory.readBytes(address, 16)).toString('latin1').split('\0')[0]!;
    expect(string(at(0x9010))).toBe('prog x');
    expect(string(at(0x9040))).toBe('Ringzero');
    expect(at(0x9014)).toBe(1);
    const [start, end] = [at(at(0x9018)), at(at(0x9018) + 4)];
    expect([start, end - start]).toEqual([0x10_1000, 2]);
    expect([...machine.memory.readBytes(start, 2)]).toEqual([7, 8]);
  });
});

describe('flat images', () => {
  it.each([
    [0x7c00, 0x7c0, 0n],
    [0x7c05, 0x7c0, 5n],
    [0xf_0000, 0xf000, 0n],
  ])('at %d run in real-address mode', (address, selector, rip) => {
    const { machine, registers } = load({ kind: 'flat', image: Uint8Array.of(1, 2), address });
    expect([registers.cs.selector, registers.cs.base, registers.rip, registers.cr0]).toEqual([selector, BigInt(selector * 16), rip, 0x10n]);
    expect([...machine.memory.readBytes(address, 2)]).toEqual([1, 2]);
  });

  it('above 1 MB run in flat protected mode', () => {
    const { registers } = load({ kind: 'flat', image: Uint8Array.of(1, 2), address: 0x10_0000 });
    expect([registers.rip, registers.cr0]).toEqual([0x10_0000n, 0x11n]);
  });
});

describe('a BIOS', () => {
  it('is at the top of 4 GB and, its last 128 KB, below 1 MB; the processor starts at the reset vector', () => {
    const image = Uint8Array.from({ length: 0x4_0000 }, (_, i) => (i >> 8) & 0xff);
    const { machine, registers } = load({ kind: 'bios', image });
    expect(machine.memory.readBytes(0xfffc_0000, image.length)).toEqual(image);
    expect(machine.memory.readBytes(0xe_0000, 0x2_0000)).toEqual(image.subarray(0x2_0000));
    expect([registers.cs.base, registers.rip]).toEqual([0xffff_0000n, 0xfff0n]);
  });

  it('runs from the reset vector, and again after a reset', async () => {
    const image = new Uint8Array(0x1_0000).fill(0xf4);
    // At the reset vector: mov al, 3; out F4h, al.
    image.set([0xb0, 0x03, 0xe6, 0xf4], 0xfff0);
    const machine = new Machine({ memoryBytes: RAM, clock: 'virtual', debugExitPort: 0xf4 }, createInterpreterHypervisor());
    machine.load({ kind: 'bios', image });
    expect(await machine.run()).toEqual({ kind: 'debugExit', status: 7 });
    machine.reset();
    expect(await machine.run()).toEqual({ kind: 'debugExit', status: 7 });
  });
});

describe('what cannot be loaded', () => {
  const good: readonly Segment[] = [{ address: 0x20_0000, data: [1] }];
  const addresses = 1 << 16;
  it.each([
    ['an ELF of another class', { kind: 'elf', image: elf(good, (view) => view.setUint8(4, 2)) }, /ELF class 2, data 1: expected 32-bit little-endian/],
    ['an object file', { kind: 'elf', image: elf(good, (view) => view.setUint16(16, 1, true)) }, /ELF type 1: expected an executable/],
    ['an ELF of another machine', { kind: 'elf', image: elf(good, (view) => view.setUint16(18, 62, true)) }, /ELF machine 62: expected i386/],
    ['no program headers', { kind: 'elf', image: elf(good, (view) => view.setUint16(44, 0, true)) }, /0 program headers/],
    ['too many program headers', { kind: 'elf', image: elf(good, (view) => view.setUint16(44, 0xffff, true)) }, /65535 program headers/],
    ['program headers outside the file', { kind: 'elf', image: elf(good, (view) => view.setUint32(28, 0xffff_fff0, true)) }, /program headers end at 0x100000010/],
    ['a segment larger in the file than in memory', { kind: 'elf', image: elf([{ address: 0, data: [1, 2], memoryBytes: 1 }]) }, /0x2 bytes in the file and 0x1 in memory/],
    ['a segment beyond memory', { kind: 'elf', image: elf([{ address: 0xffff_f000, data: [1], memoryBytes: 0xffff_ffff }]) }, /needs memory up to 0x1ffffefff, the machine has 0x400000/],
    ['an ELF that clears memory time and again', { kind: 'elf', image: elf([0, 1, 2].map(() => ({ address: 0x10_0000, data: [1], memoryBytes: 0x20_0000 }))) }, /segments up to 2 have 0x600000 bytes, the machine has 0x400000/],
    ['an entry outside the segments', { kind: 'elf', image: elf(good, (view) => view.setUint32(24, 0x30_0000, true)) }, /entry 0x300000: expected an address in a segment/],
    ['nothing to load', { kind: 'elf', image: elf(good, (view) => view.setUint32(52, 2, true)) }, /no segment to load/],
    ['a wrong Multiboot checksum', { kind: 'multiboot', image: multiboot(0).fill(1, 24, 25) }, /magic, flags and checksum add to/],
    ['Multiboot features that are not there', { kind: 'multiboot', image: multiboot(8) }, /asks for features 0x8/],
    ['a Multiboot header cut off', { kind: 'multiboot', image: multiboot(addresses).subarray(0, 0x20) }, /truncated Multiboot header/],
    ['a Multiboot header before its image', { kind: 'multiboot', image: multiboot(addresses, 0x10_0000, 0x20_0000, 0, 0, 0) }, /claims address 0x100000/],
    ['a Multiboot range outside the file', { kind: 'multiboot', image: multiboot(addresses, 0x10_0010, 0x10_0000, 0x20_0000, 0, 0) }, /is not in the file/],
    ['a Multiboot bss that ends early', { kind: 'multiboot', image: multiboot(addresses, 0x10_0010, 0x10_0000, 0, 0x10_0001, 0) }, /before the data's end/],
    ['a Multiboot bss beyond memory', { kind: 'multiboot', image: multiboot(addresses, 0x10_0010, 0x10_0000, 0, 0xffff_ffff, 0) }, /needs memory up to 0xffffffff/],
    ['a module beyond memory', { kind: 'multiboot', image: multiboot(addresses, 0x10_0010, 0x10_0000, 0, 0, 0x10_0000), initrd: new Uint8Array(RAM) }, /initrd of 4194304 bytes does not fit above 0x101000/],
    ['a Multiboot command line too long', { kind: 'multiboot', image: multiboot(addresses, 0x10_0010, 0x10_0000, 0, 0, 0x10_0000), commandLine: 'x'.repeat(5000) }, /command line of 50\d\d bytes/],
    ['a program over the boot information', { kind: 'multiboot', image: multiboot(addresses, 0x9010, 0x9000, 0, 0, 0x9000) }, /overlaps the boot information/],
    ['an empty image', { kind: 'flat', image: new Uint8Array(0), address: 0 }, /empty/],
    ['an image at a fraction', { kind: 'flat', image: Uint8Array.of(1), address: 0.5 }, /do not fit/],
    ['a BIOS too large', { kind: 'bios', image: new Uint8Array(0x11_0000) }, /1114112 bytes, expected a multiple of 64 KB/],
  ] as readonly (readonly [string, BootSource, RegExp])[])('%s: one line, nothing written', (_what, source, message) => {
    const machine = create();
    const [memory, registers] = [machine.memory.u8.slice(), registersOf(machine)];
    let error: unknown;
    try {
      machine.load({ ...source, name: 'file' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(MachineError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
    expect(Buffer.compare(machine.memory.u8, memory)).toBe(0);
    expect(registersOf(machine)).toEqual(registers);
  });
});

describe('log ports', () => {
  it('report writes, and what the host answers holds nothing up', async () => {
    const seen: (readonly [number, number])[] = [];
    const config = { memoryBytes: RAM, clock: 'virtual', debugExitPort: 0xf4, logPorts: [0x80, 0x99, 0xe9, 0xf4] } as const;
    const machine = new Machine(config, createInterpreterHypervisor(), { onLog: (port, value) => seen.push([port, value]) });
    machine.load({ kind: 'flat', address: 0x7c00, image: Uint8Array.of(0xb0, 0x5a, 0xe6, 0x80, 0xe6, 0x99, 0xe6, 0xe9, 0xe6, 0xf4) });
    expect(await machine.run()).toEqual({ kind: 'debugExit', status: 0xb5 });
    expect(seen).toEqual([
      [0x80, 0x5a],
      [0x99, 0x5a],
      [0xe9, 0x5a],
      [0xf4, 0x5a],
    ]);
  });

  it('are not taken from the device that has them', async () => {
    const seen: (readonly [number, number])[] = [];
    const serial: number[] = [];
    const config = { memoryBytes: RAM, clock: 'virtual', haltExit: true, logPorts: [0x3f8, 0x3f8] } as const;
    const host = { onLog: (port: number, value: number) => void seen.push([port, value]), onSerial: (byte: number) => void serial.push(byte) };
    const machine = new Machine(config, createInterpreterHypervisor(), host);
    // mov al, 41h; mov dx, 3F8h; out dx, al; cli; hlt
    machine.load({ kind: 'flat', address: 0x7c00, image: Uint8Array.of(0xb0, 0x41, 0xba, 0xf8, 0x03, 0xee, 0xfa, 0xf4) });
    expect(await machine.run()).toEqual({ kind: 'halted' });
    expect([serial, seen]).toEqual([[0x41], [[0x3f8, 0x41]]]);
  });
});

describe('what firmware leaves', () => {
  it('is there beside a guest, and gives way to it', () => {
    const machine = create();
    const at = (address: number, length: number): string => Buffer.from(machine.memory.readBytes(address, length)).toString('latin1');
    machine.load({ kind: 'flat', address: 0x7c00, image: Uint8Array.of(0xf4) });
    expect(at(0xe_0000, 8)).toBe('RSD PTR ');
    machine.load({ kind: 'flat', address: 0xe_0000, image: Uint8Array.from(Buffer.from('the guest')) });
    expect(at(0xe_0000, 9)).toBe('the guest');
  });

  it('is not written where a BIOS does it', () => {
    const machine = create();
    machine.load({ kind: 'bios', image: new Uint8Array(0x10_0000).fill(0x90) });
    expect([...machine.memory.readBytes(0xe_0000, 2), ...machine.memory.readBytes(0xfff0_0000, 2), ...machine.memory.readBytes(0x400, 2)]).toEqual([0x90, 0x90, 0x90, 0x90, 0, 0]);
  });
});

describe('the inspect tree', () => {
  it('shows the machine beside its partition, by path', () => {
    const machine = create();
    expect(machine.inspect('config/memoryBytes')).toMatchObject({ kind: 'value', value: RAM });
    expect(machine.inspect('clock/nanoseconds')).toMatchObject({ kind: 'value', value: 0 });
    const root = machine.inspect('', 1);
    expect(root.kind === 'directory' && Object.keys(root.entries)).toEqual(['config', 'clock', 'chipset', 'partition']);
    expect(machine.inspect('chipset/pit', 1).kind).toBe('directory');
  });
});

describe('the debug-exit port', () => {
  it('cannot be one that a device has', () => {
    const config = { memoryBytes: RAM, clock: 'virtual', debugExitPort: 0x3f8 } as const;
    expect(() => new Machine(config, createInterpreterHypervisor())).toThrow('debug-exit port 0x3f8: a device of the machine has it; expected a free port, such as 0xf4');
  });
});
