import { Assembler } from '../assembler/assembler.ts';
import { dword, eax, ecx, edx, esp } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT, STACK } from './program.ts';

/** The named models, oldest first. */
export const MODEL_NAMES = ['486', 'pentium', 'pentium3', 'core2', 'nehalem', 'max'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** What a case reports: the vector of its exception, or that there was none. */
const NONE = 0xff;
const UD = 6;
const GP = 13;

/** An instruction, the first model that has it, and what it reports there; before, it is undefined unless `before` says otherwise. */
interface Case {
  readonly code: readonly number[];
  readonly since: ModelName;
  readonly reports?: number;
  readonly before?: number;
  /** The first model that has its opcode, if `before` is not #UD; before that it is. */
  readonly opcode?: ModelName;
}

/** MOV EAX, CR4; BTS EAX, bit; MOV CR4, EAX. A bit that the model lacks is #GP(0), where it has CR4 at all. */
function cr4(bit: number, since: ModelName): Case {
  return { code: [0x0f, 0x20, 0xe0, 0x0f, 0xba, 0xe8, bit, 0x0f, 0x22, 0xe0], since, before: GP };
}

/** MOV ECX, number; RDMSR. A register that the model lacks is #GP(0), where it has RDMSR at all. */
function msr(number: number, since: ModelName): Case {
  return { code: [0xb9, number & 0xff, (number >>> 8) & 0xff, (number >>> 16) & 0xff, number >>> 24, 0x0f, 0x32], since, before: GP, opcode: 'pentium' };
}

/** MOV ECX, C0000080h. */
const EFER = [0xb9, 0x80, 0, 0, 0xc0] as const;
const DATA_BYTES = [DATA & 0xff, (DATA >>> 8) & 0xff, (DATA >>> 16) & 0xff, DATA >>> 24] as const;

// prettier-ignore
const CASES: readonly Case[] = [
  // Every model: BSWAP, CMPXCHG, XADD, CPUID, INVLPG, WBINVD, FNINIT.
  { code: [0x0f, 0xc8], since: '486' }, { code: [0x0f, 0xb1, 0x0d, ...DATA_BYTES], since: '486' }, { code: [0x0f, 0xc1, 0x0d, ...DATA_BYTES], since: '486' },
  { code: [0x0f, 0xa2], since: '486' }, { code: [0x0f, 0x01, 0x3d, ...DATA_BYTES], since: '486' }, { code: [0x0f, 0x09], since: '486' }, { code: [0xdb, 0xe3], since: '486' },
  // RDTSC; CMPXCHG8B; RDMSR of the TSC (MOV ECX, 10h).
  { code: [0x0f, 0x31], since: 'pentium' }, { code: [0x0f, 0xc7, 0x0d, ...DATA_BYTES], since: 'pentium' }, { code: [0xb9, 0x10, 0, 0, 0, 0x0f, 0x32], since: 'pentium' },
  // RDPMC of a counter that no processor has (MOV ECX, 00FFFFFFh).
  { code: [0xb9, 0xff, 0xff, 0xff, 0x00, 0x0f, 0x33], since: 'pentium3', reports: GP },
  // RDPMC of counter 1; RDMSR of IA32_PMC0.
  { code: [0x0f, 0x33], since: 'pentium3' }, msr(0xc1, 'pentium3'),
  // IA32_FEATURE_CONTROL comes with VMX, which no model has.
  { ...msr(0x3a, 'pentium'), reports: GP },
  // CMOVZ, FCMOVB, FCOMI; multi-byte NOPs, hints and reserved ones; SYSENTER with IA32_SYSENTER_CS 0; SYSEXIT.
  { code: [0x0f, 0x44, 0xc1], since: 'pentium3' }, { code: [0xda, 0xc1], since: 'pentium3' }, { code: [0xdb, 0xf1], since: 'pentium3' },
  { code: [0x0f, 0x1f, 0x00], since: 'pentium3' }, { code: [0x0f, 0x18, 0x08], since: 'pentium3' }, { code: [0x0f, 0x18, 0xc0], since: 'pentium3' }, { code: [0x0f, 0x19, 0xc0], since: 'pentium3' },
  { code: [0xf3, 0x0f, 0x1e, 0xfb], since: 'pentium3' },
  { code: [0x0f, 0x34], since: 'pentium3', reports: GP }, { code: [0x0f, 0x35], since: 'pentium3', reports: GP },
  // Control bits: VME, PVI, TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT, UMIP, OSXSAVE, SMEP, SMAP, and one that is reserved everywhere.
  cr4(0, '486'), cr4(1, '486'), cr4(2, 'pentium'), cr4(3, 'pentium'), cr4(4, 'pentium'), cr4(5, 'pentium3'), cr4(6, 'pentium'), cr4(7, 'pentium3'), cr4(8, 'pentium3'),
  cr4(9, 'pentium3'), cr4(10, 'pentium3'), cr4(11, 'max'), cr4(18, 'max'), cr4(20, 'max'), cr4(21, 'max'), { ...cr4(31, '486'), reports: GP },
  // Model-specific registers: IA32_APIC_BASE, IA32_MTRRCAP, IA32_SYSENTER_CS, IA32_MCG_CAP, IA32_PAT; IA32_EFER; IA32_TSC_AUX; IA32_STAR, IA32_TSC_DEADLINE.
  // IA32_MC0_CTL, IA32_MC0_MISC, IA32_MC5_CTL, IA32_MC8_STATUS, IA32_DEBUGCTL, IA32_MISC_ENABLE, IA32_PMC3, IA32_FIXED_CTR2, IA32_PERF_GLOBAL_CTRL, MSR_PKG_CST_CONFIG_CONTROL, MSR_POWER_CTL, MSR_LASTBRANCH_TOS, MSR_LASTBRANCH_15_FROM_IP, MSR_LER_TO_LIP, IA32_TSC_ADJUST.
  msr(0x1b, 'pentium3'), msr(0xfe, 'pentium3'), msr(0x174, 'pentium3'), msr(0x179, 'pentium3'), msr(0x277, 'pentium3'),
  msr(0xc000_0080, 'core2'), msr(0xc000_0103, 'nehalem'), msr(0xc000_0081, 'max'), msr(0x6e0, 'max'),
  msr(0x400, 'pentium3'), msr(0x403, 'core2'), msr(0x414, 'core2'), msr(0x421, 'nehalem'), msr(0x1d9, 'pentium3'), msr(0x1a0, 'core2'), msr(0xc4, 'nehalem'), msr(0x30b, 'core2'), msr(0x38f, 'core2'), msr(0xe2, 'nehalem'), msr(0x1fc, 'nehalem'), msr(0x1c9, 'core2'), msr(0x68f, 'nehalem'), msr(0x1de, 'pentium3'), msr(0x3b, 'nehalem'),
  // WRMSR: EFER.NXE (MOV ECX; MOV EAX, 800h; XOR EDX, EDX), then EFER.SCE, on those that have EFER.
  { code: [...EFER, 0xb8, 0, 8, 0, 0, 0x31, 0xd2, 0x0f, 0x30], since: 'core2', before: GP, opcode: 'pentium' }, { code: [...EFER, 0xb8, 1, 0, 0, 0, 0x31, 0xd2, 0x0f, 0x30], since: 'max', before: GP, opcode: 'pentium' },
  // EMMS, PADDB mm; FXSAVE; MOVAPS, PSHUFW, SFENCE.
  { code: [0x0f, 0x77], since: 'pentium3' }, { code: [0x0f, 0xfc, 0xc1], since: 'pentium3' }, { code: [0x0f, 0xae, 0x05, ...DATA_BYTES], since: 'pentium3' },
  { code: [0x0f, 0x28, 0xc1], since: 'pentium3' }, { code: [0x0f, 0x70, 0xc1, 0], since: 'pentium3' }, { code: [0x0f, 0xae, 0xf8], since: 'pentium3' },
  // MOVAPD, PADDB xmm, PADDQ mm, LFENCE, CLFLUSH, MOVNTI; 0F 0D; PSHUFB mm.
  { code: [0x66, 0x0f, 0x28, 0xc1], since: 'core2' }, { code: [0x66, 0x0f, 0xfc, 0xc1], since: 'core2' }, { code: [0x0f, 0xd4, 0xc1], since: 'core2' },
  { code: [0x0f, 0xae, 0xe8], since: 'core2' }, { code: [0x0f, 0xae, 0x3d, ...DATA_BYTES], since: 'core2' }, { code: [0x0f, 0xc3, 0x0d, ...DATA_BYTES], since: 'core2' },
  { code: [0x0f, 0x0d, 0x08], since: 'core2' }, { code: [0x0f, 0x0d, 0x18], since: 'core2' }, { code: [0x0f, 0x0d, 0xc0], since: 'core2' },
  { code: [0x0f, 0x38, 0x00, 0xc1], since: 'core2' },
  // HADDPS, FISTTP, PSHUFB xmm; PMULLD, PCMPGTQ, CRC32.
  { code: [0xf2, 0x0f, 0x7c, 0xc1], since: 'core2' }, { code: [0xd9, 0xe8, 0xdb, 0x0d, ...DATA_BYTES], since: 'core2' }, { code: [0x66, 0x0f, 0x38, 0x00, 0xc1], since: 'core2' },
  { code: [0x66, 0x0f, 0x38, 0x40, 0xc1], since: 'nehalem' }, { code: [0x66, 0x0f, 0x38, 0x37, 0xc1], since: 'nehalem' }, { code: [0xf2, 0x0f, 0x38, 0xf1, 0xc1], since: 'nehalem' },
  // RDTSCP, POPCNT; MOVBE.
  { code: [0x0f, 0x01, 0xf9], since: 'nehalem' }, { code: [0xf3, 0x0f, 0xb8, 0xc1], since: 'nehalem' },
  { code: [0x0f, 0x38, 0xf0, 0x05, ...DATA_BYTES], since: 'max' },
  // XGETBV, XSAVE (MOV EAX, 1).
  { code: [0xb9, 0, 0, 0, 0, 0x0f, 0x01, 0xd0], since: 'max' }, { code: [0xb8, 1, 0, 0, 0, 0x0f, 0xae, 0x25, ...DATA_BYTES], since: 'max' },
  // STAC, CLAC.
  { code: [0x0f, 0x01, 0xcb], since: 'max' }, { code: [0x0f, 0x01, 0xca], since: 'max' },
  // MONITOR, MWAIT (of a monitor that is not armed: MONITOR's ECX is 0, MWAIT's 2 is an extension that there is not).
  { code: [0xb9, 0, 0, 0, 0, 0x0f, 0x01, 0xc8], since: 'core2' }, { code: [0xb9, 2, 0, 0, 0, 0x0f, 0x01, 0xc9], since: 'core2', reports: GP },
  // UD0, UD1, UD2 are undefined for ever; SALC is everywhere.
  { code: [0x0f, 0xff, 0xc0], since: '486', reports: UD }, { code: [0x0f, 0xb9, 0xc0], since: '486', reports: UD }, { code: [0x0f, 0x0b], since: '486', reports: UD }, { code: [0xd6], since: '486' },
];

function expectedOf(model: ModelName, { since, reports = NONE, before = UD, opcode = '486' }: Case): number {
  const has = (first: ModelName): boolean => MODEL_NAMES.indexOf(model) >= MODEL_NAMES.indexOf(first);
  return has(since) ? reports : has(opcode) ? before : UD;
}

/** What of the instruction set a model has: each case reports an exception's vector, or FFh. */
export function instructionSetOf(model: ModelName): TestProgram {
  return {
    name: `instruction set of ${model}`,
    bits: 32,
    assemble() {
      const a = new Assembler(32, CODE);
      CASES.forEach((entry, i) => {
        a.mov(eax, DATA).mov(ecx, 1).mov(dword('resume'), `next${i}`).db(...entry.code).mov(eax, NONE).out(RESULT_PORT, eax).label(`next${i}`);
      });
      a.op('cli', 'hlt');
      for (const vector of [UD, GP]) a.label(`v${vector}`).mov(esp, STACK).mov(eax, vector).out(RESULT_PORT, eax).mov(eax, dword('resume')).jmp(eax);
      return a.align(8).label('resume').dd(0);
    },
    gates: { [UD]: `v${UD}`, [GP]: `v${GP}` },
    results: CASES.map((entry) => expectedOf(model, entry)),
  };
}

/** Encodings whose prefix a model ignores: TZCNT and LZCNT are BSF and BSR. EFLAGS.ID can be changed: CPUID exists. */
export const IGNORED_PREFIXES: TestProgram = {
  name: 'prefixes that no model knows',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE).mov(ecx, 0x80);
    // A source of 0 leaves the destination alone, where LZCNT and TZCNT would write 32.
    a.db(0xf3, 0x0f, 0xbc, 0xc1).out(RESULT_PORT, eax).db(0xf3, 0x0f, 0xbd, 0xc1).out(RESULT_PORT, eax);
    a.mov(ecx, 0).mov(eax, 99).db(0xf3, 0x0f, 0xbd, 0xc1).out(RESULT_PORT, eax);
    a.op('pushf').pop(eax).mov(edx, eax).bit('btc', eax, 21).push(eax).op('popf', 'pushf').pop(eax).alu('xor', eax, edx).out(RESULT_PORT, eax);
    return a.op('cli', 'hlt');
  },
  results: [7, 7, 99, 1 << 21],
};
