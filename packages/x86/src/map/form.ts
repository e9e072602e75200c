import type { Feature } from './features.ts';
import type { FlagEffects } from './flags.ts';

/** One instruction form: a row of the opcode map. */
export interface Form {
  /** Index in `FORMS`; 0 is the undefined opcode. */
  readonly id: number;
  /** Mnemonic and operand codes, `Adc_Ev_Gv`: unique, and what semantics are filed under. */
  readonly name: string;
  /** Mnemonic in Intel syntax, lower case. */
  readonly mnemonic: string;
  /** Opcode in the manual's notation. */
  readonly opcode: string;
  /** Operand codes (vol. 2D appendix A.2), destination first. */
  readonly operands: readonly string[];
  /** Condition code 0..15 of Jcc, SETcc and CMOVcc. */
  readonly condition?: number;
  readonly flags: FlagEffects;
  /** CPUID feature that brought it; absent for what the 486 has. */
  readonly feature?: Feature;
  /** LOCK is allowed with a memory destination (vol. 2, LOCK). */
  readonly lock: boolean;
  /** Modes it exists in: everywhere, not in 64-bit mode, or only there. */
  readonly mode: 'all' | 'legacy' | 'long';
  /** In 64-bit mode the operand size is 64 bits without REX.W. */
  readonly default64: boolean;
}

/** Facts of a row beyond its opcode and name. */
export interface RowOptions {
  readonly condition?: number;
  readonly lock?: boolean;
  readonly mode?: 'legacy' | 'long';
  readonly default64?: boolean;
  /** The mnemonic, where the name's own differs. */
  readonly mnemonic?: string;
}

/** A row as families write it. */
export interface Row {
  readonly opcode: string;
  readonly name: string;
  readonly options: RowOptions;
}

/** One row: opcode in the manual's notation, form name, and what else there is to say. Several opcodes may be one form. */
export function row(opcode: string, name: string, options: RowOptions = {}): Row {
  return { opcode, name, options };
}

export function hex2(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

/** Condition codes in order (vol. 1 appendix B). */
export const CONDITIONS: readonly string[] = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];
