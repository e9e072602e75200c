import { row, type Row } from './form.ts';

const LONG = { mode: 'long' } as const;

/** SSSE3 in 0F 38: MMX and XMM. */
const SSSE3: Readonly<Record<string, string>> = {
  '00': 'Pshufb', '01': 'Phaddw', '02': 'Phaddd', '03': 'Phaddsw', '04': 'Pmaddubsw', '05': 'Phsubw', '06': 'Phsubd', '07': 'Phsubsw',
  '08': 'Psignb', '09': 'Psignw', '0A': 'Psignd', '0B': 'Pmulhrsw', '1C': 'Pabsb', '1D': 'Pabsw', '1E': 'Pabsd',
};
/** SSE4.1 and SSE4.2 in 66 0F 38, two whole XMM operands. */
const SSE4: Readonly<Record<string, string>> = {
  10: 'Pblendvb', 14: 'Blendvps', 15: 'Blendvpd', 17: 'Ptest', 28: 'Pmuldq', 29: 'Pcmpeqq', '2B': 'Packusdw', 37: 'Pcmpgtq', 38: 'Pminsb',
  39: 'Pminsd', '3A': 'Pminuw', '3B': 'Pminud', '3C': 'Pmaxsb', '3D': 'Pmaxsd', '3E': 'Pmaxuw', '3F': 'Pmaxud', 40: 'Pmulld', 41: 'Phminposuw',
};
/** Extending moves: memory operands of 8, 4 or 2 bytes. */
const EXTENDING: readonly (readonly [string, string, string])[] = [
  ['0', 'bw', 'q'], ['1', 'bd', 'd'], ['2', 'bq', 'w'], ['3', 'wd', 'q'], ['4', 'wq', 'd'], ['5', 'dq', 'q'],
];
/** 66 0F 3A with an immediate byte. */
const IMMEDIATE: Readonly<Record<string, string>> = {
  '08': 'Roundps_Vdq_Wdq_Ib', '09': 'Roundpd_Vdq_Wdq_Ib', '0A': 'Roundss_Vss_Wss_Ib', '0B': 'Roundsd_Vsd_Wsd_Ib', '0C': 'Blendps_Vdq_Wdq_Ib', '0D': 'Blendpd_Vdq_Wdq_Ib',
  '0E': 'Pblendw_Vdq_Wdq_Ib', '0F': 'Palignr_Vdq_Wdq_Ib', 14: 'Pextrb_Eb32_Vdq_Ib', 15: 'Pextrw_Ew32_Vdq_Ib', 16: 'Pextrd_Ed_Vdq_Ib', 17: 'Extractps_Ed_Vdq_Ib',
  20: 'Pinsrb_Vdq_Eb32_Ib', 21: 'Insertps_Vss_Wss_Ib', 22: 'Pinsrd_Vdq_Ed_Ib', 40: 'Dpps_Vdq_Wdq_Ib', 41: 'Dppd_Vdq_Wdq_Ib', 42: 'Mpsadbw_Vdq_Wdq_Ib',
  60: 'Pcmpestrm_Vdq_Wdq_Ib', 61: 'Pcmpestri_Vdq_Wdq_Ib', 62: 'Pcmpistrm_Vdq_Wdq_Ib', 63: 'Pcmpistri_Vdq_Wdq_Ib',
};

/** SSE3 to SSE4.2 (vol. 2D tables ). */
// prettier-ignore
export const LATER_SIMD_ROWS: readonly Row[] = [
  row('F2 0F 7C /r', 'Haddps_Vps_Wps'),     row('66 0F 7C /r', 'Haddpd_Vpd_Wpd'),
  row('F2 0F 7D /r', 'Hsubps_Vps_Wps'),     row('66 0F 7D /r', 'Hsubpd_Vpd_Wpd'),
  row('F2 0F D0 /r', 'Addsubps_Vps_Wps'),   row('66 0F D0 /r', 'Addsubpd_Vpd_Wpd'),
  row('F3 0F 12 /r', 'Movsldup_Vps_Wps'),   row('F3 0F 16 /r', 'Movshdup_Vps_Wps'),
  row('F2 0F 12 /r', 'Movddup_Vpd_Wsd'),    row('F2 0F F0 /r mem', 'Lddqu_Vdq_Mdq'),
  ...Object.entries(SSSE3).flatMap(([byte, name]) => [row(`NP 0F 38 ${byte} /r`, `${name}_Pq_Qq`), row(`66 0F 38 ${byte} /r`, `${name}_Vdq_Wdq`)]),
  row('NP 0F 3A 0F /r', 'Palignr_Pq_Qq_Ib'),
  ...Object.entries(SSE4).map(([byte, name]) => row(`66 0F 38 ${byte} /r`, `${name}_Vdq_Wdq`)),
  ...EXTENDING.flatMap(([digit, suffix, size]) => [row(`66 0F 38 2${digit} /r`, `Pmovsx${suffix}_Vdq_W${size}`), row(`66 0F 38 3${digit} /r`, `Pmovzx${suffix}_Vdq_W${size}`)]),
  row('66 0F 38 2A /r mem', 'Movntdqa_Vdq_Mdq'),
  ...Object.entries(IMMEDIATE).map(([byte, name]) => row(`66 0F 3A ${byte} /r`, name)),
  row('F2 0F 38 F0 /r', 'Crc32_Gy_Eb'),     row('F2 0F 38 F1 /r', 'Crc32_Gy_Ev'),
  row('66 REX.W 0F 3A 16 /r', 'Pextrq_Eq_Vdq_Ib', LONG),
  row('66 REX.W 0F 3A 22 /r', 'Pinsrq_Vdq_Eq_Ib', LONG),
];
