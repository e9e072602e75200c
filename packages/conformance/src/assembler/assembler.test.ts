import { describe, expect, it } from 'vitest';
import { Assembler } from './assembler.ts';
import { al, ax, bp, bx, byte, cl, cr0, ds, dword, eax, ebx, ecx, edx, es, esi, esp, fs, qword, si, word } from './operands.ts';

/** Encodings as NASM 2.16 gives them, or an equivalent that the manual allows where the assembler is plainer. */
const CASES: readonly [string, 16 | 32, (a: Assembler) => void, string][] = [
  ['mov eax, 0x12345678', 32, (a) => a.mov(eax, 0x12345678), 'b8 78 56 34 12'],
  ['mov eax, imm in 16-bit code', 16, (a) => a.mov(eax, 1), '66 b8 01 00 00 00'],
  ['mov ax, imm in 32-bit code', 32, (a) => a.mov(ax, 1), '66 b8 01 00'],
  ['mov [disp32], al', 32, (a) => a.mov(byte(0x1000), al), '88 05 00 10 00 00'],
  ['mov ecx, [ebx+esi*4+8]', 32, (a) => a.mov(ecx, dword({ base: ebx, index: esi, scale: 4, displacement: 8 })), '8b 8c b3 08 00 00 00'],
  ['mov eax, [esp]', 32, (a) => a.mov(eax, dword({ base: esp })), '8b 84 24 00 00 00 00'],
  ['mov eax, [esi*8+0x10]', 32, (a) => a.mov(eax, dword({ index: esi, scale: 8, displacement: 0x10 })), '8b 04 f5 10 00 00 00'],
  ['mov ax, [bp+si+2]', 16, (a) => a.mov(ax, word({ base: bp, index: si, displacement: 2 })), '8b 82 02 00'],
  ['mov eax, es:[bx]', 16, (a) => a.mov(eax, dword({ base: bx, segment: es })), '26 66 8b 87 00 00'],
  ['mov ax, [ebx] in 16-bit code', 16, (a) => a.mov(ax, word({ base: ebx })), '67 8b 83 00 00 00 00'],
  ['mov ds, ax', 32, (a) => a.mov(ds, ax), '8e d8'],
  ['mov cr0, eax', 32, (a) => a.mov(cr0, eax), '0f 22 c0'],
  ['add dword [0x10], -1', 32, (a) => a.alu('add', dword(0x10), -1), '83 05 10 00 00 00 ff'],
  ['cmp al, 5', 32, (a) => a.alu('cmp', al, 5), '80 f8 05'],
  ['xor edx, ecx', 32, (a) => a.alu('xor', edx, ecx), '31 ca'],
  ['shl eax, cl', 32, (a) => a.shift('shl', eax, 'cl'), 'd3 e0'],
  ['idiv byte [0x20]', 32, (a) => a.unary('idiv', byte(0x20)), 'f6 3d 20 00 00 00'],
  ['movzx eax, cl', 32, (a) => a.movzx(eax, cl), '0f b6 c1'],
  ['bt dword [0x20], ecx', 32, (a) => a.bit('bt', dword(0x20), ecx), '0f a3 0d 20 00 00 00'],
  ['push fs', 32, (a) => a.push(fs), '0f a0'],
  ['fld qword [0x20]', 32, (a) => a.x87('fld', qword(0x20)), 'dd 05 20 00 00 00'],
  ['rep movsw in 32-bit code', 32, (a) => a.rep().string('movs', 2), 'f3 66 a5'],
  ['a loop', 32, (a) => a.label('x').op('nop').short('loop', 'x').j('nz', 'x').jmp('x'), '90 e2 fd 0f 85 f7 ff ff ff e9 f2 ff ff ff'],
  ['a far jump', 16, (a) => a.farJmp(8, 'x', 4).label('x'), '66 ea 08 10 00 00 08 00'],
];

describe('assembler', () => {
  for (const [name, bits, code, expected] of CASES) {
    it(name, () => {
      const a = new Assembler(bits, 0x1000);
      code(a);
      expect(Array.from(a.bytes(), (value) => value.toString(16).padStart(2, '0')).join(' ')).toBe(expected);
    });
  }

  it('refuses what it cannot encode', () => {
    expect(() => new Assembler(32, 0).jmp('nowhere').bytes()).toThrow('nowhere is not defined');
    expect(() => new Assembler(32, 0).label('x').label('x')).toThrow('twice');
    expect(() => new Assembler(32, 0).short('jmp', 'x').fill(200).label('x').bytes()).toThrow('200 bytes away');
    expect(() => new Assembler(32, 0).x87('fldcw', dword(0))).toThrow('no form of 4 bytes');
  });
});
