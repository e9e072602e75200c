import { describe, expect, test } from 'vitest';
import { FORMS } from '../map/forms.ts';
import { Decoder } from './decoder.ts';
import { INVALID_FORM, Instruction, PREFIX_LOCK, PREFIX_OPERAND_SIZE, PREFIX_REP, PREFIX_REPNE, PREFIX_SEGMENT, RIP_BASE } from './instruction.ts';

type Mode = 16 | 32 | 64;

function decode(mode: Mode, text: string): Instruction & { name: string; returned: number } {
  const bytes = Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  const instruction = new Instruction();
  const returned = new Decoder(mode).decode(bytes, 0, bytes.length, instruction);
  return Object.assign(instruction, { name: FORMS[instruction.form]!.name, returned });
}

describe('operands', () => {
  test('base, index, scale and displacement', () => {
    expect(decode(32, '8b 44 8b 10')).toMatchObject({ name: 'Mov_Gv_Ev', length: 4, reg: 0, isMemory: true, base: 3, index: 1, scale: 2, displacement: 0x10, segment: 3 });
    expect(decode(32, '8b 04 8d 00 00 00 80')).toMatchObject({ base: -1, index: 1, scale: 2, displacement: -0x8000_0000 });
    expect(decode(32, '8b 04 24')).toMatchObject({ base: 4, index: -1, segment: 2 });
    expect(decode(32, '8b 45 fc')).toMatchObject({ base: 5, displacement: -4, segment: 2 });
  });

  test('16-bit addressing', () => {
    expect(decode(16, '8b 42 10')).toMatchObject({ base: 5, index: 6, displacement: 0x10, segment: 2, addressSize: 16 });
    expect(decode(16, '8b 0e 34 12')).toMatchObject({ base: -1, index: -1, displacement: 0x1234, segment: 3 });
    expect(decode(32, '67 8b 07')).toMatchObject({ base: 3, index: -1, addressSize: 16 });
  });

  test('RIP-relative only in 64-bit mode', () => {
    expect(decode(64, '8b 05 00 00 00 00')).toMatchObject({ base: RIP_BASE, addressSize: 64 });
    expect(decode(64, '8b 04 25 00 00 00 80')).toMatchObject({ base: -1, displacement: -0x8000_0000, displacementHigh: -1 });
    expect(decode(32, '8b 05 00 00 00 00')).toMatchObject({ base: -1 });
  });

  test('immediates: signed, unsigned, two of them, 64 bits', () => {
    expect(decode(32, '83 c0 ff')).toMatchObject({ name: 'Add_Ev_sIb', immediate: -1, immediateHigh: -1 });
    expect(decode(32, 'b0 ff')).toMatchObject({ name: 'Mov_Zb_Ib', immediate: 0xff, immediateHigh: 0 });
    expect(decode(32, 'c8 10 80 02')).toMatchObject({ name: 'Enter_Iw_Ib', immediate: 0x8010, immediate2: 2 });
    expect(decode(32, 'ea 11 22 33 44 55 66')).toMatchObject({ name: 'Jmpf_Ap', immediate: 0x4433_2211, immediate2: 0x6655 });
    expect(decode(64, '48 b8 88 77 66 55 44 33 22 11')).toMatchObject({ immediate: 0x5566_7788, immediateHigh: 0x1122_3344, operandSize: 64 });
    expect(decode(64, 'a1 88 77 66 55 44 33 22 11')).toMatchObject({ name: 'Mov_rAX_Ov', isMemory: true, displacement: 0x5566_7788, displacementHigh: 0x1122_3344 });
    expect(decode(16, 'e8 fd ff')).toMatchObject({ name: 'Call_Jz', immediate: -3 });
  });

  test('x87: the immediate is the opcode for FOP', () => {
    expect(decode(32, 'd8 c1')).toMatchObject({ name: 'Fadd_ST0_STi', rm: 1, immediate: 0x0c1 });
    expect(decode(32, 'df 28')).toMatchObject({ name: 'Fild_Mq', immediate: 0x728 });
  });
});

describe('prefixes', () => {
  test('operand size, segments, the last of F2 and F3', () => {
    expect(decode(32, '66 05 34 12')).toMatchObject({ operandSize: 16, immediate: 0x1234, prefixes: PREFIX_OPERAND_SIZE });
    expect(decode(32, '65 8b 00')).toMatchObject({ segment: 5, prefixes: PREFIX_SEGMENT });
    expect(decode(32, 'f2 f3 a4')).toMatchObject({ name: 'Movs_Yb_Xb', prefixes: PREFIX_REP });
    expect(decode(32, 'f3 f2 ae')).toMatchObject({ name: 'Scas_AL_Yb', prefixes: PREFIX_REPNE });
  });

  test('mandatory prefixes choose among forms; F2 and F3 win over 66', () => {
    expect(decode(32, '0f 58 c1').name).toBe('Addps_Vps_Wps');
    expect(decode(32, '66 0f 58 c1').name).toBe('Addpd_Vpd_Wpd');
    expect(decode(32, 'f2 66 0f 58 c1').name).toBe('Addsd_Vsd_Wsd');
    expect(decode(32, '66 f3 0f 58 c1').name).toBe('Addss_Vss_Wss');
  });

  test('REX counts only right before the opcode', () => {
    expect(decode(64, '48 89 c8')).toMatchObject({ operandSize: 64, rex: 0x48 });
    expect(decode(64, '48 66 89 c8')).toMatchObject({ operandSize: 16, rex: 0 });
    expect(decode(64, '4d 0f af c1')).toMatchObject({ reg: 8, rm: 9 });
    expect(decode(32, '48').name).toBe('Dec_Zv');
  });

  test('ES, CS, SS and DS do nothing in 64-bit mode', () => {
    expect(decode(64, '2e 8b 00')).toMatchObject({ segment: 3 });
    expect(decode(64, '64 2e 8b 00')).toMatchObject({ segment: 4 });
  });

  test('LOCK is an undefined opcode but for read-modify-write with memory', () => {
    expect(decode(32, 'f0 01 08')).toMatchObject({ name: 'Add_Ev_Gv', prefixes: PREFIX_LOCK });
    expect(decode(32, 'f0 01 c8').form).toBe(INVALID_FORM);
    expect(decode(32, 'f0 8b 08').form).toBe(INVALID_FORM);
    expect(decode(32, 'f0 39 08').form).toBe(INVALID_FORM);
  });
});

describe('64-bit mode', () => {
  test('stack and near branches default to 64 bits', () => {
    expect(decode(64, '50').operandSize).toBe(64);
    expect(decode(64, '66 50').operandSize).toBe(16);
    expect(decode(64, '66 48 50').operandSize).toBe(64);
    expect(decode(64, '66 e8 00 00 00 00')).toMatchObject({ operandSize: 64, length: 6 });
  });

  test('NOP is no exchange, but with REX.B it is', () => {
    expect(decode(64, '90').name).toBe('Nop');
    expect(decode(64, '41 90')).toMatchObject({ name: 'Xchg_Zv_rAX', reg: 8 });
    expect(decode(32, '90')).toMatchObject({ name: 'Xchg_Zv_rAX', reg: 0 });
    expect(decode(64, 'f3 90').name).toBe('Pause');
  });

  test('REX.W makes other forms', () => {
    expect(decode(64, '48 0f c7 08').name).toBe('Cmpxchg16b_Mdq');
    expect(decode(64, '66 48 0f 6e c0').name).toBe('Movq_Vq_Eq');
    expect(decode(64, '66 0f 6e c0').name).toBe('Movd_Vd_Ed');
  });
});

describe('what is no instruction', () => {
  test('registers that do not exist', () => {
    expect(decode(32, '0f 20 c0').name).toBe('Mov_Rd_Cd');
    expect(decode(32, '0f 20 c8').form).toBe(INVALID_FORM);
    expect(decode(64, '44 0f 20 c0').name).toBe('Mov_Rd_Cd');
    expect(decode(64, '44 0f 21 c0').form).toBe(INVALID_FORM);
    expect(decode(32, '8e c8').form).toBe(INVALID_FORM);
    expect(decode(32, '8c f0').form).toBe(INVALID_FORM);
  });

  test('memory forms with a register, and the other way round', () => {
    for (const bytes of ['8d c0', 'c4 c0', 'c5 c0', '62 c0', '0f 01 d8', '0f c7 c8', '0f e7 c0', '0f d7 00']) expect(decode(32, bytes).form, bytes).toBe(INVALID_FORM);
  });

  test('more bytes are asked for with 0, whatever is missing', () => {
    for (const bytes of ['', '66', '0f', '0f 38', '8b', '8b 04', '8b 44 24', '8b 80 00 00 00', '05 00 00 00', 'c8 00 00', 'ea 00 00 00 00 00']) expect(decode(32, bytes).returned, bytes).toBe(0);
  });

  test('bytes beyond the limit are never believed', () => {
    const instruction = new Instruction();
    expect(new Decoder(32).decode(Uint8Array.of(0x05, 1, 2, 3, 4), 0, 4, instruction)).toBe(0);
    expect(new Decoder(32).decode(Uint8Array.of(0x05, 1, 2, 3, 4), 0, 5, instruction)).toBe(5);
  });

  test('15 bytes are the most', () => {
    expect(decode(32, '66'.repeat(11) + '05 34 12')).toMatchObject({ name: 'Add_rAX_Iz', length: 14, tooLong: false });
    expect(decode(32, '66'.repeat(12) + '05 34 12')).toMatchObject({ name: 'Add_rAX_Iz', length: 15, tooLong: false });
    expect(decode(32, '66'.repeat(13) + '05 34 12')).toMatchObject({ form: INVALID_FORM, tooLong: true, length: 15 });
    expect(decode(32, '66'.repeat(16))).toMatchObject({ form: INVALID_FORM, tooLong: true, returned: 15 });
    expect(decode(32, '66'.repeat(13)).returned).toBe(0);
  });

  test('an output record keeps nothing of the instruction before', () => {
    const decoder = new Decoder(32);
    const instruction = new Instruction();
    const first = Uint8Array.from(Buffer.from('65c7848b1122334455667788', 'hex'));
    expect(decoder.decode(first, 0, first.length, instruction)).toBe(12);
    decoder.decode(Uint8Array.of(0xc3), 0, 1, instruction);
    const fresh = new Instruction();
    new Decoder(32).decode(Uint8Array.of(0xc3), 0, 1, fresh);
    expect(instruction).toEqual(fresh);
  });
});
