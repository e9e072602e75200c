import type { SingleStepTest } from './moo.ts';

/** How a processor that tests were recorded on differs from those that run them. */
export interface RecordedOn {
  /** Flags that programs change in real mode. The others of the recorded values are constant there, and differ here. */
  readonly flags: number;
  /** What is compared of EIP. */
  readonly eip: number;
  /** Why a test asks for what its processor alone does; undefined if it may be run. */
  incomparable(test: SingleStepTest): string | undefined;
}

const LOCK = 0xf0;
const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, LOCK, 0xf2, 0xf3];
const LONGEST_ON_80286 = 10;

/** Processors by their names in MOO files. */
export const RECORDED_ON: Readonly<Record<string, RecordedOn>> = {
  '386E': { flags: 0x7fd5, eip: -1, incomparable: () => undefined },
  C286: {
    // Outside of protected mode it keeps IOPL and NT from POPF.
    flags: 0xfd5,
    // It has 16 bits, so that after the HLT in a segment's last byte it is 0.
    eip: 0xffff,
    incomparable({ bytes, exception }) {
      const prefixes = bytes.findIndex((byte) => !PREFIXES.includes(byte));
      if (bytes.subarray(0, prefixes).includes(LOCK)) return 'LOCK';
      // The last byte is the HLT behind the instruction.
      if (bytes.length - 1 > LONGEST_ON_80286) return 'more than 10 bytes';
      // Vector 13 where a later processor raises 12, and string instructions that have moved on.
      if (exception?.vector === 13) return 'beyond the segment';
      return exception?.vector === 6 ? 'undefined on an 80286' : undefined;
    },
  },
};
