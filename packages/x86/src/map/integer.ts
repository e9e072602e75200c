import { CONDITIONS, hex2, row, type Row } from './form.ts';

const LOCK = { lock: true } as const;
const LEGACY = { mode: 'legacy' } as const;
const LONG = { mode: 'long' } as const;
const DEFAULT64 = { default64: true } as const;

/** ADD, OR, ADC, SBB, AND, SUB, XOR, CMP: the same nine forms eight times (vol. 2D table A-2). */
function arithmetic(): Row[] {
  return ['Add', 'Or', 'Adc', 'Sbb', 'And', 'Sub', 'Xor', 'Cmp'].flatMap((name, i) => {
    const at = (offset: number): string => hex2(8 * i + offset);
    const lock = name === 'Cmp' ? {} : LOCK;
    return [
      row(`${at(0)} /r`, `${name}_Eb_Gb`, lock),
      row(`${at(1)} /r`, `${name}_Ev_Gv`, lock),
      row(`${at(2)} /r`, `${name}_Gb_Eb`),
      row(`${at(3)} /r`, `${name}_Gv_Ev`),
      row(at(4), `${name}_AL_Ib`),
      row(at(5), `${name}_rAX_Iz`),
      row(`80 /${i}`, `${name}_Eb_Ib`, lock),
      row(`82 /${i}`, `${name}_Eb_Ib`, { ...lock, mode: 'legacy' }),
      row(`81 /${i}`, `${name}_Ev_Iz`, lock),
      row(`83 /${i}`, `${name}_Ev_sIb`, lock),
    ];
  });
}

/** Shifts and rotates; /6 is another SHL (vol. 2D table A-6). */
function shifts(): Row[] {
  return ['Rol', 'Ror', 'Rcl', 'Rcr', 'Shl', 'Shr', 'Shl', 'Sar'].flatMap((name, i) => [
    row(`C0 /${i}`, `${name}_Eb_Ib`),
    row(`C1 /${i}`, `${name}_Ev_Ib`),
    row(`D0 /${i}`, `${name}_Eb_1`),
    row(`D1 /${i}`, `${name}_Ev_1`),
    row(`D2 /${i}`, `${name}_Eb_CL`),
    row(`D3 /${i}`, `${name}_Ev_CL`),
  ]);
}

function bits(): Row[] {
  return ['Bt', 'Bts', 'Btr', 'Btc'].flatMap((name, i) => {
    const lock = name === 'Bt' ? {} : LOCK;
    return [row(`0F ${hex2(0xa3 + 8 * i)} /r`, `${name}_Ev_Gv`, lock), row(`0F BA /${i + 4}`, `${name}_Ev_Ib`, lock)];
  });
}

function conditionals(): Row[] {
  return CONDITIONS.flatMap((name, condition) => [
    row(hex2(0x70 + condition), `J${name}_Jb`, { condition, ...DEFAULT64 }),
    row(`0F ${hex2(0x80 + condition)}`, `J${name}_Jz`, { condition, ...DEFAULT64 }),
    row(`0F ${hex2(0x90 + condition)} /r`, `Set${name}_Eb`, { condition }),
    row(`0F ${hex2(0x40 + condition)} /r`, `Cmov${name}_Gv_Ev`, { condition }),
  ]);
}

/** NOT, NEG, MUL, IMUL, DIV, IDIV of group 3, and TEST (vol. 2D table A-6). */
function group3(): Row[] {
  return [
    ...['Not', 'Neg', 'Mul', 'Imul', 'Div', 'Idiv'].flatMap((name, i) => {
      const lock = i < 2 ? LOCK : {};
      return [row(`F6 /${i + 2}`, `${name}_Eb`, lock), row(`F7 /${i + 2}`, `${name}_Ev`, lock)];
    }),
    ...[0, 1].flatMap((digit) => [row(`F6 /${digit}`, 'Test_Eb_Ib'), row(`F7 /${digit}`, 'Test_Ev_Iz')]),
  ];
}

/** Integer instructions on registers and memory. */
// prettier-ignore
export const INTEGER_ROWS: readonly Row[] = [
  ...arithmetic(), ...shifts(), ...bits(), ...conditionals(), ...group3(),
  row('40+r',        'Inc_Zv', LEGACY),          row('48+r',        'Dec_Zv', LEGACY),
  row('FE /0',       'Inc_Eb', LOCK),            row('FE /1',       'Dec_Eb', LOCK),
  row('FF /0',       'Inc_Ev', LOCK),            row('FF /1',       'Dec_Ev', LOCK),
  row('84 /r',       'Test_Eb_Gb'),              row('85 /r',       'Test_Ev_Gv'),
  row('A8',          'Test_AL_Ib'),              row('A9',          'Test_rAX_Iz'),
  row('86 /r',       'Xchg_Eb_Gb', LOCK),        row('87 /r',       'Xchg_Ev_Gv', LOCK),
  // In 64-bit mode NOP is no exchange: that would clear the high half of RAX.
  row('90',          'Nop', LONG),
  row('90+r',        'Xchg_Zv_rAX'),             row('F3 90',       'Pause'),
  row('88 /r',       'Mov_Eb_Gb'),               row('89 /r',       'Mov_Ev_Gv'),
  row('8A /r',       'Mov_Gb_Eb'),               row('8B /r',       'Mov_Gv_Ev'),
  row('A0',          'Mov_AL_Ob'),               row('A1',          'Mov_rAX_Ov'),
  row('A2',          'Mov_Ob_AL'),               row('A3',          'Mov_Ov_rAX'),
  row('B0+r',        'Mov_Zb_Ib'),               row('B8+r',        'Mov_Zv_Iv'),
  row('C6 /0',       'Mov_Eb_Ib'),               row('C7 /0',       'Mov_Ev_Iz'),
  row('8D /r mem',   'Lea_Gv_M'),
  row('63 /r',       'Movsxd_Gv_Ed', { mode: 'long' }),
  row('0F B6 /r',    'Movzx_Gv_Eb'),             row('0F B7 /r',    'Movzx_Gv_Ew'),
  row('0F BE /r',    'Movsx_Gv_Eb'),             row('0F BF /r',    'Movsx_Gv_Ew'),
  row('69 /r',       'Imul_Gv_Ev_Iz'),           row('6B /r',       'Imul_Gv_Ev_sIb'),
  row('0F AF /r',    'Imul_Gv_Ev'),
  row('98',          'Cbw'),                     row('99',          'Cwd'),
  row('27',          'Daa', LEGACY),             row('2F',          'Das', LEGACY),
  row('37',          'Aaa', LEGACY),             row('3F',          'Aas', LEGACY),
  row('D4',          'Aam_Ib', LEGACY),          row('D5',          'Aad_Ib', LEGACY),
  row('D6',          'Salc', LEGACY),            row('D7',          'Xlat'),
  row('0F A4 /r',    'Shld_Ev_Gv_Ib'),           row('0F A5 /r',    'Shld_Ev_Gv_CL'),
  row('0F AC /r',    'Shrd_Ev_Gv_Ib'),           row('0F AD /r',    'Shrd_Ev_Gv_CL'),
  row('0F B0 /r',    'Cmpxchg_Eb_Gb', LOCK),     row('0F B1 /r',    'Cmpxchg_Ev_Gv', LOCK),
  row('0F C0 /r',    'Xadd_Eb_Gb', LOCK),        row('0F C1 /r',    'Xadd_Ev_Gv', LOCK),
  row('0F C7 /1 mem','Cmpxchg8b_Mq', LOCK),      row('REX.W 0F C7 /1 mem', 'Cmpxchg16b_Mdq', { ...LOCK, ...LONG }),
  row('0F C8+r',     'Bswap_Zv'),
  row('0F BC /r',    'Bsf_Gv_Ev'),               row('0F BD /r',    'Bsr_Gv_Ev'),
  row('F3 0F B8 /r', 'Popcnt_Gv_Ev'),
  row('NP 0F 38 F0 /r mem', 'Movbe_Gv_Mv'),      row('NP 0F 38 F1 /r mem', 'Movbe_Mv_Gv'),
  row('66 0F 38 F0 /r mem', 'Movbe_Gv_Mv'),      row('66 0F 38 F1 /r mem', 'Movbe_Mv_Gv'),
  row('9E',          'Sahf'),                    row('9F',          'Lahf'),
  row('F5',          'Cmc'),                     row('F8',          'Clc'),
  row('F9',          'Stc'),                     row('FC',          'Cld'),
  row('FD',          'Std'),
  ...Array.from({ length: 7 }, (_, i) => row(`0F ${hex2(0x19 + i)} /r`, 'Nop_Ev')),
  // Prefetches are hints: memory forms by number, register forms reserved as NOPs.
  row('0F 18 /0 mem', 'Prefetchnta_Mb'), row('0F 18 /1 mem', 'Prefetcht0_Mb'), row('0F 18 /2 mem', 'Prefetcht1_Mb'), row('0F 18 /3 mem', 'Prefetcht2_Mb'),
  row('0F 18 /4', 'Nop_Ev'), row('0F 18 /5', 'Nop_Ev'), row('0F 18 /6', 'Nop_Ev'), row('0F 18 /7', 'Nop_Ev'),
  row('0F 18 /0 reg', 'Nop_Ev'), row('0F 18 /1 reg', 'Nop_Ev'), row('0F 18 /2 reg', 'Nop_Ev'), row('0F 18 /3 reg', 'Nop_Ev'),
  row('0F 0D /0 mem', 'Prefetch_Mb'), row('0F 0D /1 mem', 'Prefetchw_Mb'), row('0F 0D /2 mem', 'Prefetchwt1_Mb'),
  ...[3, 4, 5, 6, 7].map((digit) => row(`0F 0D /${digit} mem`, 'Hint_Ev', { mnemonic: 'nop' })), row('0F 0D /r reg', 'Hint_Ev', { mnemonic: 'nop' }),
];
