/**
 * The one layout of a virtual processor's state: a table of fields, from which every byte offset derives.
 *
 * All of it lives in one fixed-size buffer of {@link STATE_BYTES} bytes. Typed-array views, generated handlers,
 * emitted code, `AccessVpState`, snapshots and inspect read this table and nothing else.
 * Registers are 64 bits wide from the first commit, little endian, so that a 32-bit engine uses the low `Int32Array` lane.
 */

/** Element types, by the width that one element occupies. */
export type FieldType = 'i8' | 'u8' | 'u16' | 'i32' | 'u32' | 'u64' | 'f64' | 'u80' | 'v256';

/** One row of the layout: a field (or an array of `count` elements `stride` bytes apart). */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Offset in bytes of element 0 from the start of the state buffer. */
  readonly offset: number;
  readonly count: number;
  /** Distance in bytes between elements. */
  readonly stride: number;
  /** Where the Intel SDM defines the field, or why the engine needs it. */
  readonly source: string;
}

const ELEMENT_BYTES: Record<FieldType, number> = { i8: 1, u8: 1, u16: 2, i32: 4, u32: 4, u64: 8, f64: 8, u80: 16, v256: 32 };

type Row = readonly [name: string, type: FieldType, source: string, count?: number];

// prettier-ignore
const ROWS = [
  // General state. The sixteen registers come first so that register n is i32 lane 2n.
  ['gpr',              'u64', 'vol. 1 §3.4.1: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15', 16],
  ['rip',              'u64', 'vol. 1 §3.5'],
  ['rflags',           'u64', 'vol. 1 §3.4.3: every flag but OSZAPC, which the lazy record holds'],
  ['flagKind',         'i32', 'lazy flags: what produced OSZAPC (flags/kinds.ts)'],
  ['flagA',            'i32', 'lazy flags: first operand or result, shifted to the top of 32 bits'],
  ['flagB',            'i32', 'lazy flags: second operand, carry, or OSZAPC at their RFLAGS positions'],
  ['zero',             'i32', 'always 0: the register that an absent base or index reads'],
  ['budget',           'i32', 'instructions left before the engine must leave the block chain'],
  ['tlbSection',       'i32', 'of the mode: offset of the TLB section that operands use'],
  ['stackMask',        'i32', 'of the mode: −1 with a 32-bit stack, ffffh with a 16-bit one'],
  ['checkedStack',     'i32', 'of the mode: −1 if SS is flat, else 2'],
  ['fault',            'i32', 'status of the access just made: 0 done, else why the instruction cannot complete (vp/status.ts)'],
  // Segment registers in the order of their encoding, then LDTR and TR. vol. 3A §3.4.3.
  ['segSelector',      'u16', 'vol. 3A §3.4.2: ES CS SS DS FS GS LDTR TR', 8],
  ['segAttributes',    'u32', 'vol. 3A §3.4.5: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16', 8],
  ['segLimit',         'u32', 'vol. 3A §3.4.5: in bytes, granularity applied', 8],
  ['segBase',          'u64', 'vol. 3A §3.4.5', 8],
  ['segReadLimit',     'f64', 'derived: highest offset a read may touch, −1 if only the slow path can tell', 8],
  ['segWriteLimit',    'f64', 'derived: likewise for a write', 8],
  ['gdtrBase',         'u64', 'vol. 3A §2.4.1'],
  ['gdtrLimit',        'u32', 'vol. 3A §2.4.1'],
  ['idtrLimit',        'u32', 'vol. 3A §2.4.3'],
  ['idtrBase',         'u64', 'vol. 3A §2.4.3'],
  // Control and debug registers.
  ['cr0',              'u64', 'vol. 3A §2.5'],
  ['cr2',              'u64', 'vol. 3A §2.5'],
  ['cr3',              'u64', 'vol. 3A §2.5'],
  ['cr4',              'u64', 'vol. 3A §2.5'],
  ['cr8',              'u64', 'vol. 3A §2.5'],
  ['efer',             'u64', 'vol. 3A §2.2.1'],
  ['xcr0',             'u64', 'vol. 3A §2.6'],
  ['xss',              'u64', 'vol. 1 §13.11'],
  ['dr',               'u64', 'vol. 3B §17.2: DR0..DR7 (4 and 5 unused)', 8],
  // x87 (vol. 1 §8.1). Registers are physical (R0..R7), not relative to TOP: mantissa in lanes 0 and 1, sign and exponent in the low half of lane 2.
  ['st',               'u80', 'vol. 1 §8.1.2: physical registers R0..R7', 8],
  ['fcw',              'i32', 'vol. 1 §8.1.5'],
  ['fsw',              'i32', 'vol. 1 §8.1.3: TOP included at 13:11'],
  ['ftw',              'i32', 'vol. 1 §8.1.7: bit n set when physical register n is EMPTY; the 16-bit tag word derives'],
  ['fop',              'i32', 'vol. 1 §8.1.9'],
  ['fip',              'u64', 'vol. 1 §8.1.8'],
  ['fdp',              'u64', 'vol. 1 §8.1.8'],
  ['fcs',              'i32', 'vol. 1 §8.1.8'],
  ['fds',              'i32', 'vol. 1 §8.1.8'],
  // SSE and AVX. MMX registers are the mantissas of `st`.
  ['mxcsr',            'i32', 'vol. 1 §10.2.3'],
  ['vectorPad',        'i32', 'aligns the vector registers to 16 bytes', 3],
  ['xmm',              'v256','vol. 1 §10.2.2 and §14.1.1: XMM0..XMM15, room for YMM', 16],
  ['scratch',          'v256','operand read from memory, on its way into a vector or x87 operation', 4],
  ['x87Work',          'i32', 'operands and results of the x87 computation at hand (x87/operand.ts of x86-semantics)', 36],
  // Model-specific registers.
  ['apicBase',         'u64', 'vol. 3A §10.4.4'],
  ['tscOffset',        'u64', 'vol. 3B §17.17: TSC = clock + offset'],
  ['tscAux',           'u64', 'vol. 3B §17.17.2'],
  ['sysenterCs',       'u64', 'vol. 3A §5.8.7'],
  ['sysenterEsp',      'u64', 'vol. 3A §5.8.7'],
  ['sysenterEip',      'u64', 'vol. 3A §5.8.7'],
  ['star',             'u64', 'vol. 3A §5.8.8'],
  ['lstar',            'u64', 'vol. 3A §5.8.8'],
  ['cstar',            'u64', 'vol. 3A §5.8.8'],
  ['sfmask',           'u64', 'vol. 3A §5.8.8'],
  ['kernelGsBase',     'u64', 'vol. 3A §5.8.8'],
  ['pat',              'u64', 'vol. 3A §11.12.2'],
  ['mtrrDefType',      'u64', 'vol. 3A §11.11.2.1'],
  ['mtrrFixed',        'u64', 'vol. 3A §11.11.2.2: 64K_00000, 16K_80000, 16K_A0000, 4K_C0000..4K_F8000', 11],
  ['mtrrVariable',     'u64', 'vol. 3A §11.11.2.3: PHYSBASE0 PHYSMASK0 …', 16],
  ['miscEnable',       'u64', 'vol. 4 table 2-2, IA32_MISC_ENABLE'],
  ['biosSignId',       'u64', 'vol. 4 table 2-2, IA32_BIOS_SIGN_ID'],
  // Local APIC (vol. 3A §10.4.1), one 32-bit register every 16 bytes of the page.
  ['apicRegisters',    'u32', 'vol. 3A table 10-1: register n is at page offset 16n', 64],
  ['apicAutoEoi',      'u32', 'Hyper-V: vectors that need no EOI', 8],
  // Activity and pending events (vol. 3C §24.4.2 uses the same notions).
  ['mpState',          'i32', '0 running, 1 wait-for-SIPI, 2 halted, 3 idle, 4 in MWAIT'],
  ['nmiPending',       'i32', 'vol. 3A §6.7'],
  ['nmiMasked',        'i32', 'vol. 3A §6.7.1: until the next IRET'],
  ['interruptShadow',  'i32', 'vol. 3A §6.8.3: after STI or a load of SS; 1 STI, 2 MOV/POP SS'],
  ['pendingEvent',     'i32', 'exception or ExtINT to inject before the next instruction: 0 none, 1 exception, 2 extInt', 1],
  ['pendingVector',    'i32', 'its vector'],
  ['pendingHasError',  'i32', '1 when an error code goes with it'],
  ['pendingError',     'i32', 'its error code'],
  ['pendingParameter', 'u64', 'its parameter: CR2 for #PF, the DR6 bits for #DB'],
  ['debugPending',     'i32', 'DR6 bits of traps to report at the next instruction boundary (vol. 3B §17.3)'],
  ['tscDeadline',      'u64', 'vol. 3A §10.5.4.1: IA32_TSC_DEADLINE, 0 while unarmed'],
  ['modelMsrs',        'u64', 'vol. 4: registers of debugging, machine check and performance monitoring, by system/msr/register.ts', 29],
] as const;

/** The name of a field. */
export type FieldName = (typeof ROWS)[number][0];

function layOut(): { fields: Record<FieldName, Field>; bytes: number } {
  const fields = {} as Record<FieldName, Field>;
  let next = 0;
  for (const row of ROWS as readonly Row[]) {
    const [name, type, source, count = 1] = row;
    const stride = ELEMENT_BYTES[type];
    const align = Math.min(stride, 16);
    const offset = Math.ceil(next / align) * align;
    fields[name as FieldName] = { name, type, offset, count, stride, source };
    next = offset + stride * count;
  }
  return { fields, bytes: Math.ceil(next / 64) * 64 };
}

const laidOut = layOut();

/** Every field by name. */
export const LAYOUT: Readonly<Record<FieldName, Field>> = laidOut.fields;

/** Size of a state buffer in bytes. */
export const STATE_BYTES: number = laidOut.bytes;

/** Byte offset of element `index` of a field. */
export function byteOffset(name: FieldName, index: number = 0): number {
  const field = LAYOUT[name];
  return field.offset + field.stride * index;
}

/** Index into an `Int32Array` over the state of the low lane of element `index` of a field. */
export function lane32(name: FieldName, index: number = 0): number {
  return byteOffset(name, index) >> 2;
}
