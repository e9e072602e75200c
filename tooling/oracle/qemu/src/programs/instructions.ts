import { type Assembler, dword, eax, ebx, ecx, edx, esp, type Value } from '@ringzero/conformance';
import { EFLAGS_FIXED } from '@ringzero/x86';

// Instructions that the assembler has no methods for, and short sequences that many programs need.

/** CALL ptr16:32. */
export function callFar(a: Assembler, selector: number, target: Value = 0): Assembler {
  return a.db(0x9a).dd(target).dw(selector);
}

/** RETF n. */
export function retfn(a: Assembler, bytes: number): Assembler {
  return a.db(0xca).dw(bytes);
}

/** IRET of 16 bits in 32-bit code, and the other way around. */
export function iretOtherSize(a: Assembler): Assembler {
  return a.db(0x66).op('iret');
}

/** LLDT AX. */
export function lldtAx(a: Assembler): Assembler {
  return a.db(0x0f, 0x00, 0xd0);
}

/** LMSW AX. */
export function lmswAx(a: Assembler): Assembler {
  return a.db(0x0f, 0x01, 0xf0);
}

export function wrmsr(a: Assembler, register: number, low: Value, high: number = 0): Assembler {
  return a.mov(ecx, register).mov(eax, low).mov(edx, high).op('wrmsr');
}

/** EFLAGS become these, bit 1 apart. */
export function setFlags(a: Assembler, eflags: number): Assembler {
  return a.push(eflags | EFLAGS_FIXED).op('popf');
}

/** EFLAGS into EBX. */
export function readFlags(a: Assembler): Assembler {
  return a.op('pushf').pop(ebx);
}

/** MOV CR4, EAX and MOV EAX, CR4 are the assembler's; this sets bits. */
export function setControl(a: Assembler, number: 0 | 4, bits: number, cleared: number = 0): Assembler {
  a.db(0x0f, 0x20, 0xc0 | (number << 3));
  if (cleared !== 0) a.alu('and', eax, ~cleared);
  if (bits !== 0) a.alu('or', eax, bits);
  return a.db(0x0f, 0x22, 0xc0 | (number << 3));
}

/** MOV DRn, EAX. */
export function movDebug(a: Assembler, number: number, value: Value): Assembler {
  return a.mov(eax, value).db(0x0f, 0x23, 0xc0 | (number << 3));
}

/** MOV EAX, DRn. */
export function readDebug(a: Assembler, number: number): Assembler {
  return a.db(0x0f, 0x21, 0xc0 | (number << 3));
}

/** A frame for IRET of 32 bits within the ring, or beyond it with `outer`: ESP and SS. */
export function frame(a: Assembler, eip: Value, cs: number, eflags: number, outer?: { readonly esp: number; readonly ss: number }): Assembler {
  if (outer !== undefined) a.push(outer.ss).push(outer.esp);
  return a.push(eflags | EFLAGS_FIXED).push(cs).push(eip);
}

/** The word at ESP + offset. */
export const onStack = (offset: number): ReturnType<typeof dword> => dword({ base: esp, displacement: offset });
