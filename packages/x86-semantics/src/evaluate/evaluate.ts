import { byteOffset, lane32 } from '@ringzero/x86';
import * as pure from '../emit-js/pure.ts';
import { unavailable } from '../emit-js/requirements.ts';
import { carryOf, conditionOf, flagsWord } from '../flags/flags.ts';
import { FLAG_KINDS, KIND_WORD } from '../flags/kinds.ts';
import { arithmetic, compare, floatArithmetic, floatCompare, unary } from '../ir/fold.ts';
import type { AddressSegment, Expression, FloatExpression, Program, RegisterSlot, Statement, Width } from '../ir/nodes.ts';
import { FAULT, FLAG_A, FLAG_B, FLAG_KIND, RIP, SCRATCH, SEG_SELECTOR } from '../vp/lanes.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_BRANCHED, STATUS_FAULT, STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';

const FSW = lane32('fsw');
const FSW_TOP = 0x3800;
const ST = lane32('st');
const FIP = lane32('fip');
const FCS = lane32('fcs');
const FOP = lane32('fop');
const FDP = lane32('fdp');
const FDS = lane32('fds');
const SIZE_CODE: Readonly<Record<Width, number>> = { 8: 0, 16: 1, 32: 2 };

/** Functions of the x87 and vector units by name. */
export type EvaluatedUnits = Readonly<Record<'fpu' | 'vector' | 'x87', Readonly<Record<string, (...args: number[]) => number | void>>>>;

/**
 * The plain reading of the IR: walks a program over a VP's state, one node at a time, with every memory access on the
 * slow path. It is what handlers and compiled blocks are tested against.
 *
 * Returns STATUS_OK (the next instruction follows), STATUS_BRANCHED (RIP is written), or why the instruction did not
 * complete; then nothing has changed.
 */
export function evaluate(program: Program, vp: Vp, op: Operation, units: EvaluatedUnits): number {
  return new Evaluation(vp, op, units).run(program.statements);
}

class Evaluation {
  readonly #vp: Vp;
  readonly #R: Int32Array;
  readonly #op: Operation;
  readonly #units: EvaluatedUnits;
  readonly #temps: number[] = [];
  readonly #floatTemps: number[] = [];
  readonly #addresses: number[] = [];

  constructor(vp: Vp, op: Operation, units: EvaluatedUnits) {
    this.#vp = vp;
    this.#R = vp.R;
    this.#op = op;
    this.#units = units;
  }

  run(statements: readonly Statement[]): number {
    for (const statement of statements) {
      const status = this.#statement(statement);
      if (status !== STATUS_OK) return status;
    }
    return STATUS_OK;
  }

  #statement(s: Statement): number {
    const vp = this.#vp;
    switch (s.k) {
      case 'let':
        this.#temps[s.id] = this.#value(s.value);
        return STATUS_OK;
      case 'address':
        this.#addresses[s.id] = vp.segmentLinear(this.#segment(s.segment), this.#value(s.offset), s.size, s.write);
        return this.#R[FAULT];
      case 'load':
        this.#temps[s.id] = this.#load(s.address, s.width);
        return this.#R[FAULT];
      case 'loadForWrite':
        this.#temps[s.id] = vp.loadForWrite(this.#addresses[s.address], s.width >> 3, this.#op);
        return this.#R[FAULT];
      case 'store':
        this.#store(s.address, s.width, this.#value(s.value));
        return this.#R[FAULT];
      case 'loadBlock':
        vp.loadBlock(this.#addresses[s.address], s.size, this.#value(s.target), this.#op);
        return this.#R[FAULT];
      case 'storeBlock':
        vp.storeBlock(this.#addresses[s.address], s.size, this.#value(s.source), this.#op);
        return this.#R[FAULT];
      case 'loadPair':
        vp.loadBlock(this.#addresses[s.address], 8, SCRATCH, this.#op);
        this.#temps[s.low] = this.#R[SCRATCH >> 2];
        this.#temps[s.high] = this.#R[(SCRATCH >> 2) + 1];
        return this.#R[FAULT];
      case 'storePair':
        this.#R[SCRATCH >> 2] = this.#value(s.low);
        this.#R[(SCRATCH >> 2) + 1] = this.#value(s.high);
        vp.storeBlock(this.#addresses[s.address], 8, SCRATCH, this.#op);
        return this.#R[FAULT];
      case 'loadDoubles': {
        const target = this.#value(s.target);
        vp.loadBlock(this.#addresses[s.address], s.ids.length * 8, target, this.#op);
        s.ids.forEach((id, i) => (this.#floatTemps[id] = vp.F[(target >> 3) + i]));
        return this.#R[FAULT];
      }
      case 'storeDoubles':
        vp.storeBlock(this.#addresses[s.address], s.count * 8, this.#value(s.source), this.#op);
        return this.#R[FAULT];
      case 'letFloat':
        this.#floatTemps[s.id] = this.#float(s.value);
        return STATUS_OK;
      case 'setDouble':
        vp.F[(this.#value(s.at) + s.offset) >> 3] = this.#float(s.value);
        return STATUS_OK;
      case 'setSingle':
        vp.S[(this.#value(s.at) + s.offset) >> 2] = this.#float(s.value);
        return STATUS_OK;
      case 'pointers':
        if (s.to === 'instruction' || s.to === 'operand') this.#recordPointers(s.to === 'operand');
        return STATUS_OK;
      case 'probe':
        vp.probeStore(this.#addresses[s.address], s.size, this.#op);
        return this.#R[FAULT];
      case 'setReg':
        this.#setRegister(s.slot, s.width, this.#value(s.value));
        return STATUS_OK;
      case 'setLane':
        this.#R[s.lane] = this.#value(s.value);
        return STATUS_OK;
      case 'setTop':
        this.#R[FSW] = (this.#R[FSW] & ~FSW_TOP) | (this.#value(s.value) << 11);
        return STATUS_OK;
      case 'setStack':
        this.#R[ST + 4 * this.#value(s.physical) + s.part] = this.#value(s.value);
        return STATUS_OK;
      case 'setWord':
        this.#R[(this.#value(s.at) + this.#value(s.offset)) >> 2] = this.#value(s.value);
        return STATUS_OK;
      case 'setFlags':
        this.#setFlags(s);
        return STATUS_OK;
      case 'if':
        return this.run(this.#value(s.condition) !== 0 ? s.then : s.otherwise);
      case 'raise':
        return vp.raise(s.vector, s.error);
      case 'require': {
        const vector = unavailable(this.#R, s.unit);
        return vector < 0 ? STATUS_OK : vp.raise(vector, -1);
      }
      case 'unit':
        return this.#unit(s);
      case 'checkTarget':
        return vp.targetOutside(this.#value(s.target)) ? STATUS_FAULT : STATUS_OK;
      case 'branch':
        if (this.#value(s.condition) === 0) return STATUS_OK;
        return vp.targetOutside(this.#op.target) ? STATUS_FAULT : this.#goto(this.#op.target);
      case 'jump':
        return this.#goto(this.#op.target);
      case 'jumpTo':
        return this.#goto(this.#value(s.target));
    }
  }

  #recordPointers(hasOperand: boolean): void {
    const R = this.#R;
    R[FIP] = this.#op.ip;
    R[FCS] = this.#vp.H[SEG_SELECTOR + 1];
    R[FOP] = this.#op.immediate;
    if (!hasOperand) return;
    R[FDP] = this.#vp.effectiveAddress(this.#op);
    R[FDS] = this.#vp.H[SEG_SELECTOR + this.#op.segment];
  }

  #goto(target: number): number {
    this.#R[RIP] = target;
    return STATUS_BRANCHED;
  }

  #unit(s: Extract<Statement, { k: 'unit' }>): number {
    const call = this.#units[s.unit][s.name] as (...args: number[]) => number | void;
    const result = call.apply(this.#units[s.unit], s.args.map((a) => this.#value(a)));
    if (s.id >= 0) this.#temps[s.id] = result as number;
    return s.mayFault ? this.#R[FAULT] : STATUS_OK;
  }

  #setFlags(s: Extract<Statement, { k: 'setFlags' }>): void {
    const shift = 32 - s.width;
    const a = this.#value(s.a);
    const b = this.#value(s.b);
    const keepsSecond = s.kind === 'word' || s.kind === 'inc' || s.kind === 'dec' || s.kind === 'result';
    this.#R[FLAG_A] = a << shift;
    this.#R[FLAG_B] = keepsSecond ? b : b << shift;
    this.#R[FLAG_KIND] = s.kind === 'word' ? KIND_WORD : FLAG_KINDS[s.kind] | SIZE_CODE[s.width];
  }

  #segment(segment: AddressSegment): number {
    return segment === 'operand' ? this.#op.segment : segment === 'stack' ? 2 : 0;
  }

  #load(address: number, width: Width): number {
    const linear = this.#addresses[address];
    if (width === 32) return this.#vp.load32(linear, this.#op);
    return width === 16 ? this.#vp.load16(linear, this.#op) : this.#vp.load8(linear, this.#op);
  }

  #store(address: number, width: Width, value: number): void {
    const linear = this.#addresses[address];
    if (width === 32) this.#vp.store32(linear, value, this.#op);
    else if (width === 16) this.#vp.store16(linear, value, this.#op);
    else this.#vp.store8(linear, value, this.#op);
  }

  /** Byte offset of a general register in the state: 8-bit registers 4 to 7 are the second bytes of 0 to 3. */
  #place(slot: RegisterSlot, width: Width): number {
    const number = slot === 'reg' ? this.#op.regNumber : slot === 'rm' ? this.#op.rmNumber : slot;
    return width === 8 && number >= 4 ? byteOffset('gpr', number - 4) + 1 : byteOffset('gpr', number);
  }

  #setRegister(slot: RegisterSlot, width: Width, value: number): void {
    const at = this.#place(slot, width);
    if (width === 32) this.#R[at >> 2] = value;
    else if (width === 16) this.#vp.H[at >> 1] = value;
    else this.#vp.B[at] = value;
  }

  #float(e: FloatExpression): number {
    switch (e.k) {
      case 'floatConst':
        return e.value;
      case 'floatTemp':
        return this.#floatTemps[e.id];
      case 'double':
        return this.#vp.F[(this.#value(e.at) + e.offset) >> 3];
      case 'single':
        return this.#vp.S[(this.#value(e.at) + e.offset) >> 2];
      case 'floatBinary':
        return floatArithmetic(e.op, this.#float(e.a), this.#float(e.b));
      case 'floatUnary':
        return Math[e.op === 'single' ? 'fround' : e.op](this.#float(e.a));
      case 'fromInteger':
        return this.#value(e.a);
    }
  }

  #value(e: Expression): number {
    const R = this.#R;
    switch (e.k) {
      case 'const':
        return e.value;
      case 'temp':
        return this.#temps[e.id];
      case 'field':
        return this.#op[e.name];
      case 'reg': {
        const at = this.#place(e.slot, e.width);
        return e.width === 32 ? R[at >> 2] : e.width === 16 ? this.#vp.H[at >> 1] : this.#vp.B[at];
      }
      case 'lane':
        return R[e.lane];
      case 'top':
        return (R[FSW] >>> 11) & 7;
      case 'stack':
        return R[ST + 4 * this.#value(e.physical) + e.part];
      case 'word':
        return R[(this.#value(e.at) + this.#value(e.offset)) >> 2];
      case 'unary':
        return unary(e.op, this.#value(e.a));
      case 'binary':
        return arithmetic(e.op, this.#value(e.a), this.#value(e.b));
      case 'compare':
        return compare(e.op, this.#value(e.a), this.#value(e.b)) ? 1 : 0;
      case 'select':
        return this.#value(e.c) !== 0 ? this.#value(e.a) : this.#value(e.b);
      case 'condition':
        return conditionOf(e.code, R[FLAG_KIND], R[FLAG_A], R[FLAG_B]);
      case 'carry':
        return carryOf(R[FLAG_KIND], R[FLAG_A], R[FLAG_B]);
      case 'flags':
        return flagsWord(R[FLAG_KIND], R[FLAG_A], R[FLAG_B]);
      case 'pure': {
        const call = pure[e.name as keyof typeof pure] as ((...args: number[]) => number) | undefined;
        if (call === undefined) throw new Error(`pure function ${e.name} is not one of emit-js/pure.ts`);
        return call(...e.args.map((a) => this.#value(a)));
      }
      case 'floatCompare':
        return floatCompare(e.op, this.#float(e.a), this.#float(e.b)) ? 1 : 0;
      case 'fact':
        return this.#value(e.test);
      case 'truncate':
        return this.#float(e.a) | 0;
      case 'ea':
        return this.#vp.effectiveAddress(this.#op);
      case 'linear':
        return this.#addresses[e.address];
      case 'vector':
        return byteOffset(e.file === 'xmm' ? 'xmm' : 'st', e.slot === 'reg' ? this.#op.regNumber : this.#op.rmNumber);
    }
  }
}
