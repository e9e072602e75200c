import { UsageError } from '../usage-error.ts';

/** Registers in the order of their bits in an RG32 chunk. */
export const REGISTERS = [
  'cr0', 'cr3', 'eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp', 'cs', 'ds', 'es', 'fs', 'gs', 'ss', 'eip', 'eflags', 'dr6', 'dr7',
] as const;
export type RegisterName = (typeof REGISTERS)[number];
/** The same of the 16-bit processors' REGS chunk, by the registers that hold them. */
export const REGISTERS_16 = ['eax', 'ebx', 'ecx', 'edx', 'cs', 'ss', 'ds', 'es', 'esp', 'ebp', 'esi', 'edi', 'eip', 'eflags'] as const satisfies readonly RegisterName[];
export type RegisterValues = ReadonlyMap<RegisterName, number>;

/** Processor and memory: everything at the start, what differs at the end. */
export interface TestState {
  readonly registers: RegisterValues;
  readonly memory: readonly (readonly [address: number, byte: number])[];
}

/** One test of a file. */
export interface SingleStepTest {
  readonly index: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly initial: TestState;
  readonly final: TestState;
  /** Masks of what is defined in the final registers; all of a register without one. */
  readonly masks: RegisterValues;
  /** The exception that it raised, and where the flags that it pushed lie. */
  readonly exception?: { readonly vector: number; readonly flagsAddress: number };
  /** In hexadecimal, as lists of revoked tests name it. */
  readonly hash: string;
}

/** A file of tests: the CPU that they were recorded on. */
export interface SingleStepFile {
  readonly cpu: string;
  readonly tests: Iterable<SingleStepTest>;
}

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** Reads the chunks of MOO 1.1 (github.com/dbalsom/moo): type, length, payload, some nested. */
class Reader {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  *chunks(start: number, end: number): Generator<Chunk> {
    for (let at = start; at < end; ) {
      if (at + 8 > end) throw this.broken(at, 'a chunk of at least 8 bytes');
      const length = this.#view.getUint32(at + 4, true);
      if (at + 8 + length > end) throw this.broken(at, `a chunk that ends by 0x${end.toString(16)}, not ${length} bytes`);
      yield { type: text(this.#bytes, at, at + 4), start: at + 8, end: at + 8 + length };
      at += 8 + length;
    }
  }

  broken(at: number, expected: string): UsageError {
    return new UsageError(`${this.#name}: at 0x${at.toString(16)}: expected ${expected}`);
  }

  u32({ end }: Chunk, at: number): number {
    if (at + 4 > end) throw this.broken(at, 'four more bytes');
    return this.#view.getUint32(at, true);
  }

  /** Which registers there are, and their values, in elements of 4 bytes, or of 2 in the chunks of 16-bit processors. */
  registers(chunk: Chunk, names: readonly RegisterName[], size: 2 | 4): RegisterValues {
    const element = (at: number): number => {
      if (at + size > chunk.end) throw this.broken(at, `${size} more bytes`);
      return size === 4 ? this.#view.getUint32(at, true) : this.#view.getUint16(at, true);
    };
    const present = element(chunk.start);
    const values = new Map<RegisterName, number>();
    let at = chunk.start + size;
    names.forEach((name, bit) => {
      if (((present >>> bit) & 1) === 0) return;
      values.set(name, element(at));
      at += size;
    });
    return values;
  }

  /** The masks of an RM32 or RMSK chunk; nothing of another. What a 16-bit mask does not reach is compared. */
  masks(chunk: Chunk): RegisterValues | undefined {
    if (chunk.type === 'RM32') return this.registers(chunk, REGISTERS, 4);
    if (chunk.type !== 'RMSK') return undefined;
    return new Map([...this.registers(chunk, REGISTERS_16, 2)].map(([name, mask]) => [name, mask | 0xffff_0000] as const));
  }

  memory(chunk: Chunk): (readonly [number, number])[] {
    const count = this.u32(chunk, chunk.start);
    if (chunk.start + 4 + 5 * count > chunk.end) throw this.broken(chunk.start, `${count} bytes of memory in the chunk`);
    return Array.from({ length: count }, (_, i) => [this.#view.getUint32(chunk.start + 4 + 5 * i, true), this.#bytes[chunk.start + 8 + 5 * i]!] as const);
  }

  state(chunk: Chunk): { readonly state: TestState; readonly masks: RegisterValues } {
    let registers: RegisterValues | undefined;
    let masks: RegisterValues = new Map();
    let memory: TestState['memory'] = [];
    for (const inner of this.chunks(chunk.start, chunk.end)) {
      if (inner.type === 'RG32') registers = this.registers(inner, REGISTERS, 4);
      else if (inner.type === 'REGS') registers = this.registers(inner, REGISTERS_16, 2);
      else if (inner.type === 'RAM ') memory = this.memory(inner);
      else masks = this.masks(inner) ?? masks;
    }
    if (registers === undefined) throw this.broken(chunk.start, 'an RG32 or REGS chunk');
    return { state: { registers, memory }, masks };
  }

  /** A string or bytes with their length before them. */
  counted(chunk: Chunk): Uint8Array {
    return this.#bytes.slice(chunk.start + 4, chunk.start + 4 + Math.min(this.u32(chunk, chunk.start), chunk.end - chunk.start - 4));
  }

  test(chunk: Chunk, fileMasks: RegisterValues): SingleStepTest {
    let name = '';
    let bytes: Uint8Array = new Uint8Array(0);
    let initial: TestState | undefined;
    let final: TestState | undefined;
    let masks = fileMasks;
    let exception: SingleStepTest['exception'];
    let hash = '';
    for (const inner of this.chunks(chunk.start + 4, chunk.end)) {
      if (inner.type === 'NAME') name = String.fromCharCode(...this.counted(inner));
      else if (inner.type === 'BYTS') bytes = this.counted(inner);
      else if (inner.type === 'INIT') initial = this.state(inner).state;
      else if (inner.type === 'FINA') {
        const read = this.state(inner);
        final = read.state;
        if (read.masks.size > 0) masks = new Map([...fileMasks, ...read.masks]);
      } else if (inner.type === 'EXCP') exception = { vector: this.#bytes[inner.start]!, flagsAddress: this.u32(inner, inner.start + 1) };
      else if (inner.type === 'HASH') hash = Array.from(this.#bytes.subarray(inner.start, inner.end), (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    if (initial === undefined || final === undefined) throw this.broken(chunk.start, 'INIT and FINA chunks');
    return { index: this.u32(chunk, chunk.start), name, bytes, initial, final, masks, hash, ...(exception === undefined ? {} : { exception }) };
  }
}

/** The tests of a MOO file. Throws a {@link UsageError} that names the place where it is not one. */
export function readMoo(name: string, bytes: Uint8Array): SingleStepFile {
  const reader = new Reader(name, bytes);
  const [header] = reader.chunks(0, bytes.length);
  if (header?.type !== 'MOO ' || header.end - header.start < 12) throw reader.broken(0, 'a MOO chunk of at least 12 bytes');
  function* tests(): Generator<SingleStepTest> {
    let masks: RegisterValues = new Map();
    for (const chunk of reader.chunks(0, bytes.length)) {
      if (chunk.type === 'TEST') yield reader.test(chunk, masks);
      else masks = reader.masks(chunk) ?? masks;
    }
  }
  return { cpu: text(bytes, header.start + 8, header.start + 12).trim(), tests: tests() };
}
