import { readFileSync } from 'node:fs';
import { bench, describe } from 'vitest';
import { Decoder } from './decoder.ts';
import { Instruction } from './instruction.ts';

/** Code that every host has: the beginning of what runs this (64-bit instructions on an x86-64 host, some bytes elsewhere). */
const code = readFileSync(process.execPath).subarray(0x100_0000, 0x100_0000 + 400_000);

describe('decode 400 kB', () => {
  for (const mode of [32, 64] as const) {
    bench(`${mode}-bit mode`, () => {
      const decoder = new Decoder(mode);
      const instruction = new Instruction();
      for (let at = 0; at < code.length; ) at += decoder.decode(code, at, code.length, instruction) || 1;
    });
  }
});
