import { Lockstep } from '../src/lockstep.ts';
import { createProgram } from '../src/program.ts';
import { buildSurroundings } from '../src/surroundings.ts';
const s = buildSurroundings();
for (const k of [1, 10, 100, 1000, 3000, 7661]) {
  const l = new Lockstep(s); let d;
  for (let seed = 40215412 - k; seed <= 40215412; seed++) { d = await l.run(createProgram(seed, s)); }
  console.log(k, d?.what, d?.chunk);
  if (d) break;
}
