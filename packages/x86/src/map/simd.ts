import { row, type Row } from './form.ts';

const LONG = { mode: 'long' } as const;

/** Operations that exist for MMX (no prefix) and XMM registers (66), by opcode byte in 0F. */
// prettier-ignore
const PACKED: Readonly<Record<string, string>> = {
  60: 'Punpcklbw', 61: 'Punpcklwd', 62: 'Punpckldq', 63: 'Packsswb', 64: 'Pcmpgtb', 65: 'Pcmpgtw', 66: 'Pcmpgtd', 67: 'Packuswb', 68: 'Punpckhbw', 69: 'Punpckhwd', '6A': 'Punpckhdq', '6B': 'Packssdw',
  74: 'Pcmpeqb', 75: 'Pcmpeqw', 76: 'Pcmpeqd', D1: 'Psrlw', D2: 'Psrld', D3: 'Psrlq', D4: 'Paddq', D5: 'Pmullw', D8: 'Psubusb', D9: 'Psubusw', DA: 'Pminub', DB: 'Pand', DC: 'Paddusb', DD: 'Paddusw', DE: 'Pmaxub', DF: 'Pandn',
  E0: 'Pavgb', E1: 'Psraw', E2: 'Psrad', E3: 'Pavgw', E4: 'Pmulhuw', E5: 'Pmulhw', E8: 'Psubsb', E9: 'Psubsw', EA: 'Pminsw', EB: 'Por', EC: 'Paddsb', ED: 'Paddsw', EE: 'Pmaxsw', EF: 'Pxor',
  F1: 'Psllw', F2: 'Pslld', F3: 'Psllq', F4: 'Pmuludq', F5: 'Pmaddwd', F6: 'Psadbw', F8: 'Psubb', F9: 'Psubw', FA: 'Psubd', FB: 'Psubq', FC: 'Paddb', FD: 'Paddw', FE: 'Paddd',
};

function packed(): Row[] {
  return Object.entries(PACKED).flatMap(([byte, name]) => [
    row(`NP 0F ${byte} /r`, `${name}_Pq_${name.startsWith('Punpckl') ? 'Qd' : 'Qq'}`),
    row(`66 0F ${byte} /r`, `${name}_Vdq_Wdq`),
  ]);
}

/** Shifts by an immediate: groups 12 to 14. */
function immediateShifts(): Row[] {
  const shifts = [[71, 2, 'Psrlw'], [71, 4, 'Psraw'], [71, 6, 'Psllw'], [72, 2, 'Psrld'], [72, 4, 'Psrad'], [72, 6, 'Pslld'], [73, 2, 'Psrlq'], [73, 6, 'Psllq']] as const;
  return shifts.flatMap(([byte, digit, name]) => [row(`NP 0F ${byte} /${digit} reg`, `${name}_Nq_Ib`), row(`66 0F ${byte} /${digit} reg`, `${name}_Udq_Ib`)]);
}

/** Arithmetic in four types: packed and scalar, single and double. */
function arithmetic(): Row[] {
  return Object.entries({ 51: 'Sqrt', 58: 'Add', 59: 'Mul', '5C': 'Sub', '5D': 'Min', '5E': 'Div', '5F': 'Max' }).flatMap(([byte, name]) => [
    row(`NP 0F ${byte} /r`, `${name}ps_Vps_Wps`),
    row(`66 0F ${byte} /r`, `${name}pd_Vpd_Wpd`),
    row(`F3 0F ${byte} /r`, `${name}ss_Vss_Wss`),
    row(`F2 0F ${byte} /r`, `${name}sd_Vsd_Wsd`),
  ]);
}

function logic(): Row[] {
  return Object.entries({ 14: 'Unpckl', 15: 'Unpckh', 54: 'And', 55: 'Andn', 56: 'Or', 57: 'Xor' }).flatMap(([byte, name]) => [
    row(`NP 0F ${byte} /r`, `${name}ps_Vps_Wps`),
    row(`66 0F ${byte} /r`, `${name}pd_Vpd_Wpd`),
  ]);
}

/** MMX, SSE and SSE2 (vol. 2D tables ). */
// prettier-ignore
export const SIMD_ROWS: readonly Row[] = [
  ...packed(), ...immediateShifts(), ...arithmetic(), ...logic(),
  row('66 0F 6C /r', 'Punpcklqdq_Vdq_Wdq'),
  row('66 0F 6D /r', 'Punpckhqdq_Vdq_Wdq'),
  row('66 0F 73 /3 reg', 'Psrldq_Udq_Ib'),
  row('66 0F 73 /7 reg', 'Pslldq_Udq_Ib'),
  row('NP 0F 70 /r', 'Pshufw_Pq_Qq_Ib'),
  row('66 0F 70 /r', 'Pshufd_Vdq_Wdq_Ib'),
  row('F3 0F 70 /r', 'Pshufhw_Vdq_Wdq_Ib'),
  row('F2 0F 70 /r', 'Pshuflw_Vdq_Wdq_Ib'),
  row('NP 0F 77', 'Emms'),
  row('NP 0F 6E /r', 'Movd_Pd_Ed'),
  row('66 0F 6E /r', 'Movd_Vd_Ed'),
  row('NP 0F 7E /r', 'Movd_Ed_Pd'),
  row('66 0F 7E /r', 'Movd_Ed_Vd'),
  row('F3 0F 7E /r', 'Movq_Vq_Wq'),
  row('66 0F D6 /r', 'Movq_Wq_Vq'),
  row('NP 0F 6F /r', 'Movq_Pq_Qq'),
  row('NP 0F 7F /r', 'Movq_Qq_Pq'),
  row('66 0F 6F /r', 'Movdqa_Vdq_Wdq'),
  row('66 0F 7F /r', 'Movdqa_Wdq_Vdq'),
  row('F3 0F 6F /r', 'Movdqu_Vdq_Wdq'),
  row('F3 0F 7F /r', 'Movdqu_Wdq_Vdq'),
  row('NP 0F 10 /r', 'Movups_Vps_Wps'),
  row('NP 0F 11 /r', 'Movups_Wps_Vps'),
  row('66 0F 10 /r', 'Movupd_Vpd_Wpd'),
  row('66 0F 11 /r', 'Movupd_Wpd_Vpd'),
  row('F3 0F 10 /r', 'Movss_Vss_Wss'),
  row('F3 0F 11 /r', 'Movss_Wss_Vss'),
  row('F2 0F 10 /r', 'Movsd_Vsd_Wsd'),
  row('F2 0F 11 /r', 'Movsd_Wsd_Vsd'),
  row('NP 0F 28 /r', 'Movaps_Vps_Wps'),
  row('NP 0F 29 /r', 'Movaps_Wps_Vps'),
  row('66 0F 28 /r', 'Movapd_Vpd_Wpd'),
  row('66 0F 29 /r', 'Movapd_Wpd_Vpd'),
  row('NP 0F 12 /r mem', 'Movlps_Vq_Mq'),
  row('NP 0F 12 /r reg', 'Movhlps_Vq_Uq'),
  row('NP 0F 13 /r mem', 'Movlps_Mq_Vq'),
  row('66 0F 12 /r mem', 'Movlpd_Vq_Mq'),
  row('66 0F 13 /r mem', 'Movlpd_Mq_Vq'),
  row('NP 0F 16 /r mem', 'Movhps_Vq_Mq'),
  row('NP 0F 16 /r reg', 'Movlhps_Vq_Uq'),
  row('NP 0F 17 /r mem', 'Movhps_Mq_Vq'),
  row('66 0F 16 /r mem', 'Movhpd_Vq_Mq'),
  row('66 0F 17 /r mem', 'Movhpd_Mq_Vq'),
  row('NP 0F 2B /r mem', 'Movntps_Mps_Vps'),
  row('66 0F 2B /r mem', 'Movntpd_Mpd_Vpd'),
  row('66 0F E7 /r mem', 'Movntdq_Mdq_Vdq'),
  row('NP 0F E7 /r mem', 'Movntq_Mq_Pq'),
  row('NP 0F D7 /r reg', 'Pmovmskb_Gd_Nq'),
  row('66 0F D7 /r reg', 'Pmovmskb_Gd_Udq'),
  row('NP 0F C5 /r reg', 'Pextrw_Gd_Nq_Ib'),
  row('66 0F C5 /r reg', 'Pextrw_Gd_Udq_Ib'),
  row('NP 0F C4 /r', 'Pinsrw_Pq_Ew_Ib'),
  row('66 0F C4 /r', 'Pinsrw_Vdq_Ew_Ib'),
  row('NP 0F F7 /r reg', 'Maskmovq_Pq_Nq'),
  row('66 0F F7 /r reg', 'Maskmovdqu_Vdq_Udq'),
  row('F3 0F D6 /r reg', 'Movq2dq_Vdq_Nq'),
  row('F2 0F D6 /r reg', 'Movdq2q_Pq_Uq'),
  row('NP 0F 52 /r', 'Rsqrtps_Vps_Wps'),
  row('F3 0F 52 /r', 'Rsqrtss_Vss_Wss'),
  row('NP 0F 53 /r', 'Rcpps_Vps_Wps'),
  row('F3 0F 53 /r', 'Rcpss_Vss_Wss'),
  row('NP 0F C2 /r', 'Cmpps_Vps_Wps_Ib'),
  row('66 0F C2 /r', 'Cmppd_Vpd_Wpd_Ib'),
  row('F3 0F C2 /r', 'Cmpss_Vss_Wss_Ib'),
  row('F2 0F C2 /r', 'Cmpsd_Vsd_Wsd_Ib'),
  row('NP 0F C6 /r', 'Shufps_Vps_Wps_Ib'),
  row('66 0F C6 /r', 'Shufpd_Vpd_Wpd_Ib'),
  row('NP 0F 2E /r', 'Ucomiss_Vss_Wss'),
  row('66 0F 2E /r', 'Ucomisd_Vsd_Wsd'),
  row('NP 0F 2F /r', 'Comiss_Vss_Wss'),
  row('66 0F 2F /r', 'Comisd_Vsd_Wsd'),
  row('NP 0F 50 /r reg', 'Movmskps_Gd_Ups'),
  row('66 0F 50 /r reg', 'Movmskpd_Gd_Upd'),
  row('NP 0F 2A /r', 'Cvtpi2ps_Vps_Qpi'),
  row('66 0F 2A /r', 'Cvtpi2pd_Vpd_Qpi'),
  row('F3 0F 2A /r', 'Cvtsi2ss_Vss_Ed'),
  row('F2 0F 2A /r', 'Cvtsi2sd_Vsd_Ed'),
  row('NP 0F 2C /r', 'Cvttps2pi_Ppi_Wq'),
  row('66 0F 2C /r', 'Cvttpd2pi_Ppi_Wpd'),
  row('F3 0F 2C /r', 'Cvttss2si_Gd_Wss'),
  row('F2 0F 2C /r', 'Cvttsd2si_Gd_Wsd'),
  row('NP 0F 2D /r', 'Cvtps2pi_Ppi_Wq'),
  row('66 0F 2D /r', 'Cvtpd2pi_Ppi_Wpd'),
  row('F3 0F 2D /r', 'Cvtss2si_Gd_Wss'),
  row('F2 0F 2D /r', 'Cvtsd2si_Gd_Wsd'),
  row('NP 0F 5A /r', 'Cvtps2pd_Vpd_Wq'),
  row('66 0F 5A /r', 'Cvtpd2ps_Vps_Wpd'),
  row('F3 0F 5A /r', 'Cvtss2sd_Vsd_Wss'),
  row('F2 0F 5A /r', 'Cvtsd2ss_Vss_Wsd'),
  row('NP 0F 5B /r', 'Cvtdq2ps_Vps_Wdq'),
  row('66 0F 5B /r', 'Cvtps2dq_Vdq_Wps'),
  row('F3 0F 5B /r', 'Cvttps2dq_Vdq_Wps'),
  row('66 0F E6 /r', 'Cvttpd2dq_Vdq_Wpd'),
  row('F3 0F E6 /r', 'Cvtdq2pd_Vpd_Wq'),
  row('F2 0F E6 /r', 'Cvtpd2dq_Vdq_Wpd'),
  row('NP 0F C3 /r mem', 'Movnti_Md_Gd'),
  // With REX.W the general register has 64 bits.
  row('NP REX.W 0F 6E /r', 'Movq_Pq_Eq', LONG),
  row('NP REX.W 0F 7E /r', 'Movq_Eq_Pq', LONG),
  row('66 REX.W 0F 6E /r', 'Movq_Vq_Eq', LONG),
  row('66 REX.W 0F 7E /r', 'Movq_Eq_Vq', LONG),
  row('F3 REX.W 0F 2A /r', 'Cvtsi2ss_Vss_Eq', LONG),
  row('F2 REX.W 0F 2A /r', 'Cvtsi2sd_Vsd_Eq', LONG),
  row('F3 REX.W 0F 2C /r', 'Cvttss2si_Gq_Wss', LONG),
  row('F2 REX.W 0F 2C /r', 'Cvttsd2si_Gq_Wsd', LONG),
  row('F3 REX.W 0F 2D /r', 'Cvtss2si_Gq_Wss', LONG),
  row('F2 REX.W 0F 2D /r', 'Cvtsd2si_Gq_Wsd', LONG),
  row('NP REX.W 0F C3 /r mem', 'Movnti_Mq_Gq', LONG),
];
