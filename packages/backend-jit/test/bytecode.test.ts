import { execFileSync } from 'node:child_process';
import { bytecodeLengths, BYTECODE_CLIFF, type FactoryText } from '@ringzero/v8-instruments';
import { Decoder, FORMS, Instruction } from '@ringzero/x86';
import { describe, expect, it } from 'vitest';
import { estimateBytecode, MAX_BYTECODE } from '../src/emit/bytecode-size.ts';
import { emitRegion } from '../src/emit/compiler.ts';
import { FACTORY_PARAMETERS } from '../src/emit/emit-region.ts';
import { resolveOptions } from '../src/options.ts';
import { ProgramSource } from '../src/region/programs.ts';
import { Execution } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';

const CODE = 0x1000;
const HALT = 0xf4;
const parameters = FACTORY_PARAMETERS.map((name) => `$${name}`);
const execution = new Execution(createFlatVp());
const facts = { programs: new ProgramSource(), cache: execution.cache, isCompiled: () => false, containsLoops: () => false };

/** Bytes of a form with its ModRM operand in memory at a 32-bit address, or in a register; undefined where they mean another form. */
function encode(form: (typeof FORMS)[number], isMemory: boolean): number[] | undefined {
  const parts = form.opcode.split(' ');
  const opcode = parts.flatMap((part) => (/^[0-9A-F]{2}(\+.*)?$/.test(part) ? [parseInt(part, 16)] : []));
  const digit = parts.map((part) => /^\/([0-7])$/.exec(part)?.[1]).find((found) => found !== undefined);
  const modrm = (isMemory ? 0x05 : 0xc2) | (Number(digit ?? 1) << 3);
  const bytes = Uint8Array.from([...opcode, modrm, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0]);
  const instruction = new Instruction();
  const length = new Decoder(32).decode(bytes, 0, bytes.length, instruction);
  return length > 0 && FORMS[instruction.form] === form && instruction.isMemory === isMemory ? [...bytes.subarray(0, length)] : undefined;
}

let address = CODE;

/** The function for a block of so many such instructions. */
function emit(bytes: readonly number[], count: number): FactoryText | undefined {
  // Blocks that share bytes would end each other.
  address = ((address + 1024) & 0x7_ffff) + CODE;
  execution.vp.memory.writeBytes(address, Uint8Array.from([...Array.from({ length: count }, () => bytes).flat(), HALT]));
  const block = execution.transfers.find(address, execution.vp.mode);
  const region = block && emitRegion(block, resolveOptions({}).limits, facts, true);
  return region && { parameters, source: region.source, functionName: region.functionName };
}

interface Measured {
  readonly name: string;
  readonly bytes: readonly number[];
  /** Bytes of bytecode that instructions of the form add, and for each that is estimated. */
  readonly added: number;
  readonly perEstimated: number;
}

/** What `many` have more than `few`: whatever surrounds the instructions cancels out. */
async function measure(forms: readonly Pick<Measured, 'name' | 'bytes'>[], few: number, many: number): Promise<Measured[]> {
  const pairs = forms.flatMap((form) => {
    const [short, long] = [emit(form.bytes, few), emit(form.bytes, many)];
    return short && long && short.source.length < long.source.length ? [{ ...form, short, long }] : [];
  });
  const lengths = await bytecodeLengths(pairs.flatMap(({ short, long }) => [short, long]));
  const found = pairs.map(({ bytes, long, name, short }, i) => {
    const added = (lengths[2 * i + 1] ?? 0) - (lengths[2 * i] ?? 0);
    return { name, bytes, added, perEstimated: added / (estimateBytecode(long.source) - estimateBytecode(short.source)) };
  });
  return found.sort((a, b) => b.perEstimated - a.perEstimated);
}

describe('5: bytecode under the cliff', { timeout: 240_000 }, () => {
  it('an estimate at emission is never less than what V8 makes, whatever the instructions', async () => {
    const forms = FORMS.filter((form) => form.mode !== 'long').flatMap((form) =>
      [false, true].flatMap((isMemory) => {
        const bytes = encode(form, isMemory);
        return bytes === undefined ? [] : [{ name: `${form.name} ${isMemory ? 'm' : 'r'}`, bytes }];
      }),
    );
    const all = await measure(forms, 1, 4);
    expect(all.length).toBeGreaterThan(1_000);
    expect(all.filter(({ perEstimated }) => perEstimated > 1)).toEqual([]);
    // Long functions have longer bytecodes, for more than 256 places of feedback: the densest again, as often as a block has them.
    const dense = await measure(all.slice(0, 16), 32, 48);
    expect(dense.filter(({ perEstimated }) => perEstimated > 1)).toEqual([]);
    expect(dense[0]!.perEstimated).toBeGreaterThan(0.8);
  });

  it('the limit is V8’s', () => {
    expect(MAX_BYTECODE).toBe(BYTECODE_CLIFF);
    expect(execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })).toContain(`--max-optimized-bytecode-size=${BYTECODE_CLIFF}`);
  });
});
