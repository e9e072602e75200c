import { describe, expect, test } from 'vitest';
import { Decoder } from '../decode/decoder.ts';
import { Instruction } from '../decode/instruction.ts';
import { formatInstruction } from './format.ts';

function format(mode: 16 | 32 | 64, hex: string, ip: number | bigint = 0x1000): string {
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const instruction = new Instruction();
  new Decoder(mode).decode(bytes, 0, bytes.length, instruction);
  return formatInstruction(instruction, ip, mode);
}

// prettier-ignore
const CASES = [
  [32, '8b 44 8b 10',             'mov eax, dword ptr [ebx+ecx*4+0x10]'],
  [32, '8b 44 24 fc',             'mov eax, dword ptr [esp-0x4]'],
  [32, '65 a1 14 00 00 00',       'mov eax, dword ptr gs:[0x14]'],
  [32, '36 8b 45 00',             'mov eax, dword ptr [ebp]'],
  [32, '3e 8b 45 00',             'mov eax, dword ptr ds:[ebp]'],
  [32, '8b 04 0d 00 00 00 00',    'mov eax, dword ptr [ecx*1]'],
  [32, 'f3 a4',                   'rep movsb byte ptr es:[edi], byte ptr [esi]'],
  [32, 'f3 a7',                   'repe cmpsd dword ptr [esi], dword ptr es:[edi]'],
  [32, 'f2 ae',                   'repne scasb byte ptr es:[edi]'],
  [32, '64 d7',                   'xlat byte ptr fs:[ebx]'],
  [32, 'f0 0f b1 0b',             'lock cmpxchg dword ptr [ebx], ecx'],
  [32, '0f 84 fa ff ff ff',       'je 0x1000'],
  [16, 'e8 00 00',                'call 0x1003'],
  [16, 'eb fe',                   'jmp 0x1000'],
  [32, 'ea 11 22 33 44 55 66',    'jmp 0x6655:0x44332211'],
  [32, 'ff 18',                   'call fword ptr [eax]'],
  [32, '98',                      'cwde'],
  [32, '66 98',                   'cbw'],
  [32, '67 e3 00',                'jcxz 0x1003'],
  [32, '90',                      'nop'],
  [32, '66 90',                   'xchg ax, ax'],
  [32, '83 c0 ff',                'add eax, 0xffffffff'],
  [32, 'c8 10 00 02',             'enter 0x10, 0x2'],
  [32, 'd1 e0',                   'shl eax, 0x1'],
  [32, '8c d8',                   'mov eax, ds'],
  [32, '8c 18',                   'mov word ptr [eax], ds'],
  [32, '0f 20 c0',                'mov eax, cr0'],
  [32, 'd8 c1',                   'fadd st, st(1)'],
  [32, 'db 28',                   'fld tbyte ptr [eax]'],
  [32, '66 0f 6f 00',             'movdqa xmm0, xmmword ptr [eax]'],
  [32, '0f c4 c1 03',             'pinsrw mm0, ecx, 0x3'],
  [32, '0f 01 10',                'lgdt fword ptr [eax]'],
  [32, '0f 0b',                   'ud2'],
  [32, '0f 04',                   '(bad)'],
  [64, '48 8b 05 10 00 00 00',    'mov rax, qword ptr [rip+0x10]'],
  [64, '40 88 f8',                'mov al, dil'],
  [64, '88 f8',                   'mov al, bh'],
  [64, '48 c7 c0 ff ff ff ff',    'mov rax, 0xffffffffffffffff'],
  [64, '41 50',                   'push r8'],
  [64, '48 0f c7 08',             'cmpxchg16b xmmword ptr [rax]'],
  [64, '48 63 c1',                'movsxd rax, ecx'],
] as const;

describe('Intel syntax', () => {
  for (const [mode, hex, text] of CASES) test(`${mode}-bit ${hex} is ${text}`, () => expect(format(mode, hex)).toBe(text));

  test('branch targets wrap at the width of the instruction pointer', () => {
    expect(format(32, 'eb 10', 0xffff_fff8)).toBe('jmp 0xa');
    expect(format(64, 'eb 10', 0xffff_ffff_8000_0000n)).toBe('jmp 0xffffffff80000012');
  });
});
