import type { GuestMemory } from '@ringzero/guest-memory';
import type { VmClock, VpHaltReason } from '@ringzero/processor';
import { createStateViews, type Feature, type StateViews } from '@ringzero/x86';
import { CR0_AM, CR0_PE, EFLAGS_AC, EFLAGS_VM } from '@ringzero/x86';
import { OSZAPC } from '../flags/kinds.ts';
import { readArithmeticFlags, writeArithmeticFlags } from '../flags/flags.ts';
import { IoGateway } from './io-gateway.ts';
import { BUDGET, CHECKED_STACK, CR0, ESP, FAULT, RFLAGS, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT, STACK_MASK, TLB_SECTION } from './lanes.ts';
import { BlockAccess } from './block-access.ts';
import { MODE_ALIGN, MODE_CODE32, MODE_FLAT, MODE_STACK32, MODE_USER, TLB_NEVER, TLB_SUPERVISOR, TLB_USER } from './mode.ts';
import type { Operation } from './operation.ts';
import { STATUS_FAULT } from './status.ts';

const ATTRIBUTE_DB = 1 << 14;
/** Unusable, code, expand-down, and writable of data, readable of code. */
const ATTRIBUTE_UNUSABLE = 1 << 16;
const ATTRIBUTE_CODE = 8;
const ATTRIBUTE_EXPAND_DOWN = 4;
const ATTRIBUTE_ACCESS = 2;
/** What makes a segment a flat one's kind: writable data that expands up; of CS, readable code as well. */
const DATA_KIND: number = ATTRIBUTE_UNUSABLE | ATTRIBUTE_CODE | ATTRIBUTE_EXPAND_DOWN | ATTRIBUTE_ACCESS;
const DATA: number = ATTRIBUTE_ACCESS;
const CODE_KIND: number = ATTRIBUTE_UNUSABLE | ATTRIBUTE_CODE | ATTRIBUTE_ACCESS;
const CODE: number = ATTRIBUTE_CODE | ATTRIBUTE_ACCESS;
const CS = 1;
const SS = 2;
const VECTOR_GP = 13;

/** What a VP is created from. */
export interface VpOptions {
  readonly index: number;
  readonly apicId: number;
  readonly memory: GuestMemory;
  readonly clock: VmClock;
  /** What the processor can do, as its CPUID says (`featuresOfCpuid`). */
  readonly features: ReadonlySet<Feature>;
}

/**
 * One virtual processor as instructions see it: the state buffer, translated memory, devices, and the record of a fault.
 * Engines own the instruction stream; this owns everything an instruction can touch.
 */
export class Vp extends BlockAccess {
  readonly index: number;
  readonly apicId: number;
  readonly clock: VmClock;
  readonly features: ReadonlySet<Feature>;
  /** Mode key of the current state (mode.ts). */
  mode = 0;
  /** Its bits of segments that are flat, whether or not it has been recomputed since (see {@link noteSegment}). */
  flatSegments = 0;
  /** Value of the budget when the clock was last told how many instructions were retired. */
  budgetAtSync = 0;
  /**
   * Instructions retired since creation, up to `budgetAtSync`. A fraction at first, so that V8 has the field as a double: behind 2^31
   * it would become one, and all code that knows this class would be dropped.
   */
  retired = 0.5;
  /** An interrupt waits for EFLAGS.IF or the task priority: helpers that change them return to the run loop. */
  interruptWaits = false;
  /** A debugger or EFLAGS.TF steps: a REP iteration is then an instruction of its own. */
  stepping = false;
  /** Instruction breakpoints are set: the run loop looks at every boundary. */
  breaksOnExecution = false;
  /** Why the VP must stop for good, set by an instruction. */
  haltRequest: VpHaltReason | null = null;

  constructor(options: VpOptions) {
    const views: StateViews = createStateViews();
    super(views, options.memory, new IoGateway(views.i32, options.index));
    this.index = options.index;
    this.apicId = options.apicId;
    this.clock = options.clock;
    this.features = options.features;
    this.paging.pse36 = options.features.has('pse36');
    this.retired = 0;
  }

  /** CR0.PE. */
  get isProtected(): boolean {
    return (this.R[CR0] & CR0_PE) !== 0;
  }

  /** EFLAGS.VM in protected mode. */
  get isVirtual8086(): boolean {
    return (this.R[RFLAGS] & EFLAGS_VM) !== 0 && this.isProtected;
  }

  /** Sets the current privilege level, and what follows from it. */
  setCpl(level: number): void {
    this.cpl = level;
  }

  /** EFLAGS, arithmetic flags included. */
  flags(): number {
    return (this.R[RFLAGS] & ~OSZAPC) | readArithmeticFlags(this.R) | 2;
  }

  /** Writes the EFLAGS bits in `mask` from `value`. Call `updateMode` when VM or AC change. */
  setFlags(value: number, mask: number): void {
    const R = this.R;
    const arithmetic = mask & OSZAPC;
    // Their record need not be evaluated where none of the arithmetic flags changes, or all do.
    if (arithmetic === OSZAPC) writeArithmeticFlags(R, value);
    else if (arithmetic !== 0) writeArithmeticFlags(R, (readArithmeticFlags(R) & ~mask) | (value & mask));
    R[RFLAGS] = ((R[RFLAGS] & ~mask) | (value & mask) | 2) & ~OSZAPC;
  }

  /** Recomputes the mode key. Call after any change to CR0, CR4, EFER, CPL, EFLAGS.VM/AC or a segment register. */
  updateMode(): void {
    const R = this.R;
    let mode = 0;
    if ((R[SEG_ATTRIBUTES + CS] & ATTRIBUTE_DB) !== 0) mode |= MODE_CODE32;
    if ((R[SEG_ATTRIBUTES + 2] & ATTRIBUTE_DB) !== 0) mode |= MODE_STACK32;
    mode |= this.flatSegments;
    // Without AC, what it opened to the supervisor is closed again (SMAP). The mode key knows nothing of it.
    if (this.tlb.hasOpened && (R[RFLAGS] & EFLAGS_AC) === 0) this.tlb.closeOpened();
    if (this.cpl === 3) {
      mode |= MODE_USER;
      if ((R[CR0] & CR0_AM) !== 0 && (R[RFLAGS] & EFLAGS_AC) !== 0) mode |= MODE_ALIGN;
    }
    this.mode = mode;
    R[TLB_SECTION] = (mode & MODE_ALIGN) !== 0 ? TLB_NEVER : (mode & MODE_USER) !== 0 ? TLB_USER : TLB_SUPERVISOR;
    R[STACK_MASK] = (mode & MODE_STACK32) !== 0 ? -1 : 0xffff;
    R[CHECKED_STACK] = (mode & (MODE_FLAT << SS)) !== 0 ? -1 : SS;
  }

  /** What `updateMode` would do where nothing changed but ES, DS, FS or GS. */
  updateDataSegment(segment: number): void {
    const bit = MODE_FLAT << segment;
    this.mode = (this.mode & ~bit) | (this.flatSegments & bit);
  }

  /** Notes whether a segment is flat; called whenever its hidden part has changed. */
  noteSegment(segment: number): void {
    const bit = MODE_FLAT << segment;
    this.flatSegments = this.#isFlat(segment) ? this.flatSegments | bit : this.flatSegments & ~bit;
  }

  #isFlat(segment: number): boolean {
    const R = this.R;
    if ((R[SEG_BASE + 2 * segment] | ~R[SEG_LIMIT + segment]) !== 0) return false;
    const attributes = R[SEG_ATTRIBUTES + segment];
    return (attributes & DATA_KIND) === DATA || (segment === CS && (attributes & CODE_KIND) === CODE);
  }

  /** Nanoseconds since the VM was created, exact at the current instruction. */
  now(): number {
    this.syncClock(this.R[BUDGET] + 1);
    return this.clock.now();
  }

  /** Tells the clock about instructions retired, `remaining` being the budget left for those that are not. */
  syncClock(remaining: number): void {
    const executed = this.budgetAtSync - remaining;
    if (executed <= 0) return;
    this.budgetAtSync = remaining;
    this.retired += executed;
    this.clock.advance(executed);
  }

  /** Gives the VP a budget of instructions to retire before it returns to the run loop. Sync the clock first. */
  setBudget(instructions: number): void {
    this.R[BUDGET] = instructions;
    this.budgetAtSync = instructions;
  }

  /** Offset of the ModRM memory operand in its segment. */
  effectiveAddress(op: Operation): number {
    const R = this.R;
    return (R[op.base] + (R[op.index] << op.scale) + op.displacement) & op.addressMask;
  }

  /** Linear address of the ModRM memory operand after the segment's checks. */
  operandLinear(op: Operation, size: number, write: boolean): number {
    return this.segmentLinear(op.segment, this.effectiveAddress(op), size, write);
  }

  /** Reads the 8-bit operand that the ModRM byte names. */
  readRm8(op: Operation): number {
    if (!op.isMemory) return this.B[op.rm];
    const linear = this.operandLinear(op, 1, false);
    return this.R[FAULT] !== 0 ? 0 : this.load8(linear, op);
  }

  /** Reads the 16-bit operand that the ModRM byte names. */
  readRm16(op: Operation): number {
    if (!op.isMemory) return this.R[op.rm] & 0xffff;
    const linear = this.operandLinear(op, 2, false);
    return this.R[FAULT] !== 0 ? 0 : this.load16(linear, op);
  }

  /** Reads the 32-bit operand that the ModRM byte names. */
  readRm32(op: Operation): number {
    if (!op.isMemory) return this.R[op.rm];
    const linear = this.operandLinear(op, 4, false);
    return this.R[FAULT] !== 0 ? 0 : this.load32(linear, op);
  }

  /** Writes the 8-bit operand that the ModRM byte names. */
  writeRm8(op: Operation, value: number): number {
    if (!op.isMemory) {
      this.B[op.rm] = value;
      return 0;
    }
    const linear = this.operandLinear(op, 1, true);
    if (this.R[FAULT] === 0) this.store8(linear, value, op);
    return this.R[FAULT];
  }

  /** Writes the 16-bit operand that the ModRM byte names. */
  writeRm16(op: Operation, value: number): number {
    if (!op.isMemory) {
      this.H[op.rm << 1] = value;
      return 0;
    }
    const linear = this.operandLinear(op, 2, true);
    if (this.R[FAULT] === 0) this.store16(linear, value, op);
    return this.R[FAULT];
  }

  /** Writes the 32-bit operand that the ModRM byte names. */
  writeRm32(op: Operation, value: number): number {
    if (!op.isMemory) {
      this.R[op.rm] = value;
      return 0;
    }
    const linear = this.operandLinear(op, 4, true);
    if (this.R[FAULT] === 0) this.store32(linear, value, op);
    return this.R[FAULT];
  }

  /** Whether the stack is 32 bits wide; else SP wraps at 64 KB. */
  get stackMask(): number {
    return (this.mode & MODE_STACK32) !== 0 ? -1 : 0xffff;
  }

  /** Writes ESP, or SP alone on a 16-bit stack. */
  setStackPointer(value: number): void {
    const mask = this.stackMask;
    this.R[ESP] = (this.R[ESP] & ~mask) | (value & mask);
  }

  /** Ends `runVp` with `reason` at the next instruction boundary. */
  requestHalt(reason: VpHaltReason): void {
    this.haltRequest = reason;
  }

  /** Whether a branch to `target` leaves CS's limit; #GP(0) is then recorded (vol. 2, JMP). */
  targetOutside(target: number): boolean {
    if (target >>> 0 <= this.U[SEG_LIMIT + CS]) return false;
    this.raise(VECTOR_GP, 0);
    return true;
  }

  /** Forgets the status of the last access. */
  clearFault(): void {
    this.R[FAULT] = 0;
  }

  /** Records a guest exception; `errorCode` −1 means that the vector has none. */
  raise(vector: number, errorCode: number): number {
    this.faultVector = vector;
    this.faultError = errorCode;
    this.R[FAULT] = STATUS_FAULT;
    return STATUS_FAULT;
  }
}
