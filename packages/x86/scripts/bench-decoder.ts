/** `pnpm --filter @ringzero/x86 bench [FILE] [MODE]`: how many instructions a second the decoder does, over the middle of FILE (this Node if absent). */
import { readFileSync } from 'node:fs';
import { Decoder } from '../src/decode/decoder.ts';
import { Instruction } from '../src/decode/instruction.ts';

const [name = process.execPath, mode = '64'] = process.argv.slice(2);
const file = readFileSync(name);
const middle = file.length >> 1;
const code = file.subarray(middle - Math.min(middle, 1_000_000), middle + Math.min(middle, 1_000_000));
const decoder = new Decoder(Number(mode) as 16 | 32 | 64);
const instruction = new Instruction();
for (let round = 1; round <= 8; round++) {
  const start = performance.now();
  let count = 0;
  for (let at = 0; at < code.length; count++) at += decoder.decode(code, at, code.length, instruction) || 1;
  const seconds = (performance.now() - start) / 1000;
  console.log(`round ${round}: ${(count / seconds / 1e6).toFixed(1)} million instructions per second`);
}
