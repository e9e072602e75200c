import { writeComparison } from '../flags/flags.ts';
import { EAX, EDI, EDX, ESI, FAULT, SEG_BASE } from '../vp/lanes.ts';
import type { Operation } from '../vp/operation.ts';
import type { Vp } from '../vp/vp.ts';
import { checkIoPermission } from '../system/io-permission.ts';
import { compare, copy, elementAt, fill, scan } from './bulk.ts';
import { compareRun, DECLINED, isPlain, moveRun, scanRun, storeRun } from './quick.ts';
import { DESTINATION, runString, SOURCE, type StringInstruction } from './run.ts';

const ES = 0;

/** Loads the element at SI in the (overridable) source segment. */
function loadSource(vp: Vp, op: Operation, size: number): number {
  const linear = vp.segmentLinear(op.segment, vp.R[ESI] & op.addressMask, size, false);
  return vp.R[FAULT] !== 0 ? 0 : load(vp, op, linear, size);
}

function loadDestination(vp: Vp, op: Operation, size: number): number {
  const linear = vp.segmentLinear(ES, vp.R[EDI] & op.addressMask, size, false);
  return vp.R[FAULT] !== 0 ? 0 : load(vp, op, linear, size);
}

function load(vp: Vp, op: Operation, linear: number, size: number): number {
  return size === 4 ? vp.load32(linear, op) : size === 2 ? vp.load16(linear, op) : vp.load8(linear, op);
}

function storeDestination(vp: Vp, op: Operation, size: number, value: number): void {
  const linear = vp.segmentLinear(ES, vp.R[EDI] & op.addressMask, size, true);
  if (vp.R[FAULT] !== 0) return;
  if (size === 4) vp.store32(linear, value, op);
  else if (size === 2) vp.store16(linear, value, op);
  else vp.store8(linear, value, op);
}

/** Whether `bytes` at `offset` lie inside the segment, without recording a fault. */
function inSegment(vp: Vp, segment: number, offset: number, bytes: number, write: boolean): boolean {
  vp.segmentLinear(segment, offset, bytes, write);
  const fits = vp.R[FAULT] === 0;
  vp.R[FAULT] = 0;
  return fits;
}

/** Buffer offset of the linear address `segment:offset` by the read or write TLB, or −1. */
function bufferOffset(vp: Vp, op: Operation, segment: number, offset: number, write: boolean): number {
  const linear = (vp.R[SEG_BASE + 2 * segment] + offset) | 0;
  const entry = (write ? vp.tlb.write : vp.tlb.read)[(linear >>> 12) + op.tlb];
  return entry === -1 ? -1 : linear ^ entry;
}

/**
 * Copies `bytes` within a page each; false, with nothing done, where it cannot. An overlap in the direction of the copy repeats
 * a pattern: only element by element is exact.
 */
function copyInPages(vp: Vp, op: Operation, source: number, destination: number, bytes: number, isBackward: boolean): boolean {
  if (!inSegment(vp, op.segment, source, bytes, false) || !inSegment(vp, ES, destination, bytes, true)) return false;
  const from = bufferOffset(vp, op, op.segment, source, false);
  const to = bufferOffset(vp, op, ES, destination, true);
  // The first element of a copy backward may reach into the next page.
  if (from < 0 || to < 0 || (from & 4095) + bytes > 4096 || (to & 4095) + bytes > 4096) return false;
  const distance = isBackward ? from - to : to - from;
  if (distance > 0 && distance < bytes) return false;
  copy(vp.memory.view, vp.memory.u8, from, to, bytes);
  return true;
}

const MOVS: StringInstruction = {
  uses: SOURCE | DESTINATION,
  compares: false,
  element(vp, op, size) {
    const value = loadSource(vp, op, size);
    if (vp.R[FAULT] === 0) storeDestination(vp, op, size, value);
  },
  bulk(vp, op, size, count) {
    return copyInPages(vp, op, vp.R[ESI] & op.addressMask, vp.R[EDI] & op.addressMask, size * count, false) ? count : 0;
  },
  bulkBackward(vp, op, size, count) {
    const before = size * (count - 1);
    return copyInPages(vp, op, (vp.R[ESI] & op.addressMask) - before, (vp.R[EDI] & op.addressMask) - before, size * count, true) ? count : 0;
  },
};

const STOS: StringInstruction = {
  uses: DESTINATION,
  compares: false,
  element(vp, op, size) {
    storeDestination(vp, op, size, vp.R[EAX]);
  },
  bulk(vp, op, size, count) {
    const destination = vp.R[EDI] & op.addressMask;
    if (!inSegment(vp, ES, destination, size * count, true)) return 0;
    const to = bufferOffset(vp, op, ES, destination, true);
    if (to < 0) return 0;
    fill(vp.memory.view, vp.memory.u8, to, size * count, vp.R[EAX], size);
    return count;
  },
};

const LODS: StringInstruction = {
  uses: SOURCE,
  compares: false,
  element(vp, op, size) {
    const value = loadSource(vp, op, size);
    if (vp.R[FAULT] === 0) setAccumulator(vp, size, value);
  },
};

const SCAS: StringInstruction = {
  uses: DESTINATION,
  compares: true,
  element(vp, op, size) {
    const value = loadDestination(vp, op, size);
    if (vp.R[FAULT] === 0) writeComparison(vp.R, size, vp.R[EAX], value);
  },
  bulk(vp, op, size, count, whileEqual) {
    const destination = vp.R[EDI] & op.addressMask;
    if (!inSegment(vp, ES, destination, size * count, false)) return 0;
    const at = bufferOffset(vp, op, ES, destination, false);
    if (at < 0) return 0;
    const wanted = size === 4 ? vp.R[EAX] : vp.R[EAX] & (size === 2 ? 0xffff : 0xff);
    const done = scan(vp.memory.view, vp.memory.u8, at, size, count, wanted, whileEqual);
    writeComparison(vp.R, size, wanted, elementAt(vp.memory.view, at + (done - 1) * size, size));
    return done;
  },
};

const CMPS: StringInstruction = {
  uses: SOURCE | DESTINATION,
  compares: true,
  element(vp, op, size) {
    const left = loadSource(vp, op, size);
    if (vp.R[FAULT] !== 0) return;
    const right = loadDestination(vp, op, size);
    if (vp.R[FAULT] === 0) writeComparison(vp.R, size, left, right);
  },
  bulk(vp, op, size, count, whileEqual) {
    const source = vp.R[ESI] & op.addressMask;
    const destination = vp.R[EDI] & op.addressMask;
    if (!inSegment(vp, op.segment, source, size * count, false) || !inSegment(vp, ES, destination, size * count, false)) return 0;
    const from = bufferOffset(vp, op, op.segment, source, false);
    const to = bufferOffset(vp, op, ES, destination, false);
    if (from < 0 || to < 0) return 0;
    const done = compare(vp.memory.view, vp.memory.u8, from, to, size, count, whileEqual);
    const last = (done - 1) * size;
    writeComparison(vp.R, size, elementAt(vp.memory.view, from + last, size), elementAt(vp.memory.view, to + last, size));
    return done;
  },
};

const INS: StringInstruction = {
  uses: DESTINATION,
  compares: false,
  element(vp, op, size) {
    const linear = vp.segmentLinear(ES, vp.R[EDI] & op.addressMask, size, true);
    if (vp.R[FAULT] !== 0) return;
    // The port is read only when the store cannot fail: a device sees the access once.
    if (!vp.probeWrite(linear, size, vp.cpl === 3)) return;
    const value = vp.readPort(vp.R[EDX] & 0xffff, size, op);
    if (vp.R[FAULT] === 0) storeDestination(vp, op, size, value);
  },
};

const OUTS: StringInstruction = {
  uses: SOURCE,
  compares: false,
  element(vp, op, size) {
    const value = loadSource(vp, op, size);
    if (vp.R[FAULT] === 0) vp.writePort(vp.R[EDX] & 0xffff, size, value, op);
  },
};

function setAccumulator(vp: Vp, size: number, value: number): void {
  if (size === 4) vp.R[EAX] = value;
  else if (size === 2) vp.H[EAX << 1] = value;
  else vp.B[EAX << 2] = value;
}

type Helper = (vp: Vp, op: Operation) => number;

function bytes(instruction: StringInstruction): Helper {
  return (vp, op) => runString(vp, op, instruction, 1);
}

function words(instruction: StringInstruction): Helper {
  return (vp, op) => runString(vp, op, instruction, op.operandSize >> 3);
}

/** What a quick run has done, or what is done where it has declined. */
function orElse(status: number, vp: Vp, op: Operation, instruction: StringInstruction, size: number): number {
  return status === DECLINED ? runString(vp, op, instruction, size) : status;
}

/** Port I/O is allowed by IOPL or the TSS's bitmap, checked once per dispatch (vol. 1 §19.5). */
function withPermission(size: (op: Operation) => number, run: Helper): Helper {
  return (vp, op) => {
    if (!checkIoPermission(vp, vp.R[EDX] & 0xffff, size(op))) return vp.R[FAULT];
    return run(vp, op);
  };
}

const operandBytes = (op: Operation): number => op.operandSize >> 3;

/** String instructions by form. Those that go by a quick run where that will do are written out, so that V8 knows what each calls. */
export const STRING_HELPERS: Readonly<Record<string, Helper>> = {
  Movs_Yb_Xb: (vp, op) => orElse(isPlain(vp, op) ? moveRun(vp, op, 0) : DECLINED, vp, op, MOVS, 1),
  Movs_Yv_Xv: (vp, op) => orElse(isPlain(vp, op) ? moveRun(vp, op, op.operandSize >> 4) : DECLINED, vp, op, MOVS, op.operandSize >> 3),
  Stos_Yb_AL: (vp, op) => orElse(isPlain(vp, op) ? storeRun(vp, op, 0) : DECLINED, vp, op, STOS, 1),
  Stos_Yv_rAX: (vp, op) => orElse(isPlain(vp, op) ? storeRun(vp, op, op.operandSize >> 4) : DECLINED, vp, op, STOS, op.operandSize >> 3),
  Lods_AL_Xb: bytes(LODS),
  Lods_rAX_Xv: words(LODS),
  Scas_AL_Yb: (vp, op) => orElse(isPlain(vp, op) ? scanRun(vp, op, 0) : DECLINED, vp, op, SCAS, 1),
  Scas_rAX_Yv: (vp, op) => orElse(isPlain(vp, op) ? scanRun(vp, op, op.operandSize >> 4) : DECLINED, vp, op, SCAS, op.operandSize >> 3),
  Cmps_Xb_Yb: (vp, op) => orElse(isPlain(vp, op) ? compareRun(vp, op, 0) : DECLINED, vp, op, CMPS, 1),
  Cmps_Xv_Yv: (vp, op) => orElse(isPlain(vp, op) ? compareRun(vp, op, op.operandSize >> 4) : DECLINED, vp, op, CMPS, op.operandSize >> 3),
  Ins_Yb_DX: withPermission(() => 1, bytes(INS)),
  Ins_Yz_DX: withPermission(operandBytes, words(INS)),
  Outs_DX_Xb: withPermission(() => 1, bytes(OUTS)),
  Outs_DX_Xz: withPermission(operandBytes, words(OUTS)),
};
