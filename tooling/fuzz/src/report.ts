import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';
import { SLOT_BYTES, SLOTS } from './layout.ts';
import type { Difference } from './lockstep.ts';
import type { Surroundings } from './surroundings.ts';

function hex(value: number): string {
  return value.toString(16);
}

/** A difference as text: how to see it again, the program's instructions, and what differs. */
export function describeDifference({ program, engines, chunk, eip, what }: Difference, { bits }: Surroundings): string {
  const lines = [`seed ${program.seed}, ${program.kind}: ${engines[0]} and ${engines[1]} differ after chunk ${chunk} of ${program.chunks.join(', ')}; EIP ${hex(eip[0])} and ${hex(eip[1])}`];
  const decoder = new Decoder(bits);
  const instruction = new Instruction();
  program.slots.forEach((slot, index) => {
    let at = SLOTS + index * SLOT_BYTES;
    for (const bytes of slot) {
      if (!bytes.every((byte) => byte === 0x90)) {
        const padded = Uint8Array.from([...bytes, ...new Array<number>(16).fill(0)]);
        const texts: string[] = [];
        for (let offset = 0; offset < bytes.length; ) {
          const length = Math.max(1, decoder.decode(padded, offset, padded.length, instruction));
          texts.push(formatInstruction(instruction, at + offset, bits));
          offset += length;
        }
        lines.push(`  ${hex(at)}: ${bytes.map((byte) => hex(byte).padStart(2, '0')).join(' ')}  ${texts.join('; ')}`);
      }
      at += bytes.length;
    }
  });
  return [...lines, ...what.map((text) => `  ${text}`)].join('\n');
}
