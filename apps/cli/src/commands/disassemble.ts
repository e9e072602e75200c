import { Decoder, formatInstruction, INVALID_FORM, Instruction } from '@ringzero/x86';
import { parseNumber } from '../config/parse.ts';
import { readFileOrFail } from '../read-file.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `ringzero disassemble`. */
export interface DisassembleOptions {
  readonly mode: string;
  readonly at: string;
  readonly offset: string;
  readonly count?: string;
}

/** Prints the instructions of a raw file. */
export async function disassemble(file: string, options: DisassembleOptions): Promise<number> {
  const mode = Number(options.mode);
  if (mode !== 16 && mode !== 32 && mode !== 64) throw new UsageError(`mode "${options.mode}": expected 16, 32 or 64`);
  const origin = parseNumber('address', options.at, 0xffff_ffff);
  const start = parseNumber('offset', options.offset, Number.MAX_SAFE_INTEGER);
  const most = options.count === undefined ? Infinity : parseNumber('count', options.count, Number.MAX_SAFE_INTEGER);
  const bytes = new Uint8Array(await readFileOrFail('file', file));
  const decoder = new Decoder(mode);
  const instruction = new Instruction();
  let lines: string[] = [];
  let at = start;
  for (let done = 0; at < bytes.length && done < most; done++) {
    const decoded = decoder.decode(bytes, at, bytes.length, instruction);
    const isBad = decoded === 0 || instruction.form === INVALID_FORM;
    // An undefined opcode is skipped byte by byte, so that what follows is found again.
    const length = isBad ? 1 : decoded;
    const address = origin + (at - start);
    const text = isBad ? `db 0x${bytes[at]!.toString(16).padStart(2, '0')}` : formatInstruction(instruction, address, mode);
    const dump = Array.from(bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    lines.push(`${address.toString(16).padStart(8, '0')}  ${dump.padEnd(30)}  ${text}\n`);
    at += length;
    if (lines.length === 4096) {
      process.stdout.write(lines.join(''));
      lines = [];
    }
  }
  process.stdout.write(lines.join(''));
  return 0;
}
