import { Assembler, cr2, dl, ds, dword, eax, ebp, ebx, ecx, edi, edx, es, esi, esp, fs, gs, ss } from '@ringzero/conformance';
import { EFLAGS_RF, EFLAGS_VM } from '@ringzero/x86';
import { HANDLERS, KERNEL_DATA, LOG, LOG_ENTRIES, RESUME, STACK, VECTORS } from './layout.ts';

/** Exceptions that push an error code (SDM vol. 3A table 6-1). */
const WITH_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17];
const STUB_BYTES = 16;
/** Words of an entry: what PUSHA stores of what the handler popped, and CR2. */
const ENTRY_WORDS = 9;

/** Where the handler of a vector begins. */
export function stubOf(vector: number): number {
  return HANDLERS + vector * STUB_BYTES;
}

/** The vector whose handler begins there, or undefined. */
export function vectorAt(address: number): number | undefined {
  const vector = (address - HANDLERS) / STUB_BYTES;
  return Number.isInteger(vector) && vector >= 0 && vector < VECTORS ? vector : undefined;
}

/** An event as its handler saw it. `esp` and `ss` are 0 where the privilege did not change. */
export interface Entry {
  readonly vector: number;
  readonly errorCode: number;
  readonly eip: number;
  readonly cs: number;
  readonly eflags: number;
  readonly esp: number;
  readonly ss: number;
  readonly cr2: number;
}

/** The entries of the log, in order. */
export function readLog(memory: Uint8Array): Entry[] {
  const view = new DataView(memory.buffer, memory.byteOffset);
  const entries: Entry[] = [];
  for (let at = LOG_ENTRIES; at < view.getUint32(LOG, true); at += ENTRY_WORDS * 4) {
    const [outerEsp, eflags, outerSs, , errorCode, cs, eip, vector, address] = Array.from({ length: ENTRY_WORDS }, (_, i) => view.getUint32(at + 4 * i, true));
    entries.push({ vector, errorCode, eip, cs, eflags, esp: outerEsp, ss: outerSs, cr2: address });
  }
  return entries;
}

/**
 * Handlers of all vectors, in ring 0 and 32 bits. Each takes the frame into registers, where lockstep sees it, loads flat
 * segments, writes the log, and goes on at {@link RESUME} on a fresh stack: no return is needed, whatever was interrupted.
 * RF is taken out of the frame: QEMU pushes it clear for faults, and programs about RF have handlers of their own.
 */
export function handlers(): Assembler {
  const a = new Assembler(32, HANDLERS);
  for (let vector = 0; vector < VECTORS; vector++) {
    a.fill(stubOf(vector) - a.here, 0x90);
    // PUSH of 8 bits.
    if (!WITH_ERROR_CODE.includes(vector)) a.db(0x6a, 0);
    a.db(0x6a, vector).jmp('common');
  }
  a.label('common').alu('and', dword({ base: esp, displacement: 16 }), ~EFLAGS_RF).pop(eax).pop(ebx).pop(ecx).pop(edx).pop(esi).mov(edi, 0).mov(ebp, 0);
  a.test(esi, EFLAGS_VM).j('nz', 'outer').test(dl, 3).j('z', 'inner');
  a.label('outer').pop(edi).pop(ebp);
  a.label('inner').push(KERNEL_DATA).pop(ds).push(KERNEL_DATA).pop(es).push(KERNEL_DATA).pop(fs).push(KERNEL_DATA).pop(gs).push(KERNEL_DATA).pop(ss).mov(esp, STACK);
  a.op('pusha', 'cld').mov(esi, esp).mov(edi, dword(LOG)).mov(ecx, ENTRY_WORDS - 1).rep().string('movs', 4);
  a.mov(eax, cr2).string('stos', 4).mov(dword(LOG), edi).mov(esp, STACK).jmp(dword(RESUME));
  return a;
}
