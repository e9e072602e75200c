import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describe, expect, it } from 'vitest';
import { readMoo, REGISTERS, REGISTERS_16, type RegisterName } from './moo.ts';
import { RECORDED_ON } from './recorded-on.ts';
import { SingleStepMachine } from './single-step-machine.ts';

const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const chunk = (type: string, ...payload: number[]): number[] => [...Array.from(type, (letter) => letter.charCodeAt(0)), ...u32(payload.length), ...payload];

function registers(values: Readonly<Partial<Record<RegisterName, number>>>, all: boolean): number[] {
  const names = REGISTERS.filter((name) => all || values[name] !== undefined);
  return chunk('RG32', ...u32(names.reduce((mask, name) => mask | (1 << REGISTERS.indexOf(name)), 0)), ...names.flatMap((name) => u32(values[name] ?? 0)));
}

function memory(...ranges: readonly (readonly [address: number, bytes: readonly number[]])[]): number[] {
  const entries = ranges.flatMap(([address, bytes]) => bytes.map((byte, i) => [...u32(address + i), byte]));
  return chunk('RAM ', ...u32(entries.length), ...entries.flat());
}

/** ADD [BX], AL at A000:0100, and a division by zero, as an 80386 leaves them; `sum` is what the addition is said to have stored. */
function file(sum: number): Uint8Array {
  const add = [
    ...chunk('NAME', ...u32(3), 0x61, 0x64, 0x64), ...chunk('BYTS', ...u32(2), 0x00, 0x07),
    ...chunk('INIT', ...registers({ cs: 0xa000, ss: 0x3000, esp: 0x100, ds: 0x2000, eip: 0x100, ebx: 0x10, eax: 0x85, eflags: 0xfffc_0002 }, true), ...memory([0xa0100, [0x00, 0x07, 0xf4]], [0x20010, [0x90]])),
    ...chunk('FINA', ...registers({ eip: 0x103, eflags: 0xfffc_0803 }, false), ...memory([0x20010, [sum]])),
  ];
  const divide = [
    ...chunk('NAME', ...u32(3), 0x64, 0x69, 0x76), ...chunk('BYTS', ...u32(2), 0xf6, 0xf1),
    ...chunk('INIT', ...registers({ cs: 0x1000, ss: 0x3000, esp: 0x100, eip: 0, eflags: 0xfffc_0002 }, true), ...memory([0x10000, [0xf6, 0xf1, 0xf4]], [0, [0x00, 0x02, 0, 0]], [0x200, [0xf4]])),
    // The flags that it pushed are undefined but for those that DIV leaves alone.
    ...chunk('FINA', ...registers({ cs: 0, eip: 0x201, esp: 0xfa, eflags: 0xfffc_0002 }, false), ...memory([0x300fa, [0, 0, 0, 0x10, 0xd7, 0x00]])),
    ...chunk('EXCP', 0, ...u32(0x300fe)),
  ];
  return Uint8Array.from([...chunk('MOO ', 1, 1, 0, 0, ...u32(2), ...Array.from('386E', (letter) => letter.charCodeAt(0))), ...chunk('META', 1, 2, 3), ...chunk('TEST', ...u32(0), ...add), ...chunk('TEST', ...u32(1), ...divide)]);
}

/** SHLD AX, BX, count as an 80386 leaves it: beyond the operand the result is known, the flags are not. */
function shld(count: number, eax: number, eflags: number): Uint8Array {
  const bytes = [0x0f, 0xa4, 0xd8, count];
  const test = [
    ...chunk('BYTS', ...u32(5), ...bytes, 0xf4),
    ...chunk('INIT', ...registers({ cs: 0x1000, eip: 0, eax: 0x5678, ebx: 0x3d34, eflags: 2 }, true), ...memory([0x10000, [...bytes, 0xf4]])),
    ...chunk('FINA', ...registers({ eip: 5, eax, eflags }, false)),
  ];
  return Uint8Array.from([...chunk('MOO ', 1, 1, 0, 0, ...u32(1), ...Array.from('386E', (letter) => letter.charCodeAt(0))), ...chunk('TEST', ...u32(0), ...test)]);
}

/** Divisions by zero as an 80286 leaves them, one behind LOCK: SP is odd, and the file's address of the flags is the even one below. */
function file286(): Uint8Array {
  const registers16 = (values: Readonly<Partial<Record<RegisterName, number>>>, all: boolean): number[] => {
    const names = REGISTERS_16.filter((name) => all || values[name] !== undefined);
    const words = [names.reduce((mask, name) => mask | (1 << REGISTERS_16.indexOf(name)), 0), ...names.map((name) => values[name] ?? 0)];
    return chunk('REGS', ...words.flatMap((word) => [word & 0xff, word >>> 8]));
  };
  const test = (index: number, bytes: readonly number[]): number[] =>
    chunk('TEST', ...u32(index), ...chunk('BYTS', ...u32(bytes.length + 1), ...bytes, 0xf4),
      ...chunk('INIT', ...registers16({ cs: 0x1000, ss: 0x3000, esp: 0x101, eip: 0, eflags: 0x7002 }, true), ...memory([0x10000, [...bytes, 0xf4]], [0, [0xff, 0xff, 0, 0]], [0xffff, [0xf4]])),
      // HLT in the last byte of the segment leaves IP 0. SF, ZF, AF, PF, OF and CF of the pushed flags are undefined.
      ...chunk('FINA', ...registers16({ cs: 0, eip: 0, esp: 0xfb, eflags: 0x0002 }, false), ...memory([0x300fb, [0, 0, 0, 0x10, 0xd7, 0x08]])),
      ...chunk('EXCP', 0, ...u32(0x300fe)), ...chunk('HASH', ...Array<number>(20).fill(0xa0 + index)));
  return Uint8Array.from([...chunk('MOO ', 1, 0, 0, 0, ...u32(2), ...Array.from('C286', (letter) => letter.charCodeAt(0))), ...test(0, [0xf6, 0xf1]), ...test(1, [0x26, 0xf0, 0xf6, 0xf1])]);
}

describe('single-step tests', () => {
  it.each([
    ['interpreter', createInterpreterHypervisor()],
    ['jit', createJitHypervisor({ threshold: 0 })],
  ])('run on the %s, and what differs is named', async (_name, hypervisor) => {
    const machine = new SingleStepMachine(hypervisor, '486');
    const { cpu, tests } = readMoo('a.MOO', file(0x15));
    expect(cpu).toBe('386E');
    const [add, divide] = [...tests];
    // 90h + 85h: the sum is 15h, with carry and overflow.
    expect([add!.name, divide!.exception]).toEqual(['add', { vector: 0, flagsAddress: 0x300fe }]);
    expect([await machine.run(add!, RECORDED_ON[cpu]!), await machine.run(divide!, RECORDED_ON[cpu]!)]).toEqual([[], []]);
    const [altered] = [...readMoo('a.MOO', file(0x16)).tests];
    expect(await machine.run(altered!, RECORDED_ON[cpu]!)).toEqual(['[20010] 15, recorded 16']);
  });

  it('compare no flags of SHLD beyond the operand, and OF for a count of 1 alone', async () => {
    const machine = new SingleStepMachine(createInterpreterHypervisor(), '486');
    const run = (...args: Parameters<typeof shld>): Promise<string[]> => machine.run([...readMoo('a.MOO', shld(...args)).tests][0]!, RECORDED_ON['386E']!);
    expect(await run(19, 0xe9a1, 0x8d7)).toEqual([]);
    expect(await run(19, 0xe9a0, 0x8d7)).toEqual(['eax e9a1, recorded e9a0']);
    expect(await run(2, 0x59e0, 0x803)).toEqual([]);
    expect(await run(1, 0xacf0, 0x886)).toEqual([]);
    expect(await run(1, 0xacf0, 0x086)).toEqual(['eflags 884, recorded 84']);
  });

  it('of an 80286 leave out what it alone does', async () => {
    const { cpu, tests } = readMoo('a.MOO', file286());
    const [divide, locked] = [...tests];
    const recordedOn = RECORDED_ON[cpu]!;
    expect(divide!.hash).toBe('a0'.repeat(20));
    expect([recordedOn.incomparable(divide!), recordedOn.incomparable(locked!)]).toEqual([undefined, 'LOCK']);
    expect(await new SingleStepMachine(createInterpreterHypervisor(), '486').run(divide!, recordedOn)).toEqual([]);
  });

  it('refuse what is no such file', () => {
    expect(() => readMoo('a.MOO', Uint8Array.of(1, 2, 3))).toThrow('a.MOO: at 0x0: expected a chunk of at least 8 bytes');
    expect(() => readMoo('a.MOO', Uint8Array.from(chunk('JUNK', 1, 2)))).toThrow('expected a MOO chunk');
    expect(() => [...readMoo('a.MOO', file(0).slice(0, -4)).tests]).toThrow(/a chunk that ends by/);
  });
});
