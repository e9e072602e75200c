import { byteOffset, lane32 } from '@ringzero/x86';

// i32 lanes of the state that semantics and engines name. Everything derives from the layout table.
export const EAX: number = lane32('gpr', 0);
export const ECX: number = lane32('gpr', 1);
export const EDX: number = lane32('gpr', 2);
export const EBX: number = lane32('gpr', 3);
export const ESP: number = lane32('gpr', 4);
export const EBP: number = lane32('gpr', 5);
export const ESI: number = lane32('gpr', 6);
export const EDI: number = lane32('gpr', 7);
export const RIP: number = lane32('rip');
export const RFLAGS: number = lane32('rflags');
export const FLAG_KIND: number = lane32('flagKind');
export const FLAG_A: number = lane32('flagA');
export const FLAG_B: number = lane32('flagB');
export const ZERO: number = lane32('zero');
export const BUDGET: number = lane32('budget');
export const TLB_SECTION: number = lane32('tlbSection');
export const STACK_MASK: number = lane32('stackMask');
export const CHECKED_STACK: number = lane32('checkedStack');
export const FAULT: number = lane32('fault');
export const GDTR_BASE: number = lane32('gdtrBase');
export const GDTR_LIMIT: number = lane32('gdtrLimit');
export const IDTR_BASE: number = lane32('idtrBase');
export const IDTR_LIMIT: number = lane32('idtrLimit');
export const CR0: number = lane32('cr0');
export const CR2: number = lane32('cr2');
export const CR3: number = lane32('cr3');
export const CR4: number = lane32('cr4');
export const EFER: number = lane32('efer');
export const DR6: number = lane32('dr', 6);
export const DR7: number = lane32('dr', 7);
export const MP_STATE: number = lane32('mpState');
export const NMI_PENDING: number = lane32('nmiPending');
export const NMI_MASKED: number = lane32('nmiMasked');
export const INTERRUPT_SHADOW: number = lane32('interruptShadow');
/** Its values beside 0: behind STI, and behind a load of SS by MOV or POP (vol. 3A §6.8). */
export const SHADOW_STI = 1;
export const SHADOW_MOV_SS = 2;
export const PENDING_EVENT: number = lane32('pendingEvent');
export const PENDING_VECTOR: number = lane32('pendingVector');
export const PENDING_HAS_ERROR: number = lane32('pendingHasError');
export const PENDING_ERROR: number = lane32('pendingError');
export const DEBUG_PENDING: number = lane32('debugPending');
/** u32 lanes of element 0; the segments follow one another. */
export const SEG_ATTRIBUTES: number = lane32('segAttributes');
export const SEG_LIMIT: number = lane32('segLimit');
/** u16 index of element 0. */
export const SEG_SELECTOR: number = byteOffset('segSelector') >> 1;
/** i32 lane of element 0; segment s is at `SEG_BASE + 2 * s`. */
export const SEG_BASE: number = lane32('segBase');
/** f64 indices of element 0. */
export const SEG_READ_LIMIT: number = byteOffset('segReadLimit') >> 3;
export const SEG_WRITE_LIMIT: number = byteOffset('segWriteLimit') >> 3;
/** Byte offset of the scratch operand that vector and x87 operations read. */
export const SCRATCH: number = byteOffset('scratch');
/** i32 lanes of CS's base and limit. */
export const R_CS_BASE: number = SEG_BASE + 2;
export const R_CS_LIMIT: number = SEG_LIMIT + 1;
