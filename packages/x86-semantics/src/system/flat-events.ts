import { EFLAGS_IF, EFLAGS_NT, EFLAGS_RF, EFLAGS_TF, EFLAGS_VM } from '@ringzero/x86';
import { MODE_FLAT, MODE_STACK32 } from '../vp/mode.ts';
import type { Vp } from '../vp/vp.ts';
import { ESP, IDTR_BASE, IDTR_LIMIT, RFLAGS, RIP, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../vp/lanes.ts';
import { SEG_CS, SEG_SS, SEG_TR } from './constants.ts';
import { flatAttributes, flatCodeLevel, flatDataLevel, writeFlat } from './flat-segments.ts';
import { dropInnerSegments } from './return-segments.ts';
import { selectorOf } from './segments.ts';
import { readsTables, systemOffset } from './system-offset.ts';

const FLAT_STACK: number = MODE_STACK32 | (MODE_FLAT << SEG_SS);
/** A gate's high half under its mask: a present 32-bit interrupt or trap gate. */
const GATE_MASK = 0x9e00;
const GATE = 0x8e00;
const TRAP = 0x100;

/**
 * An event through a 32-bit interrupt or trap gate to a flat code segment, on a flat stack: the same level's, or the one that a
 * 32-bit TSS names. `checksGate` compares the gate's DPL with CPL. False: nothing is done, and the complete path decides.
 */
export function enterFlatGate(vp: Vp, vector: number, checksGate: boolean, errorCode: number, returnIp: number, flags: number): boolean {
  const R = vp.R;
  if ((flags & EFLAGS_VM) !== 0 || !readsTables(vp) || vector * 8 + 7 > vp.U[IDTR_LIMIT]) return false;
  const { view } = vp.memory;
  const gate = systemOffset(vp, (R[IDTR_BASE] + vector * 8) | 0, 8);
  if (gate < 0) return false;
  const low = view.getInt32(gate, true);
  const high = view.getInt32(gate + 4, true);
  const { cpl } = vp;
  if ((high & GATE_MASK) !== GATE || (checksGate && ((high >>> 13) & 3) < cpl)) return false;
  const selector = low >>> 16;
  const level = flatCodeLevel(vp, selector);
  const code = flatAttributes();
  if (level < 0 || level > cpl || level === 3) return false;

  let esp = R[ESP];
  let stackSelector = -1;
  let stack = 0;
  if (level < cpl) {
    if ((R[SEG_ATTRIBUTES + SEG_TR] & 8) === 0 || 8 * level + 11 > vp.U[SEG_LIMIT + SEG_TR]) return false;
    const at = systemOffset(vp, (R[SEG_BASE + 2 * SEG_TR] + 4 + 8 * level) | 0, 8);
    if (at < 0) return false;
    esp = view.getInt32(at, true);
    stackSelector = view.getUint16(at + 4, true);
    if ((stackSelector & 3) !== level || flatDataLevel(vp, stackSelector) !== level) return false;
    stack = flatAttributes();
  } else if ((vp.mode & FLAT_STACK) !== FLAT_STACK) return false;
  const bytes = 12 + (errorCode >= 0 ? 4 : 0) + (stackSelector >= 0 ? 8 : 0);
  const top = (esp - bytes) | 0;
  let at = systemOffset(vp, top, bytes, true);
  if (at < 0) return false;
  if (errorCode >= 0) {
    view.setInt32(at, errorCode, true);
    at += 4;
  }
  view.setInt32(at, returnIp, true);
  view.setInt32(at + 4, selectorOf(vp, SEG_CS), true);
  view.setInt32(at + 8, flags, true);
  if (stackSelector >= 0) {
    view.setInt32(at + 12, R[ESP], true);
    view.setInt32(at + 16, selectorOf(vp, SEG_SS), true);
  }
  R[RFLAGS] &= ~(EFLAGS_TF | EFLAGS_RF | EFLAGS_NT | EFLAGS_VM | ((high & TRAP) === 0 ? EFLAGS_IF : 0));
  vp.setCpl(level);
  if (stackSelector >= 0) writeFlat(vp, SEG_SS, stackSelector, stack);
  writeFlat(vp, SEG_CS, (selector & ~3) | level, code);
  R[ESP] = top;
  R[RIP] = (low & 0xffff) | (high & 0xffff_0000);
  return true;
}

/**
 * IRETD between flat segments, to the same or an outer level. `maskOf` is which flags it may load. False: nothing is done, and
 * the complete path decides. Otherwise RIP is written, and what every IRET does at its end is left.
 */
export function returnFlat(vp: Vp, maskOf: (vp: Vp, size: number) => number): boolean {
  const R = vp.R;
  const { cpl } = vp;
  const esp = R[ESP];
  if (cpl === 3 || (vp.mode & FLAT_STACK) !== FLAT_STACK || !readsTables(vp)) return false;
  const at = systemOffset(vp, esp, 20);
  if (at < 0) return false;
  const { view } = vp.memory;
  const flags = view.getInt32(at + 8, true);
  const selector = view.getUint16(at + 4, true);
  const level = selector & 3;
  if ((flags & EFLAGS_VM) !== 0 || level < cpl || flatCodeLevel(vp, selector) !== level) return false;
  const code = flatAttributes();
  const ip = view.getInt32(at, true);
  const mask = maskOf(vp, 4);
  if (level === cpl) {
    R[ESP] = (esp + 12) | 0;
    vp.setFlags(flags, mask);
    writeFlat(vp, SEG_CS, selector, code);
  } else {
    const stackSelector = view.getUint16(at + 16, true);
    if ((stackSelector & 3) !== level || flatDataLevel(vp, stackSelector) !== level) return false;
    const stack = flatAttributes();
    R[ESP] = view.getInt32(at + 12, true);
    vp.setCpl(level);
    vp.setFlags(flags, mask);
    writeFlat(vp, SEG_CS, selector, code);
    writeFlat(vp, SEG_SS, stackSelector, stack);
    dropInnerSegments(vp);
  }
  R[RIP] = ip;
  return true;
}
