import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../src/explain.ts';
import { placeOfLine } from '../src/format-region.ts';
import { parseOptions } from '../src/options.ts';

// mov ecx, 1000000; L: add eax, ecx; pushf; pop ebx; dec ecx; jnz L; hlt
const LOOP = [0xb9, 0x40, 0x42, 0x0f, 0, 0x01, 0xc8, 0x9c, 0x5b, 0x49, 0x75, 0xf9, 0xf4];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringzero-explain-'));
  writeFileSync(join(folder, 'loop.bin'), Uint8Array.from(LOOP));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...words: string[]): Promise<string> => explain(parseOptions(['node', 'explain', '--image', `${join(folder, 'loop.bin')}@0x100000`, '--settle', '0.5', ...words]));

describe('jit:explain', () => {
  it('shows all about the region at an address', async () => {
    const text = await run('100009', '--threshold', '2000');
    expect(text).toMatch(/^loop\.bin: \d+ million instructions in .* ended by \w+; \d+ regions?, \d+ deoptimizations in all\n/);
    expect(text).toMatch(/region at 0010000[0-9a-f], 32-bit code, script ringzero-region-/);
    expect(text).toMatch(/size: \d+ instructions in \d+ blocks, \d+ exits; [\d,]+ characters of JavaScript, [\d,]+ bytes of bytecode \(\d+ % of what V8 optimizes\)/);
    expect(text).toMatch(/executions in tier 0, frequency 1\.00.*\n\s+0010000[0-9a-f]  [0-9a-f ]+  /);
    expect(text).toMatch(/00100005  01 c8 +add eax, ecx/);
    expect(text).toMatch(/followed by 0010000[0-9a-f] [\d,]+ \(\d+ %\)/);
    expect(text).toMatch(/definition +t0 = reg32[^]*specialized +.*eax[^]*folded/);
    expect(text).toMatch(/00100007 {2}pushf.*\(the interpreter executes it\)/);
    expect(text).toMatch(/JavaScript\n +1 {2}'use strict';\n[^]*return ops\[pc\];/);
  });

  it('lists regions where no address is given', async () => {
    expect(await run()).toMatch(/address +time +instructions.*\n0010000[0-9a-f] +\d+\.\d % /);
  });

  it('says what is at hand where there is no region', async () => {
    await expect(run('200000')).rejects.toThrow(/No region contains an instruction at 00200000: .* The nearest of \d+ regions begin at 001000/);
    await expect(run('--threshold', '2000000000', '--loop-threshold', '2000000000')).rejects.toThrow(/Nothing was executed often enough/);
  });
});

it('finds the guest instruction of a line', () => {
  const source = "'use strict';\nreturn function region_1_1() {\n// 1000\nt0 = r1;\n// 100a\nr1 = t0;\n}\nR[0] = r0; R[40] = budget;\nreturn ops[pc];\n};";
  expect([2, 4, 6, 8, 9].map((line) => placeOfLine(source, line))).toEqual(['on the way in', '00001000', '0000100a', 'on the way out', 'on the way out']);
});
