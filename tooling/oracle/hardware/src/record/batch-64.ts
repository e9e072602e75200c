import { Decoder, FORMS, Instruction } from '@ringzero/x86';
import type { Case, Code } from '../format/cases.ts';
import { CODE_BASE, EFLAGS, FX, READ_ONLY_BYTES, STATE_LANES, WINDOW_BASE, WINDOW_BYTES } from '../format/layout.ts';
import { Sequence } from '../format/random.ts';
import { startOf } from '../format/start.ts';
import { windowImage } from '../format/window-image.ts';
import { BATCH_MAGIC } from './batch.ts';

/** Words of a 64-bit state: sixteen general registers, RFLAGS, RIP, six selectors, and 416 bytes of the FXSAVE image. */
export const STATE_WORDS_64 = 146;
const RFLAGS_WORD = 32;
const RIP_WORD = 34;
const FX_WORD = 42;
const FX_WORDS_32: number = STATE_LANES - FX;
/** Families whose codes touch nothing but registers and the operands that they name: they need no addresses in memory. */
const FAMILIES = /^(integer|mmx|s?sse|x87|sequence)/;

/** A result as the executor gives it. */
export interface Outcome64 {
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: number;
  /** Words of the state that changed, with their values. */
  readonly words: readonly (readonly [word: number, value: number])[];
  readonly memory: readonly (readonly [offset: number, value: number])[];
}

/** Whether 64-bit code of these bytes is the same forms: nothing that exists in the other modes alone, and no REX prefix. */
export function meansTheSame(code: Code): boolean {
  if (code.segments !== 'flat' || !FAMILIES.test(code.family)) return false;
  const decoder = new Decoder(64);
  const instruction = new Instruction();
  const padded = Uint8Array.from([...code.bytes, ...new Array<number>(16).fill(0xcc)]);
  let at = 0;
  for (const form of code.forms) {
    const length = decoder.decode(padded, at, padded.length, instruction);
    if (length === 0 || FORMS[instruction.form].name !== form || instruction.rex !== 0) return false;
    at += length;
  }
  return at === code.bytes.length - 1;
}

/** The 64-bit state of a case: the 32-bit one, zero-extended, and eight registers of each kind more from the seed. */
export function startOf64(item: Case, code: Code, to: Int32Array = new Int32Array(STATE_WORDS_64)): Int32Array {
  const state = startOf(item, code);
  const random = new Sequence(item.seed ^ 0x6464_6464);
  to.fill(0);
  for (let i = 0; i < 8; i++) to[2 * i] = state[i];
  for (let word = 16; word < RFLAGS_WORD; word++) to[word] = random.next();
  to[RFLAGS_WORD] = state[EFLAGS];
  to[RIP_WORD] = CODE_BASE + code.offset;
  to.set(state.subarray(FX), FX_WORD);
  for (let word = FX_WORD + FX_WORDS_32; word < STATE_WORDS_64; word++) to[word] = random.next();
  return to;
}

/** A batch for the 64-bit executor. */
export function buildBatch64(codes: readonly Code[], area: Uint8Array, cases: readonly Case[]): Uint8Array {
  const image = windowImage();
  const head = [BATCH_MAGIC, 64, CODE_BASE, area.length, WINDOW_BASE, WINDOW_BYTES, READ_ONLY_BYTES, 0, cases.length];
  const words = new Int32Array(head.length + area.length / 4 + image.length + cases.length * (STATE_WORDS_64 + 1));
  words.set(head, 0);
  let at = head.length;
  new Uint8Array(words.buffer).set(area, 4 * at);
  at += area.length / 4;
  words.set(image, at);
  at += image.length;
  for (const item of cases) {
    startOf64(item, codes[item.code], words.subarray(at, at + STATE_WORDS_64));
    // No patches: the cases of these families have none.
    at += STATE_WORDS_64 + 1;
  }
  return new Uint8Array(words.buffer);
}

/** Outcomes of a 64-bit batch. */
export function readResults64(codes: readonly Code[], cases: readonly Case[], results: Uint8Array): Outcome64[] {
  const words = new Int32Array(results.buffer.slice(results.byteOffset, results.byteOffset + results.byteLength));
  const start = new Int32Array(STATE_WORDS_64);
  let at = 0;
  return cases.map((item): Outcome64 => {
    startOf64(item, codes[item.code], start);
    const changed: [number, number][] = [];
    for (let word = 0; word < STATE_WORDS_64; word++) if (isRecorded(word) && words[at + word] !== start[word]) changed.push([word, words[at + word]]);
    at += STATE_WORDS_64;
    const [vector, errorCode, cr2, count] = words.subarray(at, at + 4);
    at += 4;
    const memory = Array.from({ length: count }, (_, i): [number, number] => [words[at + 2 * i], words[at + 2 * i + 1]]);
    at += 2 * count;
    return { vector, errorCode, cr2: vector === 14 ? cr2 : 0, words: changed, memory };
  });
}

/** Selectors are the kernel's, x87 pointers are lost without a pending exception, and MXCSR_MASK is a constant. */
function isRecorded(word: number): boolean {
  return word < RIP_WORD + 2 || word === FX_WORD || word === FX_WORD + 6 || word >= FX_WORD + 8;
}
