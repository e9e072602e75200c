import { cpuFamily, CPUID_FEATURES, reportedFeatures, type CpuidAnswers, type CpuidFeature } from '../definitions/cpuid.ts';
import type { Form } from './form.ts';

/**
 * Features without a bit of their own, which follow from the others:
 *
 * - `longNop`: 0F 18 to 0F 1F are hints, NOP where they have no name: family 6 and 15 (vol. 2B, NOP).
 * - `hintNop`: 0F 0D is at least a NOP: PREFETCHW, or the Core microarchitecture, which accepts it without.
 * - `p6`: model-specific registers of family 6 on, such as IA32_APIC_BASE (vol. 4).
 * - `perfmon`: architectural performance monitoring, by leaf 0Ah's version (vol. 3B §18.2).
 * - `rdpmc`: RDPMC and CR4.PCE came with the Pentium with MMX and the Pentium Pro (vol. 2B, RDPMC).
 */
export type ImpliedFeature = 'longNop' | 'hintNop' | 'p6' | 'rdpmc' | 'perfmon';

/** What a processor must have for an instruction to exist. Forms without one are in every processor since the 486. */
export type Feature = CpuidFeature | ImpliedFeature;

/** Mnemonics, or whole names of forms where a mnemonic has forms of several ages (vol. 1 §5, vol. 2). */
// prettier-ignore
const ROWS: readonly (readonly [Feature, string])[] = [
  ['tsc',       'Rdtsc'],
  ['msr',       'Rdmsr Wrmsr'],
  ['cx8',       'Cmpxchg8b'],
  ['sep',       'Sysenter Sysexit'],
  ['clfsh',     'Clflush'],
  ['fxsr',      'Fxsave Fxrstor'],
  ['monitor',   'Monitor Mwait'],
  ['smap',      'Clac Stac'],
  ['cx16',      'Cmpxchg16b'],
  ['movbe',     'Movbe'],
  ['popcnt',    'Popcnt'],
  ['xsave',     'Xsave Xrstor Xgetbv Xsetbv'],
  ['syscall',   'Syscall Sysret'],
  ['rdtscp',    'Rdtscp'],
  ['rdpmc',     'Rdpmc'],
  ['hintNop',   'Prefetch Prefetchw Prefetchwt1 Hint'],
  ['longNop',   'Nop_Ev Prefetchnta Prefetcht0 Prefetcht1 Prefetcht2'],
  ['sse',       'Sfence Ldmxcsr Stmxcsr Movntq Pshufw Maskmovq Pmovmskb_Gd_Nq Pextrw_Gd_Nq_Ib Pinsrw_Pq_Ew_Ib ' +
                'Pminub_Pq_Qq Pmaxub_Pq_Qq Pavgb_Pq_Qq Pavgw_Pq_Qq Pmulhuw_Pq_Qq Pminsw_Pq_Qq Pmaxsw_Pq_Qq Psadbw_Pq_Qq Cvtpi2ps Cvttps2pi Cvtps2pi Cvtsi2ss Cvttss2si Cvtss2si ' +
                'Movups Movss Movlps Movhlps Movhps Movlhps Movaps Movntps Ucomiss Comiss Movmskps Sqrtps Sqrtss Rsqrtps Rsqrtss Rcpps Rcpss Andps Andnps Orps Xorps ' +
                'Addps Addss Mulps Mulss Subps Subss Minps Minss Divps Divss Maxps Maxss Cmpps Cmpss Shufps Unpcklps Unpckhps'],
  ['sse2',      'Lfence Mfence Movnti Paddq_Pq_Qq Psubq_Pq_Qq Pmuludq_Pq_Qq Movdq2q'],
  ['sse3',      'Movsldup Movddup Movshdup Haddpd Haddps Hsubpd Hsubps Addsubpd Addsubps Lddqu Fisttp'],
  ['ssse3',     'Pshufb Phaddw Phaddd Phaddsw Pmaddubsw Phsubw Phsubd Phsubsw Psignb Psignw Psignd Pmulhrsw Pabsb Pabsw Pabsd Palignr'],
  ['sse4.2',    'Pcmpgtq Crc32 Pcmpestrm Pcmpestri Pcmpistrm Pcmpistri'],
  ['mmx',       'Emms'],
];
const TABLE: ReadonlyMap<string, Feature> = new Map(ROWS.flatMap(([feature, names]) => names.split(' ').map((name) => [name, feature] as const)));

/** Feature of a form, by its name and its first opcode in the manual's notation. */
export function featureOf(name: string, opcode: string): Feature | undefined {
  const named = TABLE.get(name) ?? TABLE.get(name.split('_', 1)[0]!);
  if (named !== undefined) return named;
  if (/^(Cmov|Fcmov|Fu?comip?_)/.test(name)) return 'cmov';
  if (/^D[89A-F] |^9B/.test(opcode)) return 'fpu';
  // What is left of MMX and XMM operands: SSSE3 and later are named above or lie in their own maps.
  if (/_[VWU](dq|ps|pd|ss|sd|d|q|w)(_|$)/.test(name)) return opcode.includes('0F 38') || opcode.includes('0F 3A') ? 'sse4.1' : 'sse2';
  return /_[PQN](q|d|pi)(_|$)/.test(name) ? 'mmx' : undefined;
}

/** Names that the table has, for the test that each of them exists. */
export const NAMES_WITH_FEATURE: readonly string[] = [...TABLE.keys()];

/** Every feature there is. */
export const ALL_FEATURES: ReadonlySet<Feature> = new Set<Feature>([...CPUID_FEATURES, 'longNop', 'hintNop', 'p6', 'rdpmc', 'perfmon']);

/** Every feature that CPUID reports, and what follows from them. */
export function featuresOfCpuid(cpuid: CpuidAnswers): ReadonlySet<Feature> {
  const reported = reportedFeatures(cpuid);
  const features = new Set<Feature>(reported);
  const family = cpuFamily(cpuid(1, 0)[0]);
  if (family === 6 || family >= 15) features.add('longNop');
  if (reported.has('prefetchw') || reported.has('ssse3')) features.add('hintNop');
  if (family >= 6) features.add('p6');
  if (family >= 6 || reported.has('mmx')) features.add('rdpmc');
  if (cpuid(0, 0)[0] >= 0xa && (cpuid(0xa, 0)[0] & 0xff) !== 0) features.add('perfmon');
  return features;
}

/** Whether a processor with these features has a form. x87 instructions of a later age need the x87 too. */
export function hasForm(form: Form, features: ReadonlySet<Feature>): boolean {
  if (form.feature !== undefined && !features.has(form.feature)) return false;
  return !/^D[89A-F] /.test(form.opcode) || features.has('fpu');
}
