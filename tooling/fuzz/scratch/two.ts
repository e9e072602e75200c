import { Lockstep } from '../src/lockstep.ts';
import { createProgram } from '../src/program.ts';
import { buildSurroundings } from '../src/surroundings.ts';
const s = buildSurroundings();
const l = new Lockstep(s);
await l.run(createProgram(40215411, s)); (globalThis as any).TRACE = 1;
const d = await l.run(createProgram(40215412, s));
console.log(d?.what, d?.program);
