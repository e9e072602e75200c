/** What both decoders said of some bytes; `form` is ours, empty for an undefined opcode, and the texts begin with the length. */
export interface Verdict {
  readonly mode: 16 | 32 | 64;
  readonly form: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A difference from the reference decoder, and the manual's sentence that decides it. */
export interface Difference {
  readonly name: string;
  readonly source: string;
  readonly applies: (verdict: Verdict) => boolean;
}

/**
 * CPUID features of the reference whose instructions are not in the map: no processor of the Core 2's time has them
 * (SSE4.2, MOVBE, XSAVE and RDTSCP are the newest in scope; no VEX or EVEX), and vol. 2 makes their opcodes #UD without the feature.
 */
// prettier-ignore
export const FEATURES_LEFT_OUT: ReadonlySet<string> = new Set<string>([
  'ADX', 'AES', 'AESKLE', 'CET_SS', 'CLFLUSHOPT', 'CLWB', 'CLZERO', 'D3NOW', 'ENQCMD', 'FRED', 'FSGSBASE', 'GFNI', 'HLE_or_RTM', 'HRESET', 'INVLPGB',
  'INVPCID', 'KL', 'LKGS', 'MCOMMIT', 'MONITORX', 'MOVDIR64B', 'MOVDIRI', 'MSRLIST', 'OSS', 'PADLOCK_ACE', 'PADLOCK_GMI', 'PADLOCK_PHE', 'PADLOCK_PMM',
  'PADLOCK_RNG', 'PADLOCK_UNDOC', 'PCLMULQDQ', 'PCONFIG', 'PKU', 'PTWRITE', 'RAO_INT', 'RDPID', 'RDPRU', 'RDRAND', 'RDSEED', 'RMPQUERY', 'RTM',
  'SERIALIZE', 'SEV_ES', 'SEV_SNP', 'SGX1', 'SHA', 'SKINIT_or_SVM', 'SMX', 'SSE4A', 'SVM', 'TDX', 'TSE', 'TSXLDTRK', 'UINTR', 'VMX', 'WAITPKG',
  'WRMSRNS', 'XSAVEC', 'XSAVEOPT', 'XSAVES',
]);
/** Reason for instructions that VEX, EVEX or XOP begins: they are out of scope, and C4, C5, 62 and 8F are what vol. 2D table A-2 makes of them without AVX. */
export const OTHER_ENCODING = 'VEX, EVEX or XOP';

/** Text without the length. */
function text(verdict: string): string {
  return verdict.replace(/^\d+ /, '');
}

function lengthsAgree({ ours, theirs }: Verdict): boolean {
  return ours.split(' ')[0] === theirs.split(' ')[0];
}

/** Every difference that is not a missing feature. Anything else fails the tests. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'hint',
    source: 'vol. 2, PREFETCHW, PREFETCHh and NOP: reserved encodings of 0F 0D and 0F 18 to 0F 1F do nothing where no later extension gives them a name (CLDEMOTE, PREFETCHIT, CET)',
    applies: (verdict) => lengthsAgree(verdict) && /^(Nop|Hint)_Ev$/.test(verdict.form) && /^(prefetch|cldemote|rdssp|endbr|nop)/.test(text(verdict.theirs)),
  },
  {
    name: 'nop spelled xchg',
    source: 'vol. 2, NOP: 90 is NOP in 64-bit mode whatever its operand size, an alias of the exchange of the accumulator with itself',
    applies: (verdict) => lengthsAgree(verdict) && verdict.form === 'Nop' && /^xchg (ax, ax|rax, rax)$/.test(text(verdict.theirs)),
  },
  {
    name: 'pause with REX.B',
    source: 'vol. 2, XCHG: 90+r with REX.B exchanges R8; PAUSE is F3 90, without it',
    applies: (verdict) => lengthsAgree(verdict) && verdict.form === 'Xchg_Zv_rAX' && text(verdict.theirs) === 'pause',
  },
];
