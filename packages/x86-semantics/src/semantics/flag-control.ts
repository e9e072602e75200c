import { EFLAGS_DF } from '@ringzero/x86';
import { AF, CF, OF, OSZAPC, PF, SF, ZF } from '../flags/kinds.ts';
import type { Builder } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import { RFLAGS } from '../vp/lanes.ts';

const AL = 0;
const AH = 4;

function setWord(b: Builder, word: Expression): void {
  b.setFlags('word', 32, 0, word);
}

/** DAA and DAS: the two corrections of vol. 2's pseudocode. */
function decimal(b: Builder, direction: 'add' | 'sub'): void {
  const old = b.let(b.reg(AL, 8));
  const flags = b.let(b.flags);
  const low = b.let(b.or(b.compare('gt', b.and(old, 15), 9), b.ne(b.and(flags, AF), 0)));
  const high = b.let(b.or(b.compare('gt', old, 0x99), b.and(flags, CF)));
  const first = b.let(b.binary(direction, old, b.select(low, 6, 0)));
  const result = b.let(b.and(b.binary(direction, first, b.select(high, 0x60, 0)), 0xff));
  // DAS also reports the borrow of its first correction.
  const borrow = direction === 'sub' ? b.and(low, b.compare('lt', old, 6)) : b.const(0);
  const word = b.let(b.or(b.select(b.or(high, borrow), CF, 0), b.select(low, AF, 0)));
  b.setReg(AL, 8, result);
  b.setFlags('result', 8, result, word);
}

/** AAA and AAS. */
function ascii(b: Builder, direction: 'add' | 'sub'): void {
  const value = b.let(b.reg(0, 16));
  const adjust = b.let(b.or(b.compare('gt', b.and(value, 15), 9), b.ne(b.and(b.flags, AF), 0)));
  const changed = b.let(b.select(adjust, b.binary(direction, value, 0x106), value));
  const kept = b.let(b.and(changed, 0xff0f));
  b.setReg(0, 16, kept);
  b.setFlags('result', 8, kept, b.select(adjust, AF | CF, 0));
}

/** Instructions on flags and the decimal adjustments (vol. 2). CLI, STI, PUSHF and POPF are in system/. */
export function defineFlagControl(table: SemanticsTable): void {
  table.define(['Clc'], (b) => setWord(b, b.and(b.flags, OSZAPC & ~CF)));
  table.define(['Stc'], (b) => setWord(b, b.or(b.flags, CF)));
  table.define(['Cmc'], (b) => setWord(b, b.xor(b.flags, CF)));
  table.define(['Cld'], (b) => b.setLane(RFLAGS, b.and(b.lane(RFLAGS), ~EFLAGS_DF)));
  table.define(['Std'], (b) => b.setLane(RFLAGS, b.or(b.lane(RFLAGS), EFLAGS_DF)));
  table.define(['Lahf'], (b) => b.setReg(AH, 8, b.or(b.and(b.flags, SF | ZF | AF | PF | CF), 2)));
  table.define(['Sahf'], (b) => setWord(b, b.or(b.and(b.flags, OF), b.and(b.reg(AH, 8), SF | ZF | AF | PF | CF))));
  table.define(['Salc'], (b) => b.setReg(AL, 8, b.neg(b.carry)));
  table.define(['Daa'], (b) => decimal(b, 'add'));
  table.define(['Das'], (b) => decimal(b, 'sub'));
  table.define(['Aaa'], (b) => ascii(b, 'add'));
  table.define(['Aas'], (b) => ascii(b, 'sub'));
  table.define(['Xlat'], (b) => {
    const offset = b.and(b.add(b.reg(3), b.reg(AL, 8)), b.field('addressMask'));
    const value = b.load(b.address('operand', offset, 1, false), 8);
    b.setReg(AL, 8, value);
  });
}
