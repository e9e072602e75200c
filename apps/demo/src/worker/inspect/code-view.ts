import type { Machine } from '@ringzero/machine';
import { Decoder, formatInstruction, INVALID_FORM, Instruction } from '@ringzero/x86';
import type { CodeLine, CodeView } from '../../protocol/inspection.ts';
import { hex } from './hex.ts';
import { readLinear } from './linear-memory.ts';

const CODE_32 = 0x4000;
/** Bytes looked at before RIP: where instructions begin there is only known by trying. */
const BEFORE = 32;
const LINES_BEFORE = 6;
const LINES_AFTER = 18;
const LONGEST_INSTRUCTION = 15;

/** The instructions around RIP. */
export function viewCode(machine: Machine, index: number): CodeView {
  const processor = machine.processors[index];
  if (processor === undefined) return { lines: [], problem: `There is no processor ${index}.` };
  const registers = processor.accessState(0).get('registers');
  const bits = (registers.cs.attributes & CODE_32) !== 0 ? 32 : 16;
  const ip = Number(registers.rip & 0xffff_ffffn);
  const base = Number(registers.cs.base & 0xffff_ffffn);
  const after = readLinear(machine, registers, (base + ip) >>> 0, LINES_AFTER * LONGEST_INSTRUCTION);
  if (after.length === 0) return { lines: [], problem: `There is no memory at ${hex(base + ip)}.` };
  const lead = Math.min(BEFORE, ip);
  const before = readLinear(machine, registers, (base + ip - lead) >>> 0, lead);
  const decoder = new Decoder(bits);
  const lines = before.length === lead ? decodeBefore(decoder, before, ip - lead, bits).slice(-LINES_BEFORE) : [];
  return { lines: [...lines, ...decodeLines(decoder, after, ip, bits, LINES_AFTER, ip)] };
}

/** Decodes so that an instruction ends right where `bytes` do: the latest start that has many instructions. */
function decodeBefore(decoder: Decoder, bytes: Uint8Array, address: number, bits: 16 | 32): CodeLine[] {
  for (let start = 0; start < bytes.length; start++) {
    const lines = decodeLines(decoder, bytes.subarray(start), address + start, bits, Infinity, -1);
    const last = lines.at(-1);
    if (last === undefined || lines.some(({ text }) => text.startsWith('db '))) continue;
    return lines;
  }
  return [];
}

function decodeLines(decoder: Decoder, bytes: Uint8Array, address: number, bits: 16 | 32, most: number, current: number): CodeLine[] {
  const instruction = new Instruction();
  const lines: CodeLine[] = [];
  for (let at = 0; at < bytes.length && lines.length < most; ) {
    const decoded = decoder.decode(bytes, at, bytes.length, instruction);
    const isBad = decoded === 0 || instruction.form === INVALID_FORM;
    const length = isBad ? 1 : decoded;
    lines.push({
      address: hex(address + at),
      bytes: bytesText(bytes.subarray(at, at + length)),
      text: isBad ? `db 0x${bytesText(bytes.subarray(at, at + 1))}` : formatInstruction(instruction, address + at, bits),
      isCurrent: address + at === current,
    });
    at += length;
  }
  return lines;
}

/** Bytes in hexadecimal, with spaces between. */
export function bytesText(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
