import {
  EFLAGS_AC,
  EFLAGS_AF,
  EFLAGS_CF,
  EFLAGS_DF,
  EFLAGS_ID,
  EFLAGS_IF,
  EFLAGS_IOPL,
  EFLAGS_NT,
  EFLAGS_OF,
  EFLAGS_PF,
  EFLAGS_RF,
  EFLAGS_SF,
  EFLAGS_TF,
  EFLAGS_VIF,
  EFLAGS_VIP,
  EFLAGS_VM,
  EFLAGS_ZF,
} from '../definitions/flags.ts';

/** Effects of an instruction on flags, as masks of `EFLAGS_*` (vol. 1 appendix A). x87 condition codes are no flags. */
export interface FlagEffects {
  /** Flags that it depends on. */
  readonly read: number;
  /** Flags that its result decides. A count of 0 leaves a shift's alone, which is why shifts read them too. */
  readonly written: number;
  readonly undefined: number;
  readonly cleared: number;
  readonly set: number;
}

type Effect = Partial<FlagEffects>;

const LETTERS: Readonly<Record<string, number>> = {
  o: EFLAGS_OF, d: EFLAGS_DF, i: EFLAGS_IF, t: EFLAGS_TF, s: EFLAGS_SF, z: EFLAGS_ZF, a: EFLAGS_AF, p: EFLAGS_PF, c: EFLAGS_CF,
  n: EFLAGS_NT, r: EFLAGS_RF, v: EFLAGS_VM, k: EFLAGS_AC, l: EFLAGS_IOPL, f: EFLAGS_VIF, e: EFLAGS_VIP, x: EFLAGS_ID,
};

/** Letters of flags: o d i t s z a p c as in the manual's table, and n NT, r RF, v VM, k AC, l IOPL, f VIF, e VIP, x ID. */
function mask(letters: string): number {
  let bits = 0;
  for (const letter of letters) bits |= LETTERS[letter]!;
  return bits;
}

const reads = (letters: string): Effect => ({ read: mask(letters) });
const writes = (letters: string): Effect => ({ written: mask(letters) });
const undef = (letters: string): Effect => ({ undefined: mask(letters) });
const clears = (letters: string): Effect => ({ cleared: mask(letters) });
const sets = (letters: string): Effect => ({ set: mask(letters) });

const EVERY = 'oditszapcnrvklfex';

/** Rows of vol. 1 table A-2: mnemonics as forms spell them, effects. */
// prettier-ignore
const ROWS: readonly (readonly [mnemonics: string, ...effects: Effect[]])[] = [
  ['Add Sub Cmp Neg Cmpxchg Xadd Cmps Scas', writes('oszapc')],
  ['Adc Sbb',                        reads('c'), writes('oszapc')],
  ['And Or Xor Test',                writes('szp'), undef('a'), clears('oc')],
  ['Inc Dec',                        writes('oszap')],
  ['Mul Imul',                       writes('oc'), undef('szap')],
  ['Div Idiv',                       undef('oszapc')],
  ['Rol Ror',                        reads('oc'), writes('oc')],
  ['Rcl Rcr',                        reads('oc'), writes('oc')],
  ['Shl Shr Sar Shld Shrd',          reads('oszapc'), writes('oszpc'), undef('a')],
  ['Bt Bts Btr Btc',                 writes('c'), undef('osap')],
  ['Bsf Bsr',                        writes('z'), undef('osapc')],
  ['Popcnt',                         writes('z'), clears('osapc')],
  ['Cmpxchg8b Cmpxchg16b Arpl Verr Verw Lar Lsl', writes('z')],
  ['Daa Das',                        reads('ac'), writes('szapc'), undef('o')],
  ['Aaa Aas',                        reads('a'), writes('ac'), undef('oszp')],
  ['Aad Aam',                        writes('szp'), undef('oac')],
  ['Salc',                           reads('c')],
  ['Cmc',                            reads('c'), writes('c')],
  ['Clc',                            clears('c')],
  ['Stc',                            sets('c')],
  ['Cld',                            clears('d')],
  ['Std',                            sets('d')],
  ['Cli Sti',                        reads('lv'), writes('if')],
  ['Clac',                           clears('k')],
  ['Stac',                           sets('k')],
  ['Lahf',                           reads('szapc')],
  ['Sahf',                           writes('szapc')],
  ['Movs Stos Lods',                 reads('d')],
  ['Cmps Scas',                      reads('d')],
  ['Ins Outs',                       reads('dlv')],
  ['In Out',                         reads('lv')],
  ['Loopz Loopnz',                   reads('z')],
  ['Pushf',                          reads('oditszapcnlvkfex')],
  ['Popf',                           reads('lv'), writes('oditszapcnlkfex'), clears('r')],
  ['Iret',                           reads('nlv'), writes(EVERY)],
  ['Int3 Int Int1',                  reads('lv'), clears('itnrv')],
  ['Into',                           reads('olv'), clears('itnrv')],
  ['Syscall',                        reads(EVERY), writes('oditszapcnvklfex'), clears('r')],
  ['Sysret',                         writes('oditszapcnlkfex'), clears('rv')],
  ['Sysenter',                       clears('irv')],
  ['Rsm',                            writes(EVERY)],
  ['Comiss Comisd Ucomiss Ucomisd Fcomi Fcomip Fucomi Fucomip', writes('zpc'), clears('osa')],
  ['Ptest',                          writes('zc'), clears('osap')],
  ['Pcmpestrm Pcmpestri Pcmpistrm Pcmpistri', writes('oszc'), clears('ap')],
  ['Fcmovb Fcmovnb',                 reads('c')],
  ['Fcmove Fcmovne',                 reads('z')],
  ['Fcmovbe Fcmovnbe',               reads('cz')],
  ['Fcmovu Fcmovnu',                 reads('p')],
];
/** Flags that conditions 2n and 2n + 1 test (vol. 1 appendix B). */
const CONDITIONS: readonly string[] = ['o', 'c', 'z', 'cz', 's', 'p', 'so', 'zso'];
const NONE: FlagEffects = { read: 0, written: 0, undefined: 0, cleared: 0, set: 0 };

function tabulate(): Map<string, FlagEffects> {
  const table = new Map<string, FlagEffects>();
  for (const [mnemonics, ...effects] of ROWS) {
    for (const mnemonic of mnemonics.split(' ')) {
      let sum = table.get(mnemonic) ?? NONE;
      for (const effect of effects) sum = { ...sum, ...effect };
      const fates = [sum.written, sum.undefined, sum.cleared, sum.set];
      if (fates.some((a, i) => fates.some((b, j) => i < j && (a & b) !== 0))) throw new Error(`${mnemonic}: a flag has two fates`);
      table.set(mnemonic, sum);
    }
  }
  return table;
}

const TABLE = tabulate();

/** Flags of a form: its mnemonic as its name spells it, and the condition it tests. MOV to and from control registers has its own. */
export function flagEffects(name: string, condition: number | undefined): FlagEffects {
  if (condition !== undefined) return { ...NONE, read: mask(CONDITIONS[condition >> 1]!) };
  if (/^Mov_(Rd_[CD]d|[CD]d_Rd)$/.test(name)) return { ...NONE, undefined: mask('oszapc') };
  return TABLE.get(name.split('_', 1)[0]!) ?? NONE;
}

/** Mnemonics that the table names, for the test that each of them exists. */
export const MNEMONICS_WITH_FLAGS: readonly string[] = [...TABLE.keys()];
