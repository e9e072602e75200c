/** A general register by size in bytes and encoding. */
export interface Register {
  readonly kind: 'register';
  readonly size: 1 | 2 | 4;
  readonly number: number;
}

/** A segment, control or debug register. */
export interface SpecialRegister {
  readonly kind: 'segment' | 'control' | 'debug';
  readonly number: number;
}

/** A number, or the address of a label. */
export type Value = number | string;

/** The parts of a memory operand. */
export interface Address {
  readonly base?: Register;
  readonly index?: Register;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly displacement?: Value;
  readonly segment?: SpecialRegister;
}

/** A memory operand of a size in bytes. */
export interface Memory extends Address {
  readonly kind: 'memory';
  readonly size: number;
}

/** Anything that an instruction can be given. */
export type Operand = Register | SpecialRegister | Memory | Value;

const register = (size: 1 | 2 | 4, number: number): Register => ({ kind: 'register', size, number });
const special = (kind: SpecialRegister['kind'], number: number): SpecialRegister => ({ kind, number });

export const al: Register = register(1, 0);
export const cl: Register = register(1, 1);
export const dl: Register = register(1, 2);
export const bl: Register = register(1, 3);
export const ah: Register = register(1, 4);
export const ch: Register = register(1, 5);
export const dh: Register = register(1, 6);
export const bh: Register = register(1, 7);
export const ax: Register = register(2, 0);
export const cx: Register = register(2, 1);
export const dx: Register = register(2, 2);
export const bx: Register = register(2, 3);
export const sp: Register = register(2, 4);
export const bp: Register = register(2, 5);
export const si: Register = register(2, 6);
export const di: Register = register(2, 7);
export const eax: Register = register(4, 0);
export const ecx: Register = register(4, 1);
export const edx: Register = register(4, 2);
export const ebx: Register = register(4, 3);
export const esp: Register = register(4, 4);
export const ebp: Register = register(4, 5);
export const esi: Register = register(4, 6);
export const edi: Register = register(4, 7);
export const es: SpecialRegister = special('segment', 0);
export const cs: SpecialRegister = special('segment', 1);
export const ss: SpecialRegister = special('segment', 2);
export const ds: SpecialRegister = special('segment', 3);
export const fs: SpecialRegister = special('segment', 4);
export const gs: SpecialRegister = special('segment', 5);
export const cr0: SpecialRegister = special('control', 0);
export const cr2: SpecialRegister = special('control', 2);
export const cr3: SpecialRegister = special('control', 3);
export const cr4: SpecialRegister = special('control', 4);
export const dr0: SpecialRegister = special('debug', 0);
export const dr1: SpecialRegister = special('debug', 1);
export const dr6: SpecialRegister = special('debug', 6);
export const dr7: SpecialRegister = special('debug', 7);

function memory(size: number, address: Value | Address): Memory {
  return { kind: 'memory', size, ...(typeof address === 'object' ? address : { displacement: address }) };
}

/** A byte of memory at an address, a label, or base + index × scale + displacement. */
export const byte = (address: Value | Address): Memory => memory(1, address);
/** 16 bits of memory. */
export const word = (address: Value | Address): Memory => memory(2, address);
/** 32 bits of memory. */
export const dword = (address: Value | Address): Memory => memory(4, address);
/** 64 bits of memory, for x87. */
export const qword = (address: Value | Address): Memory => memory(8, address);
/** 80 bits of memory, for x87. */
export const tword = (address: Value | Address): Memory => memory(10, address);
