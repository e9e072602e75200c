import type { Form } from '@ringzero/x86';
import type { Region } from '../format/window-image.ts';

/** A memory operand as a generator sees it. */
export interface MemoryOperand {
  readonly bytes: number;
  readonly region: Region;
}

const SIZES: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, t: 10, dq: 16, ps: 16, pd: 16, ss: 4, sd: 8, s: 6, pi: 8, b32: 1, w32: 2, d32: 4 };
/** Sizes of images and of what has no operand code of its own. */
const IMAGES: Readonly<Record<string, number>> = { Fxsave: 512, Fxrstor: 512, Xsave: 576, Xrstor: 576, Fnsave: 108, Frstor: 108, Fldenv: 28, Fnstenv: 28 };

function sizeOf(suffix: string, operandSize: number): number {
  if (suffix === 'v' || suffix === 'z' || suffix === 'y') return operandSize / 8;
  if (suffix === 'a') return operandSize / 4;
  if (suffix === 'p') return operandSize / 8 + 2;
  return SIZES[suffix] ?? 4;
}

function regionOf(form: Form, code: string): Region {
  const suffix = code.slice(1);
  if (/^D[89A-F] /.test(form.opcode)) {
    if (/^Fb/.test(form.name)) return 'bcd';
    if (/^Fi/.test(form.name)) return 'integer';
    return suffix === 'd' ? 'single' : suffix === 'q' ? 'double' : suffix === 't' ? 'extended' : 'integer';
  }
  if (suffix === 'ps' || suffix === 'ss' || /ps2|ss2/.test(form.name)) return 'single';
  if (suffix === 'pd' || suffix === 'sd' || /pd2|sd2/.test(form.name)) return 'double';
  if (/^(Dpps|Roundps|Blendps)/.test(form.name)) return 'single';
  if (/^(Dppd|Roundpd|Blendpd)/.test(form.name)) return 'double';
  return 'integer';
}

/** The operand of a form that ModRM may put in memory. */
export function memoryOperand(form: Form, operandSize: number): MemoryOperand {
  const image = IMAGES[form.name.split('_', 1)[0]];
  if (image !== undefined) return { bytes: image, region: 'any' };
  const code = form.operands.find((operand) => /^[EMQWUNO]/.test(operand)) ?? 'Ed';
  return { bytes: sizeOf(code.slice(1), operandSize), region: regionOf(form, code) };
}

/** Whether ModRM.rm may be a register, and whether it may be memory, by the operand codes. */
export function isVector(form: Form): boolean {
  return form.operands.some((operand) => /^[VWU](dq|ps|pd|ss|sd|d|q|w)$/.test(operand));
}

export function isMmx(form: Form): boolean {
  return form.operands.some((operand) => /^[PQN](q|d|pi)$/.test(operand)) || form.name === 'Emms';
}

export function isX87(form: Form): boolean {
  return /^(D[89A-F] |9B)/.test(form.opcode);
}
