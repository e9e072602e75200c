import { SIMD_ROWS } from "./simd.ts";
export interface Form { readonly id: number; readonly name: string; readonly mnemonic: string; readonly opcode: string; readonly operands: readonly string[]; readonly condition?: number }
export const FORMS: Form[] = [{ id: 0, name: 'invalid', mnemonic: '(bad)', opcode: '', operands: [] }];
export const FORM_IDS: Record<string, number> = {};
/** key: map(0 one,1 0F)*256+byte → entries */
export interface Entry { form: number; prefix: number; digit: number; mod: 0 | 1 | 2; rm: number; modrm: boolean; plus: boolean }
export const SLOTS: Entry[][] = Array.from({ length: 1024 }, () => []);
const CONDITIONS = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];
function op(opcode: string, name: string, condition?: number): void {
  const parts = name.split('_');
  let id = FORM_IDS[name];
  if (id === undefined) {
    id = FORMS.length;
    FORM_IDS[name] = id;
    FORMS.push({ id, name, mnemonic: parts[0]!.toLowerCase(), opcode, operands: parts.slice(1), ...(condition === undefined ? {} : { condition }) });
  }
  const tokens = opcode.split(' ');
  let prefix = 0;
  if (tokens[0] === 'NP') { tokens.shift(); prefix = 4; } else if (['66', 'F2', 'F3'].includes(tokens[0]!) && tokens[1] === '0F') { prefix = { 66: 1, F3: 2, F2: 3 }[tokens.shift() as '66']!; }
  else if (tokens[0] === 'F3' && tokens[1] === '90') { tokens.shift(); prefix = 2; }
  let map = 0;
  if (tokens[0] === '0F') { tokens.shift(); map = 1; }
  let byte = parseInt(tokens[0]!.replace('+r', ''), 16);
  const plus = tokens[0]!.endsWith('+r');
  const spec = tokens[1];
  let digit = -1, mod: 0 | 1 | 2 = 0, rm = -1;
  const modrm = spec !== undefined && (spec.startsWith('/') || /^[0-9A-F]{2}$/.test(spec));
  if (spec !== undefined && /^\/[0-7]/.test(spec)) digit = Number(spec[1]);
  if (spec !== undefined && /^[0-9A-F]{2}$/.test(spec)) { const m = parseInt(spec, 16); mod = 2; digit = (m >> 3) & 7; rm = m & 7; }
  if (spec?.endsWith('+i')) { const m = parseInt(spec, 16); mod = 2; digit = (m >> 3) & 7; rm = -1; }
  if (tokens[2] === 'mem') mod = 1;
  if (tokens[2] === 'reg') mod = 2;
  const hasModrm = modrm || (spec?.endsWith('+i') ?? false);
  for (let i = 0; i < (plus ? 8 : 1); i++) SLOTS[map * 256 + byte + i]!.push({ form: id, prefix, digit, mod, rm, modrm: hasModrm, plus });
}
const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, '0');
['Add', 'Or', 'Adc', 'Sbb', 'And', 'Sub', 'Xor', 'Cmp'].forEach((n, i) => {
  const b = i * 8;
  op(`${hex(b)} /r`, `${n}_Eb_Gb`); op(`${hex(b + 1)} /r`, `${n}_Ev_Gv`); op(`${hex(b + 2)} /r`, `${n}_Gb_Eb`); op(`${hex(b + 3)} /r`, `${n}_Gv_Ev`); op(hex(b + 4), `${n}_AL_Ib`); op(hex(b + 5), `${n}_rAX_Iz`);
  op(`80 /${i}`, `${n}_Eb_Ib`); op(`82 /${i}`, `${n}_Eb_Ib`); op(`81 /${i}`, `${n}_Ev_Iz`); op(`83 /${i}`, `${n}_Ev_sIb`);
});
['ES', 'CS', 'SS', 'DS'].forEach((s, i) => { op(hex(6 + 8 * i), `Push_${s}`); if (s !== 'CS') op(hex(7 + 8 * i), `Pop_${s}`); });
op('0F A0', 'Push_FS'); op('0F A1', 'Pop_FS'); op('0F A8', 'Push_GS'); op('0F A9', 'Pop_GS');
op('27', 'Daa'); op('2F', 'Das'); op('37', 'Aaa'); op('3F', 'Aas'); op('D4', 'Aam_Ib'); op('D5', 'Aad_Ib'); op('D6', 'Salc'); op('D7', 'Xlat');
op('40+r', 'Inc_Zv'); op('48+r', 'Dec_Zv'); op('50+r', 'Push_Zv'); op('58+r', 'Pop_Zv'); op('FE /0', 'Inc_Eb'); op('FE /1', 'Dec_Eb'); op('FF /0', 'Inc_Ev'); op('FF /1', 'Dec_Ev'); op('FF /2', 'Call_Ev'); op('FF /3 mem', 'Callf_Mp'); op('FF /4', 'Jmp_Ev'); op('FF /5 mem', 'Jmpf_Mp'); op('FF /6', 'Push_Ev'); op('8F /0', 'Pop_Ev');
op('60', 'Pusha'); op('61', 'Popa'); op('62 /r mem', 'Bound_Gv_Ma'); op('63 /r', 'Arpl_Ew_Gw'); op('68', 'Push_Iz'); op('6A', 'Push_sIb'); op('69 /r', 'Imul_Gv_Ev_Iz'); op('6B /r', 'Imul_Gv_Ev_sIb'); op('6C', 'Ins_Yb_DX'); op('6D', 'Ins_Yz_DX'); op('6E', 'Outs_DX_Xb'); op('6F', 'Outs_DX_Xz');
CONDITIONS.forEach((c, i) => { op(hex(0x70 + i), `J${c}_Jb`, i); op(`0F ${hex(0x80 + i)}`, `J${c}_Jz`, i); op(`0F ${hex(0x90 + i)} /r`, `Set${c}_Eb`, i); op(`0F ${hex(0x40 + i)} /r`, `Cmov${c}_Gv_Ev`, i); });
op('84 /r', 'Test_Eb_Gb'); op('85 /r', 'Test_Ev_Gv'); op('86 /r', 'Xchg_Eb_Gb'); op('87 /r', 'Xchg_Ev_Gv'); op('88 /r', 'Mov_Eb_Gb'); op('89 /r', 'Mov_Ev_Gv'); op('8A /r', 'Mov_Gb_Eb'); op('8B /r', 'Mov_Gv_Ev'); op('8C /r', 'Mov_Ev_Sw'); op('8D /r mem', 'Lea_Gv_M'); op('8E /r', 'Mov_Sw_Ew'); op('F3 90', 'Pause'); op('90+r', 'Xchg_Zv_rAX');
op('98', 'Cbw'); op('99', 'Cwd'); op('9A', 'Callf_Ap'); op('9B', 'Fwait'); op('9C', 'Pushf'); op('9D', 'Popf'); op('9E', 'Sahf'); op('9F', 'Lahf'); op('A0', 'Mov_AL_Ob'); op('A1', 'Mov_rAX_Ov'); op('A2', 'Mov_Ob_AL'); op('A3', 'Mov_Ov_rAX'); op('A4', 'Movs_Yb_Xb'); op('A5', 'Movs_Yv_Xv'); op('A6', 'Cmps_Xb_Yb'); op('A7', 'Cmps_Xv_Yv'); op('A8', 'Test_AL_Ib'); op('A9', 'Test_rAX_Iz'); op('AA', 'Stos_Yb_AL'); op('AB', 'Stos_Yv_rAX'); op('AC', 'Lods_AL_Xb'); op('AD', 'Lods_rAX_Xv'); op('AE', 'Scas_AL_Yb'); op('AF', 'Scas_rAX_Yv');
op('B0+r', 'Mov_Zb_Ib'); op('B8+r', 'Mov_Zv_Iv');
['Rol', 'Ror', 'Rcl', 'Rcr', 'Shl', 'Shr', 'Shl', 'Sar'].forEach((n, i) => { op(`C0 /${i}`, `${n}_Eb_Ib`); op(`C1 /${i}`, `${n}_Ev_Ib`); op(`D0 /${i}`, `${n}_Eb_1`); op(`D1 /${i}`, `${n}_Ev_1`); op(`D2 /${i}`, `${n}_Eb_CL`); op(`D3 /${i}`, `${n}_Ev_CL`); });
op('C2', 'Ret_Iw'); op('C3', 'Ret'); op('C4 /r mem', 'Les_Gv_Mp'); op('C5 /r mem', 'Lds_Gv_Mp'); op('C6 /0', 'Mov_Eb_Ib'); op('C7 /0', 'Mov_Ev_Iz'); op('C8', 'Enter_Iw_Ib'); op('C9', 'Leave'); op('CA', 'Retf_Iw'); op('CB', 'Retf'); op('CC', 'Int3'); op('CD', 'Int_Ib'); op('CE', 'Into'); op('CF', 'Iret'); op('E0', 'Loopnz_Jb'); op('E1', 'Loopz_Jb'); op('E2', 'Loop_Jb'); op('E3', 'Jcxz_Jb'); op('E4', 'In_AL_Ib'); op('E5', 'In_eAX_Ib'); op('E6', 'Out_Ib_AL'); op('E7', 'Out_Ib_eAX'); op('E8', 'Call_Jz'); op('E9', 'Jmp_Jz'); op('EA', 'Jmpf_Ap'); op('EB', 'Jmp_Jb'); op('EC', 'In_AL_DX'); op('ED', 'In_eAX_DX'); op('EE', 'Out_DX_AL'); op('EF', 'Out_DX_eAX'); op('F1', 'Int1'); op('F4', 'Hlt'); op('F5', 'Cmc');
op('F6 /0', 'Test_Eb_Ib'); op('F6 /1', 'Test_Eb_Ib'); op('F7 /0', 'Test_Ev_Iz'); op('F7 /1', 'Test_Ev_Iz');
['Not', 'Neg', 'Mul', 'Imul', 'Div', 'Idiv'].forEach((n, i) => { op(`F6 /${i + 2}`, `${n}_Eb`); op(`F7 /${i + 2}`, `${n}_Ev`); });
op('F8', 'Clc'); op('F9', 'Stc'); op('FA', 'Cli'); op('FB', 'Sti'); op('FC', 'Cld'); op('FD', 'Std');
op('0F 00 /0', 'Sldt_Ev'); op('0F 00 /1', 'Str_Ev'); op('0F 00 /2', 'Lldt_Ew'); op('0F 00 /3', 'Ltr_Ew'); op('0F 00 /4', 'Verr_Ew'); op('0F 00 /5', 'Verw_Ew'); op('0F 01 /0 mem', 'Sgdt_Ms'); op('0F 01 /1 mem', 'Sidt_Ms'); op('0F 01 /2 mem', 'Lgdt_Ms'); op('0F 01 /3 mem', 'Lidt_Ms'); op('0F 01 /4', 'Smsw_Ev'); op('0F 01 /6', 'Lmsw_Ew'); op('0F 01 /7 mem', 'Invlpg_Mb'); op('0F 02 /r', 'Lar_Gv_Ew'); op('0F 03 /r', 'Lsl_Gv_Ew'); op('0F 05', 'Syscall'); op('0F 06', 'Clts'); op('0F 07', 'Sysret'); op('0F 08', 'Invd'); op('0F 09', 'Wbinvd'); op('0F 0B', 'Ud2'); op('0F 0D /r mem', 'Nop_Ev'); op('0F 18 /r', 'Nop_Ev'); op('0F 1F /r', 'Nop_Ev'); op('0F 19 /r', 'Nop_Ev'); op('0F 1A /r', 'Nop_Ev'); op('0F 1B /r', 'Nop_Ev'); op('0F 1C /r', 'Nop_Ev'); op('0F 1D /r', 'Nop_Ev'); op('0F 1E /r', 'Nop_Ev');
op('0F 20 /r', 'Mov_Rd_Cd'); op('0F 21 /r', 'Mov_Rd_Dd'); op('0F 22 /r', 'Mov_Cd_Rd'); op('0F 23 /r', 'Mov_Dd_Rd'); op('0F 30', 'Wrmsr'); op('0F 31', 'Rdtsc'); op('0F 32', 'Rdmsr'); op('0F 33', 'Rdpmc'); op('0F 34', 'Sysenter'); op('0F 35', 'Sysexit'); op('0F A2', 'Cpuid'); op('0F A3 /r', 'Bt_Ev_Gv'); op('0F AB /r', 'Bts_Ev_Gv'); op('0F B3 /r', 'Btr_Ev_Gv'); op('0F BB /r', 'Btc_Ev_Gv');
['Bt', 'Bts', 'Btr', 'Btc'].forEach((n, i) => op(`0F BA /${i + 4}`, `${n}_Ev_Ib`));
op('0F A4 /r', 'Shld_Ev_Gv_Ib'); op('0F A5 /r', 'Shld_Ev_Gv_CL'); op('0F AC /r', 'Shrd_Ev_Gv_Ib'); op('0F AD /r', 'Shrd_Ev_Gv_CL'); op('0F AF /r', 'Imul_Gv_Ev'); op('0F B0 /r', 'Cmpxchg_Eb_Gb'); op('0F B1 /r', 'Cmpxchg_Ev_Gv'); op('0F B2 /r mem', 'Lss_Gv_Mp'); op('0F B4 /r mem', 'Lfs_Gv_Mp'); op('0F B5 /r mem', 'Lgs_Gv_Mp'); op('0F B6 /r', 'Movzx_Gv_Eb'); op('0F B7 /r', 'Movzx_Gv_Ew'); op('0F BE /r', 'Movsx_Gv_Eb'); op('0F BF /r', 'Movsx_Gv_Ew'); op('0F BC /r', 'Bsf_Gv_Ev'); op('0F BD /r', 'Bsr_Gv_Ev'); op('0F C0 /r', 'Xadd_Eb_Gb'); op('0F C1 /r', 'Xadd_Ev_Gv'); op('0F C7 /1 mem', 'Cmpxchg8b_Mq'); op('0F C8+r', 'Bswap_Zv');
op('0F AE /0 mem', 'Fxsave_M'); op('0F AE /1 mem', 'Fxrstor_M'); op('0F AE /7 mem', 'Clflush_Mb');
const ARITH = ['Fadd', 'Fmul', 'Fcom', 'Fcomp', 'Fsub', 'Fsubr', 'Fdiv', 'Fdivr'];
ARITH.forEach((n, i) => {
  op(`D8 /${i} mem`, `${n}_Md`); op(`DC /${i} mem`, `${n}_Mq`);
  const fi = 'Fi' + n.slice(1).replace(/^i/, '');
  op(`DA /${i} mem`, `${fi}_Md`); op(`DE /${i} mem`, `${fi}_Mw`);
  op(`D8 ${hex(0xc0 + 8 * i)}+i`, i === 2 || i === 3 ? `${n}_STi` : `${n}_ST0_STi`);
});
[['Fadd', 0], ['Fmul', 1], ['Fsubr', 4], ['Fsub', 5], ['Fdivr', 6], ['Fdiv', 7]].forEach(([n, i]) => { op(`DC ${hex(0xc0 + 8 * Number(i))}+i`, `${n}_STi_ST0`); op(`DE ${hex(0xc0 + 8 * Number(i))}+i`, `${n}p_STi_ST0`); });
op('D9 /0 mem', 'Fld_Md'); op('D9 /2 mem', 'Fst_Md'); op('D9 /3 mem', 'Fstp_Md'); op('D9 /4 mem', 'Fldenv_M'); op('D9 /5 mem', 'Fldcw_Mw'); op('D9 /6 mem', 'Fnstenv_M'); op('D9 /7 mem', 'Fnstcw_Mw');
op('D9 C0+i', 'Fld_STi'); op('D9 C8+i', 'Fxch_STi'); op('D9 D0', 'Fnop');
Object.entries({ E0: 'Fchs', E1: 'Fabs', E4: 'Ftst', E5: 'Fxam', E8: 'Fld1', E9: 'Fldl2t', EA: 'Fldl2e', EB: 'Fldpi', EC: 'Fldlg2', ED: 'Fldln2', EE: 'Fldz', F0: 'F2xm1', F1: 'Fyl2x', F2: 'Fptan', F3: 'Fpatan', F4: 'Fxtract', F5: 'Fprem1', F6: 'Fdecstp', F7: 'Fincstp', F8: 'Fprem', F9: 'Fyl2xp1', FA: 'Fsqrt', FB: 'Fsincos', FC: 'Frndint', FD: 'Fscale', FE: 'Fsin', FF: 'Fcos' }).forEach(([b, n]) => op(`D9 ${b}`, n));
['Fcmovb', 'Fcmove', 'Fcmovbe', 'Fcmovu'].forEach((n, i) => { op(`DA ${hex(0xc0 + 8 * i)}+i`, `${n}_ST0_STi`); op(`DB ${hex(0xc0 + 8 * i)}+i`, `${n.replace('Fcmov', 'Fcmovn')}_ST0_STi`); });
op('DA E9', 'Fucompp'); op('DB /0 mem', 'Fild_Md'); op('DB /1 mem', 'Fisttp_Md'); op('DB /2 mem', 'Fist_Md'); op('DB /3 mem', 'Fistp_Md'); op('DB /5 mem', 'Fld_Mt'); op('DB /7 mem', 'Fstp_Mt'); op('DB E2', 'Fnclex'); op('DB E3', 'Fninit'); op('DB E8+i', 'Fucomi_ST0_STi'); op('DB F0+i', 'Fcomi_ST0_STi');
op('DD /0 mem', 'Fld_Mq'); op('DD /1 mem', 'Fisttp_Mq'); op('DD /2 mem', 'Fst_Mq'); op('DD /3 mem', 'Fstp_Mq'); op('DD /4 mem', 'Frstor_M'); op('DD /6 mem', 'Fnsave_M'); op('DD /7 mem', 'Fnstsw_Mw'); op('DD C0+i', 'Ffree_STi'); op('DD D0+i', 'Fst_STi'); op('DD D8+i', 'Fstp_STi'); op('DD E0+i', 'Fucom_STi'); op('DD E8+i', 'Fucomp_STi');
op('DE D9', 'Fcompp'); op('DF /0 mem', 'Fild_Mw'); op('DF /1 mem', 'Fisttp_Mw'); op('DF /2 mem', 'Fist_Mw'); op('DF /3 mem', 'Fistp_Mw'); op('DF /4 mem', 'Fbld_Mt'); op('DF /5 mem', 'Fild_Mq'); op('DF /6 mem', 'Fbstp_Mt'); op('DF /7 mem', 'Fistp_Mq'); op('DF E0', 'Fnstsw_AX'); op('DF C0+i', 'Ffreep_STi'); op('DF E8+i', 'Fucomip_ST0_STi'); op('DF F0+i', 'Fcomip_ST0_STi');
op('0F AE /2 mem', 'Ldmxcsr_Md'); op('0F AE /3 mem', 'Stmxcsr_Md'); op('0F 01 C8', 'Monitor'); 
for (let i = 0; i < 8; i++) { op(`0F AE ${hex(0xe8 + i)}`, 'Lfence'); op(`0F AE ${hex(0xf0 + i)}`, 'Mfence'); op(`0F AE ${hex(0xf8 + i)}`, 'Sfence'); }
op('NP 0F C3 /r mem', 'Movnti_Md_Gd');
for (const [opcode, name] of SIMD_ROWS) op(opcode, name);
