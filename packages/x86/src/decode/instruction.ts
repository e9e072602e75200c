/**
 * What the decoder writes: one reused object of numbers, so that decoding allocates nothing.
 * Registers are numbered as encoded (0..15, REX applied); −1 means absent.
 */
export class Instruction {
  /** Row of the opcode map (`FORMS[form]`), or {@link INVALID_FORM} for an undefined opcode. */
  form: number = INVALID_FORM;
  /** Length in bytes, prefixes included. */
  length: number = 0;
  /** Effective operand size in bits: 16, 32 or 64. */
  operandSize: number = 32;
  /** Effective address size in bits: 16, 32 or 64. */
  addressSize: number = 32;
  /** Prefixes seen, as a mask of `PREFIX_*`. */
  prefixes: number = 0;
  /** REX byte (0x40..0x4f), or 0. */
  rex: number = 0;
  /** Effective segment of the memory operand: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. Also the source segment of string operations. */
  segment: number = 3;
  /** The ModRM byte, or −1 when the form has none. */
  modrm: number = -1;
  /** ModRM.reg with REX.R. For opcode-embedded registers (+r), the register with REX.B. */
  reg: number = 0;
  /** ModRM.rm with REX.B when it names a register. */
  rm: number = 0;
  /** Whether the ModRM (or moffs) operand is in memory. */
  isMemory: boolean = false;
  /** Base register, −1 if none, {@link RIP_BASE} for RIP-relative. */
  base: number = -1;
  /** Index register, −1 if none. */
  index: number = -1;
  /** Log2 of the scale: 0..3. */
  scale: number = 0;
  /** Displacement, sign-extended to 32 bits (for 16-bit addressing to 16 bits); the low half of a 64-bit moffs. */
  displacement: number = 0;
  /** High half of a 64-bit moffs, else the sign of `displacement`. */
  displacementHigh: number = 0;
  /** First immediate as an int32: sign-extended for signed operand codes (Ib with sign extension, Iz), zero-extended for unsigned ones. Branch displacement for Jb/Jz. Offset of a far pointer. */
  immediate: number = 0;
  /** High half of a 64-bit immediate, else the sign of `immediate`. */
  immediateHigh: number = 0;
  /** Second immediate: ENTER's level, a far pointer's selector, EXTRQ-like second bytes. */
  immediate2: number = 0;
  /** The bytes make an instruction of more than 15 bytes: #GP(0) (vol. 2 §2.3.11), `form` is {@link INVALID_FORM}. */
  tooLong: boolean = false;
}

/** `Instruction.form` of an undefined opcode. */
export const INVALID_FORM: number = 0;
/** `Instruction.base` of a RIP-relative operand. */
export const RIP_BASE: number = 16;

/** 66h seen. */
export const PREFIX_OPERAND_SIZE: number = 0x01;
/** 67h seen. */
export const PREFIX_ADDRESS_SIZE: number = 0x02;
/** F0h seen. */
export const PREFIX_LOCK: number = 0x04;
/** F3h was the last of F2h/F3h. */
export const PREFIX_REP: number = 0x08;
/** F2h was the last of F2h/F3h. */
export const PREFIX_REPNE: number = 0x10;
/** A segment override was seen. */
export const PREFIX_SEGMENT: number = 0x20;
