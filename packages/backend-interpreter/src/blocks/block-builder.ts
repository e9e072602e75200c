import {
  FACT_ADDRESS16,
  FACT_CODE_CHECKED,
  FACT_EXTRA_CHECKED,
  FACT_MEMORY,
  FACT_NEVER,
  FACT_OPERAND16,
  FACT_PREFIXES_SHIFT,
  FACT_SEGMENT_SHIFT,
  FACT_STACK16,
  FACT_STACK_CHECKED,
  FACT_USER,
  MODE_ALIGN,
  MODE_ALONE,
  MODE_CODE32,
  MODE_FLAT,
  MODE_STACK32,
  MODE_USER,
  Operation,
  R_CS_BASE,
  R_CS_LIMIT,
  ZERO,
  type Handler,
  type Vp,
} from '@ringzero/x86-semantics';
import { byteOffset, Decoder, FORMS, hasForm, INVALID_FORM, Instruction, lane32, PREFIX_REP, PREFIX_REPNE } from '@ringzero/x86';
import type { BlockCache } from './block-cache.ts';
import { createBlock, ONE_PAGE, type Block, type BlockBytes } from './block.ts';
import { UNRESOLVED } from './links.ts';
import type { OperationStore } from './operation-store.ts';
import type { HandlerTable } from '../handlers/handler-table.ts';
import type { SequenceTable } from '../handlers/sequence-table.ts';
import type { SwitchTable } from '../handlers/switch-table.ts';

/** Instructions in a block at most: keeps compiled functions small and quanta fine. */
const MAX_INSTRUCTIONS = 48;
/** Of several beginnings in straight-line code the first is taken that is so many instructions away, else the last that is nearer. */
const LEAST_JOINED = 16;
const MAX_LENGTH = 15;
const ES = 0;
const CS = 1;
const SS = 2;

function unused(): Operation {
  throw new Error('an operation was executed before it had a place');
}

/** What operations are before anything is known of them. */
const BLANK = new Operation(unused);
BLANK.next = UNRESOLVED;
BLANK.taken = UNRESOLVED;

/** Handlers that the builder gives to operations that are not instructions of the guest. */
export interface SpecialHandlers {
  /** Goes on with the next block. */
  readonly fallThrough: Handler;
  /** #UD, #GP(0): undefined opcode; too long, or outside CS's limit. */
  readonly undefinedOpcode: Handler;
  readonly generalProtection: Handler;
}

/** Decodes guest code into blocks of operations with their operands baked for a mode. */
export class BlockBuilder {
  decoded = 0;
  /** Blocks that were moved to another address. */
  relocated = 0;
  readonly #vp: Vp;
  readonly #handlers: HandlerTable;
  readonly #special: SpecialHandlers;
  readonly #sequences: SequenceTable;
  readonly #switch: SwitchTable;
  readonly #store: OperationStore;
  readonly #cache: BlockCache;
  /** What a block is decoded into, before its operations get their place. */
  readonly #drafts: readonly Operation[] = Array.from({ length: MAX_INSTRUCTIONS + 1 }, () => new Operation(unused));
  readonly #decoders: readonly [Decoder, Decoder] = [new Decoder(16), new Decoder(32)];
  readonly #instruction: Instruction = new Instruction();
  /** By form: 1 where the processor's model has it. */
  readonly #exists: Uint8Array;
  readonly #window: Uint8Array = new Uint8Array(2 * MAX_LENGTH + 2);

  /**
   * @param cache has whether a block at an address is held, and makes room where the store has no place, with nothing executing.
   */
  constructor(vp: Vp, store: OperationStore, cache: BlockCache, handlers: HandlerTable, sequences: SequenceTable, switchTable: SwitchTable, special: SpecialHandlers) {
    this.#vp = vp;
    this.#store = store;
    this.#cache = cache;
    this.#handlers = handlers;
    this.#sequences = sequences;
    this.#switch = switchTable;
    this.#special = special;
    this.#exists = Uint8Array.from(FORMS, (form) => (hasForm(form, vp.features) ? 1 : 0));
  }

  /**
   * Decodes the block at `ip`, whose first byte is at buffer `offset`. Undefined with the fault recorded when a second page cannot be
   * fetched; without one where there is no place, which can be made only with nothing executing, `isIdle`.
   */
  build(offset: number, ip: number, mode: number, isIdle: boolean): Block | undefined {
    const R = this.#vp.R;
    const limit = R[R_CS_LIMIT];
    const linear = (R[R_CS_BASE] + ip) | 0;
    const decoder = this.#decoders[(mode & MODE_CODE32) !== 0 ? 1 : 0];
    const bytes = this.#vp.memory.u8;
    const pageEnd = (offset | 4095) + 1;
    const operations: Operation[] = [];
    const most = (mode & MODE_ALONE) !== 0 ? 1 : MAX_INSTRUCTIONS;
    const instruction = this.#instruction;
    let at = offset;
    let next = ip;
    let ended = false;
    let joint = 0;
    let jointAt = offset;
    while (operations.length < most && !ended) {
      if (operations.length > 0 && at === pageEnd) break;
      let length = decoder.decode(bytes, at, pageEnd, instruction);
      if (length === 0) {
        if (operations.length > 0) break;
        return this.#buildCrossing(offset, ip, mode, decoder, isIdle);
      }
      if (operations.length > 0 && this.#startsBlock(instruction)) break;
      if (operations.length > 0 && joint < LEAST_JOINED && this.#cache.has(at, next, mode)) {
        joint = operations.length;
        jointAt = at;
      }
      const operation = this.#operation(this.#drafts[operations.length], instruction, next, length, mode, limit);
      operations.push(operation);
      if (instruction.form === INVALID_FORM) length = Math.max(1, length);
      ended = this.#endsBlock(operation);
      at += length;
      next = operation.nextIp;
    }
    // Straight-line code is entered anywhere, by interrupts that return and budgets that ended: all that follows would be decoded anew.
    if (joint > 0 && !ended && operations.length === most) {
      operations.length = joint;
      at = jointAt;
    }
    return this.#finish(operations, ended, { start: offset, length: at - offset, secondStart: ONE_PAGE, secondLength: 0, secondEntry: 0, linear }, mode, limit, isIdle);
  }

  /** Makes a block's operations those of the same bytes `distance` away. For code segments without base and limit: nothing else in them depends on EIP. */
  move(block: Block, distance: number): void {
    const { head, operations, codeLimit } = block;
    const { rows } = this.#store;
    if (head !== operations[0]) head.nextIp = (head.nextIp + distance) | 0;
    for (const op of operations) op.nextIp = (op.nextIp + distance) | 0;
    // The others' rows do not say where they are.
    const last = operations[operations.length - 1];
    if (last.length > 0 && this.#handlers.isDirectBranch(last.form)) this.#setTarget(last, codeLimit);
    rows.write(last);
    this.relocated++;
  }

  /** A single instruction whose bytes continue in the next page. */
  #buildCrossing(offset: number, ip: number, mode: number, decoder: Decoder, isIdle: boolean): Block | undefined {
    const vp = this.#vp;
    const linear = (vp.R[R_CS_BASE] + ip) | 0;
    const second = ((linear & -4096) + 4096) | 0;
    const secondStart = vp.translateCode(second);
    if (secondStart === -1) return undefined;
    const inFirst = (offset | 4095) + 1 - offset;
    this.#window.fill(0xff);
    this.#window.set(vp.memory.u8.subarray(offset, offset + inFirst));
    if (secondStart >= 0) this.#window.set(vp.memory.u8.subarray(secondStart, secondStart + MAX_LENGTH), inFirst);
    const length = decoder.decode(this.#window, 0, this.#window.length, this.#instruction);
    const limit = vp.R[R_CS_LIMIT];
    const operation = this.#operation(this.#drafts[0], this.#instruction, ip, length, mode, limit);
    const inSecond = Math.max(1, length - inFirst);
    return this.#finish([operation], this.#endsBlock(operation), { start: offset, length: inFirst, secondStart, secondLength: secondStart < 0 ? 0 : inSecond, secondEntry: secondStart ^ second, linear }, mode, limit, isIdle);
  }

  /** A REP string instruction is dispatched again and again at its own address, so it heads a block. */
  #startsBlock(instruction: Instruction): boolean {
    return (instruction.prefixes & (PREFIX_REP | PREFIX_REPNE)) !== 0 && this.#handlers.repeats(instruction.form);
  }

  #endsBlock(operation: Operation): boolean {
    return operation.form === INVALID_FORM || this.#handlers.endsBlock(operation.form);
  }

  #finish(
    drafts: Operation[],
    ended: boolean,
    place: BlockBytes,
    mode: number,
    limit: number,
    isIdle: boolean,
  ): Block | undefined {
    const vp = this.#vp;
    const count = drafts.length;
    if (!ended) {
      const end = this.#drafts[count];
      end.become(BLANK);
      end.h = this.#special.fallThrough;
      end.nextIp = drafts[count - 1].nextIp;
      drafts.push(end);
    }
    let start = this.#store.reserve(drafts.length);
    if (start < 0) {
      if (!isIdle) return undefined;
      this.#cache.makeRoom();
      start = this.#store.reserve(drafts.length);
    }
    const operations = this.#store.operations(start, drafts.length);
    for (let i = 0; i < drafts.length; i++) operations[i].become(drafts[i]);
    for (let i = 0; i < operations.length - 1; i++) operations[i].next = operations[i + 1];
    for (let i = 0; i < count; i++) operations[i].left = count - i;
    this.#switch.apply(operations, mode);
    this.#sequences.apply(operations, count, mode);
    const [head] = operations;
    head.count = count;
    const block = createBlock(operations, start, mode, vp.R[R_CS_BASE], limit, place);
    for (const operation of operations) {
      operation.block = block;
      this.#store.rows.write(operation);
    }
    this.decoded++;
    return block;
  }

  /** Makes `op` the instruction. */
  #operation(op: Operation, instruction: Instruction, ip: number, length: number, mode: number, limit: number): Operation {
    const { form } = instruction;
    const shape = this.#exists[form] === 0 ? undefined : this.#handlers.find(form, instruction.operandSize, instruction.isMemory);
    op.become(BLANK);
    op.h = shape ?? this.#special.undefinedOpcode;
    op.facts = packFacts(instruction, shape === undefined ? INVALID_FORM : form, mode);
    op.nextIp = (ip + length) | 0;
    op.length = length;
    op.regNumber = instruction.reg;
    op.rmNumber = instruction.rm;
    op.reg = this.#handlers.isByteReg(form) ? byteRegister(instruction.reg) : 2 * instruction.reg;
    op.rm = this.#handlers.isByteRm(form) ? byteRegister(instruction.rm) : 2 * instruction.rm;
    op.base = instruction.base < 0 ? ZERO : lane32('gpr', instruction.base);
    op.index = instruction.index < 0 ? ZERO : lane32('gpr', instruction.index);
    op.scale = instruction.scale;
    op.displacement = instruction.displacement;
    op.addressMask = instruction.addressSize === 16 ? 0xffff : -1;
    op.checkedSegment = isFlat(mode, instruction.segment) && instruction.segment !== CS ? -1 : instruction.segment;
    op.immediate = instruction.immediate;
    if (instruction.immediate2 !== 0) op.immediate2 = instruction.immediate2;
    if (instruction.tooLong || (ip >>> 0) + length - 1 > limit >>> 0) {
      refuse(op, this.#special.generalProtection);
      return op;
    }
    if (this.#handlers.isDirectBranch(form)) this.#setTarget(op, limit);
    return op;
  }

  /** Where a direct branch goes; a target outside CS's limit is a #GP of the branch itself (vol. 2, Jcc, JMP, CALL). */
  #setTarget(op: Operation, limit: number): void {
    op.target = (op.nextIp + op.immediate) & (op.operandSize === 16 ? 0xffff : -1);
    if (op.target >>> 0 <= limit >>> 0) return;
    if (!this.#handlers.isConditional(op.form)) {
      refuse(op, this.#special.generalProtection);
      return;
    }
    const fault = new Operation(this.#special.generalProtection);
    fault.nextIp = op.nextIp;
    fault.length = op.length;
    fault.left = 1;
    op.taken = fault;
  }
}

function isFlat(mode: number, segment: number): boolean {
  return (mode & (MODE_FLAT << segment)) !== 0;
}

/** `Operation.facts` of an instruction in `mode`. */
function packFacts(instruction: Instruction, form: number, mode: number): number {
  return (
    form |
    (instruction.prefixes << FACT_PREFIXES_SHIFT) |
    (instruction.operandSize === 16 ? FACT_OPERAND16 : 0) |
    (instruction.addressSize === 16 ? FACT_ADDRESS16 : 0) |
    (instruction.isMemory ? FACT_MEMORY : 0) |
    (instruction.segment << FACT_SEGMENT_SHIFT) |
    (isFlat(mode, CS) ? 0 : FACT_CODE_CHECKED) |
    (isFlat(mode, ES) ? 0 : FACT_EXTRA_CHECKED) |
    (isFlat(mode, SS) ? 0 : FACT_STACK_CHECKED) |
    ((mode & MODE_STACK32) !== 0 ? 0 : FACT_STACK16) |
    ((mode & MODE_ALIGN) !== 0 ? FACT_NEVER : (mode & MODE_USER) !== 0 ? FACT_USER : 0)
  );
}

/** Makes an operation one that only raises: no engine may take it for the instruction that its bytes say. */
function refuse(op: Operation, handler: Handler): void {
  op.h = handler;
  op.form = INVALID_FORM;
}

function byteRegister(number: number): number {
  return number < 4 ? byteOffset('gpr', number) : byteOffset('gpr', number - 4) + 1;
}
