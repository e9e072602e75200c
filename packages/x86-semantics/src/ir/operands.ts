import type { RegisterSlot, VectorFile, Width } from './nodes.ts';

/** An operand as a semantics function sees it: where it is, not which one. */
export type Operand =
  | { readonly k: 'gpr'; readonly slot: RegisterSlot; readonly width: Width }
  | { readonly k: 'memory'; readonly size: number }
  | { readonly k: 'immediate'; readonly second: boolean }
  | { readonly k: 'constant'; readonly value: number }
  | { readonly k: 'vector'; readonly slot: 'reg' | 'rm'; readonly file: VectorFile };

/** Facts of the translation at hand that operands depend on. */
export interface Shape {
  readonly operandSize: 16 | 32;
  readonly isMemory: boolean;
}

const FIXED: Readonly<Record<string, readonly [number, 8 | 16 | 32 | 0]>> = {
  AL: [0, 8], CL: [1, 8], DL: [2, 8], BL: [3, 8], AH: [4, 8], CH: [5, 8], DH: [6, 8], BH: [7, 8],
  AX: [0, 16], CX: [1, 16], DX: [2, 16], EAX: [0, 32], ECX: [1, 32], EDX: [2, 32],
  rAX: [0, 0], eAX: [0, 0], rCX: [1, 0], rDX: [2, 0],
};

const SIZE_LETTERS: Readonly<Record<string, number>> = { b: 8, w: 16, d: 32, q: 64, dq: 128, t: 80, ss: 32, sd: 64, ps: 128, pd: 128, si: 32, pi: 64, x: 128 };

function bits(letters: string, operandSize: 16 | 32): number {
  if (letters === 'v' || letters === 'z' || letters === 'y') return letters === 'y' ? 32 : operandSize;
  const size = SIZE_LETTERS[letters];
  if (size === undefined) throw new RangeError(`operand size letter ${letters} has no width`);
  return size;
}

function general(slot: RegisterSlot, size: number): Operand {
  return { k: 'gpr', slot, width: size > 32 ? 32 : (size as Width) };
}

/** Resolves an operand code of the opcode map (vol. 2D appendix A.2) for one shape. */
export function resolveOperand(code: string, shape: Shape): Operand {
  const fixed = FIXED[code];
  if (fixed !== undefined) return general(fixed[0], fixed[1] === 0 ? shape.operandSize : fixed[1]);
  if (code === '1') return { k: 'constant', value: 1 };
  if (code === '3') return { k: 'constant', value: 3 };
  if (/^(s?I)[bwzvdq]$/.test(code)) return { k: 'immediate', second: false };
  const method = code[0]!;
  const letters = code.slice(1);
  switch (method) {
    case 'E':
    case 'R':
    case 'M':
    case 'O': {
      // `b32` and `w32`: a byte or word in memory, else a whole register (the manual's Rd/Mb).
      if (letters.endsWith('32')) return shape.isMemory ? { k: 'memory', size: bits(letters[0]!, shape.operandSize) >> 3 } : general('rm', 32);
      const size = bits(letters === '' ? 'b' : letters, shape.operandSize);
      return shape.isMemory ? { k: 'memory', size: size >> 3 } : general('rm', size);
    }
    case 'G':
    case 'Z':
      return general('reg', bits(letters, shape.operandSize));
    case 'V':
    case 'P':
      return { k: 'vector', slot: 'reg', file: method === 'V' ? 'xmm' : 'mmx' };
    case 'W':
    case 'Q':
      return shape.isMemory ? { k: 'memory', size: bits(letters, shape.operandSize) >> 3 } : { k: 'vector', slot: 'rm', file: method === 'W' ? 'xmm' : 'mmx' };
    case 'U':
    case 'N':
      return { k: 'vector', slot: 'rm', file: method === 'U' ? 'xmm' : 'mmx' };
    default:
      return { k: 'constant', value: 0 };
  }
}
