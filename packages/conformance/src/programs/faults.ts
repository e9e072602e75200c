import { Assembler } from '../assembler/assembler.ts';
import { ax, dword, eax, ebx, ecx, esp, fs, ss } from '../assembler/operands.ts';
import { KERNEL_DATA } from './environment.ts';
import type { Gate, TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT, STACK } from './program.ts';

/** Exceptions that push an error code (SDM vol. 3A table 6-1). */
const WITH_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17];
/** Selectors of descriptors of our own, besides the flat ones. */
const ABSENT = 0x18;
const SMALL = 0x20;
const DOWN = 0x28;
const EXECUTE_ONLY = 0x30;
const READ_ONLY = 0x38;

/** What a handler reports: the vector, and the error code above it. */
const fault = (vector: number, errorCode: number = 0): number => (vector | (errorCode << 8)) >>> 0;

/** Each case: an instruction that faults, and what it reports. The handler goes on behind it. */
const CASES: readonly { readonly code: (a: Assembler) => void; readonly fault: number }[] = [
  { code: (a) => a.alu('xor', ecx, ecx).unary('div', ecx), fault: fault(0) },
  { code: (a) => a.mov(eax, 0x8000_0000 | 0).op('cwd').mov(ecx, -1).unary('idiv', ecx), fault: fault(0) },
  { code: (a) => a.op('ud2'), fault: fault(6) },
  { code: (a) => a.lock().op('nop'), fault: fault(6) },
  { code: (a) => a.lock().mov(eax, dword(DATA)), fault: fault(6) },
  { code: (a) => a.op('int3'), fault: fault(3) },
  { code: (a) => a.mov(eax, 0x7fff_ffff).inc(eax).op('into'), fault: fault(4) },
  // BOUND eax, [DATA]: 5 is not within 0 to 4.
  { code: (a) => a.mov(dword(DATA), 0).mov(dword(DATA + 4), 4).mov(eax, 5).db(0x62, 0x05).dd(DATA), fault: fault(5) },
  { code: (a) => a.mov(ax, ABSENT).mov(fs, ax), fault: fault(11, ABSENT) },
  { code: (a) => a.mov(ax, ABSENT).mov(ss, ax), fault: fault(12, ABSENT) },
  { code: (a) => a.mov(ax, 0x200).mov(fs, ax), fault: fault(13, 0x200) },
  { code: (a) => a.mov(ax, EXECUTE_ONLY).mov(fs, ax), fault: fault(13, EXECUTE_ONLY) },
  { code: (a) => a.mov(ax, READ_ONLY).mov(ss, ax), fault: fault(13, READ_ONLY) },
  { code: (a) => a.alu('xor', eax, eax).mov(ss, ax), fault: fault(13) },
  { code: (a) => a.alu('xor', eax, eax).mov(fs, ax).mov(eax, dword({ displacement: 0, segment: fs })), fault: fault(13) },
  { code: (a) => a.mov(ax, SMALL).mov(fs, ax).mov(eax, dword({ displacement: 0xffd, segment: fs })), fault: fault(13) },
  { code: (a) => a.mov(ax, READ_ONLY).mov(fs, ax).mov(dword({ displacement: 0, segment: fs }), eax), fault: fault(13) },
  { code: (a) => a.mov(ax, DOWN).mov(fs, ax).mov(eax, dword({ displacement: 0xfff, segment: fs })), fault: fault(13) },
  { code: (a) => a.mov(ax, SMALL).mov(ss, ax).mov(esp, 0xffe).pop(eax), fault: fault(12) },
  { code: (a) => a.farJmp(0x200, 0, 4), fault: fault(13, 0x200) },
  { code: (a) => a.farJmp(KERNEL_DATA, 0, 4), fault: fault(13, KERNEL_DATA) },
  { code: (a) => a.int(0x50), fault: fault(11, 0x50 * 8 + 2) },
  // MOV CR0 with PG and without PE; a write to a CR that does not exist.
  { code: (a) => a.mov(eax, 0x8000_0000 | 0).db(0x0f, 0x22, 0xc0), fault: fault(13) },
  { code: (a) => a.db(0x0f, 0x22, 0xc8), fault: fault(6) },
  { code: (a) => a.mov(ecx, 0x1234_5678).op('rdmsr'), fault: fault(13) },
  // An instruction of 16 bytes.
  { code: (a) => a.db(...Array.from({ length: 15 }, () => 0x66), 0x90), fault: fault(13) },
];

/** Faults of protected mode, one after another: vector and error code of each. */
export const FAULTS: TestProgram = {
  name: 'faults of protected mode',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.lgdt(dword('pointer'));
    CASES.forEach((entry, i) => {
      a.mov(dword('resume'), `next${i}`);
      entry.code(a);
      a.label(`next${i}`).mov(ax, KERNEL_DATA).mov(ss, ax).mov(esp, STACK).mov(fs, ax);
    });
    // What does not fault: the last bytes within limits.
    a.mov(dword('resume'), 'end').mov(ax, SMALL).mov(fs, ax).mov(eax, dword({ displacement: 0xffc, segment: fs }));
    a.mov(ax, DOWN).mov(fs, ax).mov(eax, dword({ displacement: 0x1000, segment: fs })).mov(eax, -1).out(RESULT_PORT, eax);
    a.label('end').op('cli', 'hlt');
    for (let vector = 0; vector < 32; vector++) {
      // The error code is popped from the stack of the fault, before that is given up.
      a.label(`v${vector}`).mov(ebx, 0);
      if (WITH_ERROR_CODE.includes(vector)) a.pop(ebx);
      a.mov(ax, KERNEL_DATA).mov(ss, ax).mov(eax, ebx).shift('shl', eax, 8).alu('or', eax, vector);
      a.out(RESULT_PORT, eax).mov(eax, dword('resume')).jmp(eax);
    }
    a.align(8).label('resume').dd(0).label('pointer').dw(0x3f).dd('gdt');
    a.align(8).label('gdt').dd(0, 0, 0x0000_ffff, 0x00cf_9b00, 0x0000_ffff, 0x00cf_9300);
    a.dd(0x0000_ffff, 0x00cf_1300, 0x0000_0fff, 0x0040_9302 | 0, 0x0000_0fff, 0x0040_9702, 0x0000_ffff, 0x00cf_9900, 0x0000_ffff, 0x00cf_9102);
    return a;
  },
  gates: Object.fromEntries(Array.from({ length: 32 }, (_, vector): [number, Gate] => [vector, `v${vector}`])),
  // The gate of INT 50h is absent.
  prepare: ({ machine }) => machine.memory.writeBytes(0x1800 + 0x50 * 8 + 5, Uint8Array.of(0x0e)),
  results: [...CASES.map((entry) => entry.fault), 0xffff_ffff],
};
