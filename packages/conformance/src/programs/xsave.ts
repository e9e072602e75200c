import { Assembler } from '../assembler/assembler.ts';
import { cr0, cr4, dword, eax, ecx, edx, esp } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT, STACK } from './program.ts';

const AREA = DATA + 0x1000;
const MXCSR = AREA + 24;
const XMM0 = AREA + 160;
const XSTATE_BV = AREA + 512;
const XGETBV = [0x0f, 0x01, 0xd0] as const;
const XSETBV = [0x0f, 0x01, 0xd1] as const;
const OSFXSR_OSXSAVE = (1 << 9) | (1 << 18);
/** What a step reports: the vector of its exception, or that there was none. */
const NONE = 0xff;
const UD = 6;
const NM = 7;
const GP = 13;

/** XSAVE (/4) or XRSTOR (/5) of the components in `mask`. */
function area(a: Assembler, digit: 4 | 5, mask: number, at: number = AREA): void {
  a.mov(eax, mask).mov(edx, 0).db(0x0f, 0xae, (digit << 3) | 5).dd(at);
}
const xsave = (mask: number, at?: number) => (a: Assembler) => area(a, 4, mask, at);
const xrstor = (mask: number) => (a: Assembler) => area(a, 5, mask);

/** XSETBV of a value, or of another register. */
const xsetbv =
  (low: number, high: number = 0, register: number = 0) =>
  (a: Assembler): void =>
    void a.mov(eax, low).mov(edx, high).mov(ecx, register).db(...XSETBV);

const show =
  (address: number) =>
  (a: Assembler): void =>
    void a.mov(eax, dword(address)).out(RESULT_PORT, eax);

const put =
  (address: number, value: number) =>
  (a: Assembler): void =>
    void a.mov(dword(address), value);

/** CPUID.1:ECX.OSXSAVE. */
function showOsxsave(a: Assembler): void {
  a.mov(eax, 1).op('cpuid').mov(eax, ecx).shift('shr', eax, 27).alu('and', eax, 1).out(RESULT_PORT, eax);
}

function showXcr0(a: Assembler): void {
  a.mov(ecx, 0).db(...XGETBV).out(RESULT_PORT, eax);
}

/** FLDPI; MOVD XMM0, 12345678h; MXCSR rounds up. */
function fill(a: Assembler): void {
  a.op('fldpi').mov(eax, 0x1234_5678).db(0x66, 0x0f, 0x6e, 0xc0).mov(dword(DATA), 0x5f80).db(0x0f, 0xae, 0x15).dd(DATA);
}

/** FNINIT; MOVD XMM0, 55h; MXCSR as after reset. */
function clobber(a: Assembler): void {
  a.op('fninit').mov(eax, 0x55).db(0x66, 0x0f, 0x6e, 0xc0).mov(dword(DATA), 0x1f80).db(0x0f, 0xae, 0x15).dd(DATA);
}

/** FNSTSW AX; MOVD EAX, XMM0; STMXCSR. */
function showState(a: Assembler): void {
  a.op('fnstswAx').alu('and', eax, 0xffff).out(RESULT_PORT, eax).db(0x66, 0x0f, 0x7e, 0xc0).out(RESULT_PORT, eax).db(0x0f, 0xae, 0x1d).dd(DATA).mov(eax, dword(DATA)).out(RESULT_PORT, eax);
}

type Step = readonly [code: (a: Assembler) => void, ...results: number[]];

// FSW with TOP 7 after one load.
const ONE_LOADED = 0x3800;

// prettier-ignore
const STEPS: readonly Step[] = [
  // Without CR4.OSXSAVE there is nothing (vol. 2, XSAVE, XGETBV, XSETBV).
  [(a) => a.mov(ecx, 0).db(...XGETBV), UD], [xsetbv(3), UD], [xsave(3), UD], [xrstor(3), UD], [showOsxsave, 0, NONE],
  [(a) => a.mov(eax, cr4).alu('or', eax, OSFXSR_OSXSAVE).mov(cr4, eax), NONE], [showOsxsave, 1, NONE],
  // XCR0 is 1 after reset; bit 0 stays set; only x87 and SSE are offered; register 0 is the only one.
  [showXcr0, 1, NONE], [(a) => a.mov(ecx, 1).db(...XGETBV), GP],
  [xsetbv(2), GP], [xsetbv(7), GP], [xsetbv(3, 1), GP], [xsetbv(3, 0, 1), GP], [showXcr0, 1, NONE],
  // A component that XCR0 does not enable is not saved, nor may XRSTOR find it.
  [put(XSTATE_BV, 0x10), NONE], [xsave(3), NONE], [show(XSTATE_BV), 0x10, NONE], [put(XSTATE_BV, 2), NONE], [xrstor(3), GP],
  [xsetbv(3), NONE], [showXcr0, 3, NONE],
  // Alignment; CR0.TS; CR0.EM means nothing here.
  [xsave(3, AREA + 32), GP], [xsave(3, AREA + 16), GP],
  [(a) => { a.mov(eax, cr0).alu('or', eax, 8).mov(cr0, eax); area(a, 4, 3); }, NM], [(a) => area(a, 5, 3), NM], [(a) => a.op('clts'), NONE],
  [(a) => { a.mov(eax, cr0).alu('or', eax, 4).mov(cr0, eax); area(a, 4, 3); }, NONE], [(a) => a.mov(eax, cr0).alu('and', eax, ~4).mov(cr0, eax), NONE],
  // Initial state: XSTATE_BV's bits are clear, others stay; MXCSR and its mask are saved with SSE.
  [put(XSTATE_BV, 0x8000_000f | 0), NONE], [xsave(3), NONE], [show(XSTATE_BV), 0x8000_000c, NONE], [show(MXCSR), 0x1f80, NONE], [show(MXCSR + 4), 0xffff, NONE],
  // There and back.
  [put(XSTATE_BV, 0), NONE], [fill, NONE], [xsave(3), NONE], [show(XSTATE_BV), 3, NONE], [show(XMM0), 0x1234_5678, NONE],
  [clobber, NONE], [xrstor(3), NONE], [showState, ONE_LOADED, 0x1234_5678, 0x5f80, NONE],
  // One component at a time.
  [clobber, NONE], [xrstor(1), NONE], [showState, ONE_LOADED, 0x55, 0x1f80, NONE],
  [clobber, NONE], [xrstor(2), NONE], [showState, 0, 0x1234_5678, 0x5f80, NONE],
  // What XSTATE_BV calls initial is initialized, but MXCSR is loaded even so.
  [fill, NONE], [put(XSTATE_BV, 0), NONE], [put(MXCSR, 0x3f80), NONE], [xrstor(3), NONE], [showState, 0, 0, 0x3f80, NONE],
  // The header: bits that XCR0 lacks, the compact form, reserved bytes up to 23; those from 24 on are ignored.
  [put(XSTATE_BV, 4), NONE], [xrstor(1), GP], [put(XSTATE_BV, 0), NONE],
  ...[4, 8, 12, 16, 20].flatMap((offset): Step[] => [[put(XSTATE_BV + offset, 1), NONE], [xrstor(1), GP], [put(XSTATE_BV + offset, 0), NONE]]),
  [put(XSTATE_BV + 24, 1), NONE], [xrstor(1), NONE], [put(XSTATE_BV + 24, 0), NONE],
  // Reserved bits of MXCSR count where it is loaded.
  [put(MXCSR, 0x1_0000), NONE], [xrstor(3), GP], [xrstor(2), GP], [xrstor(1), NONE],
  // XSAVE of x87 alone writes neither MXCSR nor XMM registers.
  [put(XMM0, 0xbeef), NONE], [xsave(1), NONE], [show(MXCSR), 0x1_0000, NONE], [show(XMM0), 0xbeef, NONE],
];

/** XSAVE, XRSTOR, XGETBV, XSETBV in every condition (SDM vol. 1 chapter 13): each step's results, and the vector of its exception. */
export const XSAVE: TestProgram = {
  name: 'xsave',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    STEPS.forEach(([code], i) => {
      a.mov(dword('resume'), `next${i}`);
      code(a);
      a.mov(eax, NONE).out(RESULT_PORT, eax).label(`next${i}`);
    });
    a.op('cli', 'hlt');
    for (const vector of [UD, NM, GP]) a.label(`v${vector}`).mov(esp, STACK).mov(eax, vector).out(RESULT_PORT, eax).mov(eax, dword('resume')).jmp(eax);
    return a.align(8).label('resume').dd(0);
  },
  gates: { [UD]: `v${UD}`, [NM]: `v${NM}`, [GP]: `v${GP}` },
  results: STEPS.flatMap(([, ...results]) => results),
};
