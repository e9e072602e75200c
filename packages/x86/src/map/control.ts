import { hex2, row, type Row } from './form.ts';

const LEGACY = { mode: 'legacy' } as const;
const DEFAULT64 = { default64: true } as const;

/** Stack, branches, strings and ports. */
// prettier-ignore
export const CONTROL_ROWS: readonly Row[] = [
  ...['ES', 'CS', 'SS', 'DS'].flatMap((segment, i) => [
    row(hex2(0x06 + 8 * i), `Push_${segment}`, LEGACY),
    ...(segment === 'CS' ? [] : [row(hex2(0x07 + 8 * i), `Pop_${segment}`, LEGACY)]),
  ]),
  row('0F A0',     'Push_FS', DEFAULT64),     row('0F A1',     'Pop_FS', DEFAULT64),
  row('0F A8',     'Push_GS', DEFAULT64),     row('0F A9',     'Pop_GS', DEFAULT64),
  row('50+r',      'Push_Zv', DEFAULT64),     row('58+r',      'Pop_Zv', DEFAULT64),
  row('68',        'Push_Iz', DEFAULT64),     row('6A',        'Push_sIb', DEFAULT64),
  row('FF /6',     'Push_Ev', DEFAULT64),     row('8F /0',     'Pop_Ev', DEFAULT64),
  row('60',        'Pusha', LEGACY),          row('61',        'Popa', LEGACY),
  row('9C',        'Pushf', DEFAULT64),       row('9D',        'Popf', DEFAULT64),
  row('C8',        'Enter_Iw_Ib', DEFAULT64), row('C9',        'Leave', DEFAULT64),
  row('E8',        'Call_Jz', DEFAULT64),     row('FF /2',     'Call_Ev', DEFAULT64),
  row('9A',        'Callf_Ap', LEGACY),       row('FF /3 mem', 'Callf_Mp'),
  row('EB',        'Jmp_Jb', DEFAULT64),      row('E9',        'Jmp_Jz', DEFAULT64),
  row('FF /4',     'Jmp_Ev', DEFAULT64),
  row('EA',        'Jmpf_Ap', LEGACY),        row('FF /5 mem', 'Jmpf_Mp'),
  row('C3',        'Ret', DEFAULT64),         row('C2',        'Ret_Iw', DEFAULT64),
  row('CB',        'Retf'),                   row('CA',        'Retf_Iw'),
  row('CC',        'Int3'),                   row('CD',        'Int_Ib'),
  row('CE',        'Into', LEGACY),           row('CF',        'Iret'),
  row('F1',        'Int1'),
  row('E0',        'Loopnz_Jb', DEFAULT64),   row('E1',        'Loopz_Jb', DEFAULT64),
  row('E2',        'Loop_Jb', DEFAULT64),     row('E3',        'Jcxz_Jb', DEFAULT64),
  row('62 /r mem', 'Bound_Gv_Ma', LEGACY),
  row('A4',        'Movs_Yb_Xb'),             row('A5',        'Movs_Yv_Xv'),
  row('A6',        'Cmps_Xb_Yb'),             row('A7',        'Cmps_Xv_Yv'),
  row('AA',        'Stos_Yb_AL'),             row('AB',        'Stos_Yv_rAX'),
  row('AC',        'Lods_AL_Xb'),             row('AD',        'Lods_rAX_Xv'),
  row('AE',        'Scas_AL_Yb'),             row('AF',        'Scas_rAX_Yv'),
  row('6C',        'Ins_Yb_DX'),              row('6D',        'Ins_Yz_DX'),
  row('6E',        'Outs_DX_Xb'),             row('6F',        'Outs_DX_Xz'),
  row('E4',        'In_AL_Ib'),               row('E5',        'In_eAX_Ib'),
  row('E6',        'Out_Ib_AL'),              row('E7',        'Out_Ib_eAX'),
  row('EC',        'In_AL_DX'),               row('ED',        'In_eAX_DX'),
  row('EE',        'Out_DX_AL'),              row('EF',        'Out_DX_eAX'),
];
