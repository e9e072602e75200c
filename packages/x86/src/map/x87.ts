import { hex2, row, type Row } from './form.ts';

const ARITHMETIC = ['Fadd', 'Fmul', 'Fcom', 'Fcomp', 'Fsub', 'Fsubr', 'Fdiv', 'Fdivr'];

/** D8, DA, DC and DE: the eight operations with memory, and with registers (vol. 2D tables ). */
function arithmetic(): Row[] {
  return ARITHMETIC.flatMap((name, i) => {
    const integer = `Fi${name.slice(1)}`;
    const isCompare = i === 2 || i === 3;
    return [
      row(`D8 /${i} mem`, `${name}_Md`),
      row(`DC /${i} mem`, `${name}_Mq`),
      row(`DA /${i} mem`, `${integer}_Md`),
      row(`DE /${i} mem`, `${integer}_Mw`),
      row(`D8 ${hex2(0xc0 + 8 * i)}+i`, isCompare ? `${name}_STi` : `${name}_ST0_STi`),
    ];
  });
}

/** Results to ST(i): SUB and DIV change places with their reverses. */
function reversed(): Row[] {
  const places = [['Fadd', 0], ['Fmul', 1], ['Fsubr', 4], ['Fsub', 5], ['Fdivr', 6], ['Fdiv', 7]] as const;
  return places.flatMap(([name, i]) => [row(`DC ${hex2(0xc0 + 8 * i)}+i`, `${name}_STi_ST0`), row(`DE ${hex2(0xc0 + 8 * i)}+i`, `${name}p_STi_ST0`)]);
}

const D9_REGISTER: readonly (readonly [string, string])[] = [
  ['E0', 'Fchs'], ['E1', 'Fabs'], ['E4', 'Ftst'], ['E5', 'Fxam'], ['E8', 'Fld1'], ['E9', 'Fldl2t'], ['EA', 'Fldl2e'], ['EB', 'Fldpi'],
  ['EC', 'Fldlg2'], ['ED', 'Fldln2'], ['EE', 'Fldz'], ['F0', 'F2xm1'], ['F1', 'Fyl2x'], ['F2', 'Fptan'], ['F3', 'Fpatan'], ['F4', 'Fxtract'],
  ['F5', 'Fprem1'], ['F6', 'Fdecstp'], ['F7', 'Fincstp'], ['F8', 'Fprem'], ['F9', 'Fyl2xp1'], ['FA', 'Fsqrt'], ['FB', 'Fsincos'],
  ['FC', 'Frndint'], ['FD', 'Fscale'], ['FE', 'Fsin'], ['FF', 'Fcos'],
];

function conditionalMoves(): Row[] {
  return ['b', 'e', 'be', 'u'].flatMap((condition, i) => [
    row(`DA ${hex2(0xc0 + 8 * i)}+i`, `Fcmov${condition}_ST0_STi`),
    row(`DB ${hex2(0xc0 + 8 * i)}+i`, `Fcmovn${condition}_ST0_STi`),
  ]);
}

/** The x87 unit. */
// prettier-ignore
export const X87_ROWS: readonly Row[] = [
  ...arithmetic(), ...reversed(), ...conditionalMoves(), ...D9_REGISTER.map(([modrm, name]) => row(`D9 ${modrm}`, name)),
  row('9B', 'Fwait'),
  row('D9 /0 mem', 'Fld_Md'),
  row('D9 /2 mem', 'Fst_Md'),
  row('D9 /3 mem', 'Fstp_Md'),
  row('D9 /4 mem', 'Fldenv_M'),
  row('D9 /5 mem', 'Fldcw_Mw'),
  row('D9 /6 mem', 'Fnstenv_M'),
  row('D9 /7 mem', 'Fnstcw_Mw'),
  row('D9 C0+i', 'Fld_STi'),
  row('D9 C8+i', 'Fxch_STi'),
  row('D9 D0', 'Fnop'),
  row('DA E9', 'Fucompp'),
  row('DB /0 mem', 'Fild_Md'),
  row('DB /1 mem', 'Fisttp_Md'),
  row('DB /2 mem', 'Fist_Md'),
  row('DB /3 mem', 'Fistp_Md'),
  row('DB /5 mem', 'Fld_Mt'),
  row('DB /7 mem', 'Fstp_Mt'),
  row('DB E2', 'Fnclex'),
  row('DB E3', 'Fninit'),
  row('DB E8+i', 'Fucomi_ST0_STi'),
  row('DB F0+i', 'Fcomi_ST0_STi'),
  row('DD /0 mem', 'Fld_Mq'),
  row('DD /1 mem', 'Fisttp_Mq'),
  row('DD /2 mem', 'Fst_Mq'),
  row('DD /3 mem', 'Fstp_Mq'),
  row('DD /4 mem', 'Frstor_M'),
  row('DD /6 mem', 'Fnsave_M'),
  row('DD /7 mem', 'Fnstsw_Mw'),
  row('DD C0+i', 'Ffree_STi'),
  row('DD D0+i', 'Fst_STi'),
  row('DD D8+i', 'Fstp_STi'),
  row('DD E0+i', 'Fucom_STi'),
  row('DD E8+i', 'Fucomp_STi'),
  row('DE D9', 'Fcompp'),
  row('DF /0 mem', 'Fild_Mw'),
  row('DF /1 mem', 'Fisttp_Mw'),
  row('DF /2 mem', 'Fist_Mw'),
  row('DF /3 mem', 'Fistp_Mw'),
  row('DF /4 mem', 'Fbld_Mt'),
  row('DF /5 mem', 'Fild_Mq'),
  row('DF /6 mem', 'Fbstp_Mt'),
  row('DF /7 mem', 'Fistp_Mq'),
  row('DF E0', 'Fnstsw_AX'),
  row('DF C0+i', 'Ffreep_STi'),
  row('DF E8+i', 'Fucomip_ST0_STi'),
  row('DF F0+i', 'Fcomip_ST0_STi'),
  // What every processor runs beside the documented encodings, and the instructions of the 8087 and 80287 that do nothing since.
  row('DC D0+i', 'Fcom_STi'),
  row('DC D8+i', 'Fcomp_STi'),
  row('DE D0+i', 'Fcomp_STi'),
  row('DD C8+i', 'Fxch_STi'),
  row('DF C8+i', 'Fxch_STi'),
  row('DF D0+i', 'Fstp_STi'),
  row('DF D8+i', 'Fstp_STi'),
  row('D9 D8+i', 'Fstpnce_STi_ST0'),
  row('DB E0', 'Fneni'),
  row('DB E1', 'Fndisi'),
  row('DB E4', 'Fnsetpm'),
];
