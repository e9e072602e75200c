/*
 * Where QEMU and the backends are known to differ, who is right, and the section of the manual that decides. An entry covers the
 * differences that it describes and no others. The command and the test print those that were met.
 */
import { EFLAGS_RF, EFLAGS_VIF, EFLAGS_VIP } from '@ringzero/x86';
import type { Finding } from './lockstep/findings.ts';
import { type Difference, GENERAL, pointerOf } from './machine/state.ts';
import { DATA, DIRECTORY, OTHER_TSS, PAE_HIGH_TABLE, PAE_POINTERS, STACK, STACK2 } from './programs/layout.ts';

export interface KnownDifference {
  readonly name: string;
  /** Programs, by `topic: name`. */
  readonly programs: RegExp;
  readonly reason: string;
  /** Where the manual decides, or leaves it open. */
  readonly source: string;
  /** Who does what the manual says. */
  readonly right: 'ringzero' | 'both';
  readonly covers: (difference: Difference, finding: Finding) => boolean;
  /** From here on the machines do different things, and are not compared. */
  readonly goesApart?: boolean;
}

const TSS_BUSY = 2;
const CODE_TYPE = 8;
const REAL_TYPE = 0x93;
const ACCESSED_TYPE = 1;
const ACCESSED = 0x20;
const WRITE = 2;
const RESERVED = 8;
const EXT = 1;
const PRESENT_TYPE = 0x80;
const HIGH_HALF = 0xffff_0000;
/** Bits 19:16 of what LAR gives. */
const LAR_UNDEFINED = 0xf_0000;
const DR7_RESERVED = 0xd800;
const PAGE = 0x1000;

const differsBy = ({ ours, theirs }: Difference, bits: number): boolean => (ours ^ theirs) === bits;
const differsWithin = ({ ours, theirs }: Difference, bits: number): boolean => ((ours ^ theirs) & ~bits) === 0;
const isGeneral = ({ what }: Difference): boolean => (GENERAL as readonly string[]).includes(what);
const isHandlersCode = ({ what }: Difference): boolean => what === 'ebx';

/** Whether a difference is in memory from one address up to another. */
function isIn({ what }: Difference, from: number, to: number): boolean {
  const address = what.startsWith('memory+') ? Number.parseInt(what.slice('memory+'.length), 16) : -1;
  return address >= from && address < to;
}

/** What programs about debug exceptions leave behind: their trace, and the frames below their stacks. */
const isTrace = (difference: Difference): boolean => isIn(difference, DATA + 0xf0, DATA + 0x200) || isIn(difference, STACK - 0x60, STACK) || isIn(difference, STACK2 - 0x60, STACK2);

/** QEMU goes on where an exception is due. */
const missed = (...vectors: readonly number[]) => (_: Difference, { ourVector, theirVector, current }: Finding): boolean =>
  current !== undefined && theirVector === undefined && ourVector !== undefined && vectors.includes(ourVector);

/** QEMU raises another exception. */
const mistook = (vector: number, ...others: readonly number[]) => (_: Difference, { ourVector, theirVector }: Finding): boolean =>
  ourVector === vector && theirVector !== undefined && others.includes(theirVector);

/** Differences that leave both machines on the same path. */
const VALUES: readonly KnownDifference[] = [
  {
    name: 'busy in TR', programs: /./, right: 'ringzero',
    reason: 'LTR leaves the type of the descriptor that it read in the hidden part; nothing that a program can do shows it', source: 'vol. 3A §7.2.2: the processor sets the busy flag',
    covers: (difference) => difference.what === 'tr.attributes' && differsBy(difference, TSS_BUSY),
  },
  {
    name: 'type of CS in real mode', programs: /^mode switches/, right: 'both',
    reason: 'a far jump leaves the type of the code segment; nothing shows it', source: 'vol. 3A §20.1.1: the hidden part is not described',
    covers: (difference) => difference.what === 'cs.attributes' && difference.ours === REAL_TYPE && differsBy(difference, CODE_TYPE),
  },
  {
    name: 'RF', programs: /^(task switches|debug exceptions|SYSENTER)/, right: 'ringzero',
    reason: 'faults, and traps between iterations, push RF clear, and IRET to virtual-8086 mode does not load it', source: 'vol. 3B §17.3.1.1; vol. 2, IRET',
    covers: (difference) => (difference.what === 'eflags' || difference.what.startsWith('memory+')) && differsBy(difference, EFLAGS_RF),
  },
  {
    name: 'EIP of a task that is refused', programs: /^task switches: a task with/, right: 'ringzero',
    reason: 'the fault belongs to the new task, whose EIP is saved; QEMU saves that of the jump', source: 'vol. 3A §7.3: step 14, and §6.15, interrupt 10',
    covers: (difference) => isIn(difference, OTHER_TSS + 0x20, OTHER_TSS + 0x24),
  },
  {
    name: 'A on the way to a page fault', programs: /^(page faults|paging structures|SMEP and SMAP)/, right: 'both',
    reason: 'QEMU sets it in entries of a walk that fails further down, or for a read that comes before the write', source: 'vol. 3A §4.8: set when an entry is used for a translation',
    covers: (difference, { current }) => current === undefined && isIn(difference, DIRECTORY, PAE_HIGH_TABLE + PAGE) && !isIn(difference, PAE_POINTERS, PAE_POINTERS + PAGE) && difference.theirs === (difference.ours | ACCESSED),
  },
  {
    name: 'A of PAE pointers', programs: /^(page faults|paging structures|SMEP and SMAP): .*(PAE|NX|reserved)/, right: 'ringzero',
    reason: 'QEMU sets a bit that is reserved in these entries', source: 'vol. 3A table 4-8: bits 8:5 are reserved',
    covers: (difference) => isIn(difference, PAE_POINTERS, PAE_POINTERS + PAGE) && difference.theirs === (difference.ours | ACCESSED),
  },
  {
    name: 'hidden part of a null LDTR', programs: /^segment violations: LLDT of null/, right: 'both',
    reason: 'QEMU clears the limit and keeps the type', source: 'vol. 2, LLDT: LDTR is marked invalid',
    covers: ({ what }, { ours }) => /^ldtr\.(limit|attributes)$/.test(what) && (ours['ldtr.attributes'] & PRESENT_TYPE) === 0,
  },
  {
    name: 'bits 19:16 of LAR', programs: /^segment violations: VERR/, right: 'both',
    reason: 'QEMU clears them, recent processors give the limit\'s', source: 'vol. 2, LAR: undefined',
    covers: (difference) => isGeneral(difference) && differsWithin(difference, LAR_UNDEFINED),
  },
  {
    name: 'reserved bits of DR7', programs: /^debug exceptions: fixed bits/, right: 'ringzero',
    reason: 'QEMU stores bits that are always 0', source: 'vol. 3B figure 17-1',
    covers: (difference) => /^(dr7|eax)$/.test(difference.what) && differsWithin(difference, DR7_RESERVED),
  },
  {
    name: 'two breakpoints of one instruction', programs: /^debug exceptions: two breakpoints/, right: 'ringzero',
    reason: 'QEMU reports the first in DR6', source: 'vol. 3B §17.2.3: B0 to B3 each tell of their condition',
    covers: (difference) => isIn(difference, DATA + 0x100, DATA + 0x104) && differsBy(difference, 2),
  },
  {
    name: 'the trap behind STI', programs: /^debug exceptions: TF: STI/, right: 'ringzero',
    reason: 'QEMU holds a single-step trap back with the interrupts', source: 'vol. 3A §6.8.3: STI inhibits maskable interrupts, MOV SS debug exceptions too',
    covers: isTrace,
  },
  {
    name: 'a breakpoint behind a load of SS', programs: /^debug exceptions: a breakpoint behind/, right: 'ringzero',
    reason: 'QEMU reports it', source: 'vol. 3A §6.8.3: instruction breakpoints are inhibited',
    covers: isTrace,
  },
  {
    name: 'I/O breakpoints without CR4.DE', programs: /^debug exceptions: a watched port/, right: 'both',
    reason: 'QEMU honours them', source: 'vol. 3B §17.2.4: R/W of 10 is undefined while DE is clear',
    covers: isTrace,
  },
  {
    name: 'a watched write under TF', programs: /^debug exceptions: a write under TF/, right: 'ringzero',
    reason: 'QEMU raises #DB twice, the second time in the handler of the first', source: 'vol. 3B §17.3.1.2, §17.3.1.4: traps of one instruction are one #DB',
    covers: isTrace,
  },
  {
    name: 'T of a TSS', programs: /^debug exceptions: T of a TSS/, right: 'ringzero',
    reason: 'QEMU ignores it', source: 'vol. 3B §17.3.1.5',
    covers: isTrace,
  },
];

/** Differences behind which both machines are in different places. */
const PATHS: readonly Omit<KnownDifference, 'goesApart'>[] = [
  {
    name: 'limits and rights of segments', programs: /beyond the limit|behind the limit|too small|(runs over|into|at) the limit|behind a page|expand-down|read-only segment|to a code segment|null selector|beyond (64 KB|FFFFh)|at FFFFh|at SP 1/,
    right: 'ringzero', reason: 'TCG checks neither limits, nor types, nor null selectors when memory is accessed or fetched from, nor limits of targets and of new stacks', source: 'vol. 3A §5.3, §5.4', covers: missed(12, 13),
  },
  { name: 'checks of CR0', programs: /^mode switches: (PG without PE|NW without CD)/, right: 'ringzero', reason: 'QEMU accepts what may not be combined', source: 'vol. 2, MOV to control registers', covers: missed(13) },
  {
    name: 'reserved bits of CR4', programs: /^mode switches: a reserved bit of CR4/, right: 'ringzero', reason: 'QEMU raises nothing and does not get past the instruction', source: 'vol. 2, MOV to control registers',
    covers: (_, { current, ourVector, theirs }) => ourVector === 13 && current?.address === pointerOf(theirs),
  },
  {
    name: 'registers of a 16-bit TSS', programs: /^task switches: a TSS of 16 bits/, right: 'both', reason: 'high halves: QEMU keeps the old task\'s, the backends set them', source: 'vol. 3A §7.6: the TSS has none',
    covers: (difference) => isGeneral(difference) && differsWithin(difference, HIGH_HALF),
  },
  { name: 'absent stack segments', programs: /absent (stack|SS)$/, right: 'ringzero', reason: 'QEMU raises #TS or #NP', source: 'vol. 2, CALL, RET, IRET; vol. 3A table 7-1: #SS(selector)', covers: mistook(12, 10, 11) },
  { name: 'absent SS of a task', programs: /^task switches: a task with absent SS/, right: 'ringzero', reason: 'QEMU raises #NP', source: 'vol. 3A table 7-1: #SS(selector)', covers: (_, { theirVector }) => theirVector === 11 },
  {
    name: 'RPL of conforming code', programs: /^call gates: a gate to conforming code/, right: 'ringzero', reason: 'QEMU gives CS the RPL of the code\'s DPL behind a call gate', source: 'vol. 2, CALL: CS(RPL) is CPL',
    covers: (difference) => difference.what === 'cs' && difference.ours === (difference.theirs | 3),
  },
  { name: 'error code of a far call beyond the limit', programs: /^segment violations: a call through a pointer/, right: 'ringzero', reason: 'QEMU pushes the selector', source: 'vol. 2, CALL: #GP(0)', covers: (difference) => isHandlersCode(difference) && difference.ours === 0 },
  { name: 'INT1', programs: /: INT1/, right: 'ringzero', reason: 'QEMU raises #UD', source: 'vol. 2, INT1', covers: (_, { ourVector, theirVector, current }) => current === undefined || (ourVector === 1 && theirVector === 6) },
  { name: 'EXT', programs: /: (a fault of #UD is a fault of its own|an external interrupt through an absent gate)/, right: 'ringzero', reason: 'QEMU leaves it clear for a fault while another event is delivered', source: 'vol. 3A §6.13', covers: (difference) => isHandlersCode(difference) && differsBy(difference, EXT) },
  { name: 'from virtual-8086 mode into ring 1', programs: /INT through a gate to ring 1/, right: 'ringzero', reason: 'QEMU goes there', source: 'vol. 2, INT: #GP unless the handler\'s DPL is 0', covers: missed(13) },
  { name: 'VME and PVI', programs: /: (VME|PVI)/, right: 'ringzero', reason: 'TCG has neither: what they virtualize raises #GP', source: 'vol. 3A §20.3, §20.4', covers: (_, { ourVector, theirVector }) => ourVector === undefined && theirVector === 13 },
  {
    name: 'VIF and VIP', programs: /: PVI/, right: 'ringzero', reason: 'IRET of ring 0 does not load them', source: 'vol. 2, IRET',
    covers: (difference) => difference.what === 'eflags' && differsWithin(difference, EFLAGS_VIF | EFLAGS_VIP),
  },
  { name: 'W/R of instructions that read and write', programs: /modifies an absent page/, right: 'ringzero', reason: 'QEMU reports the read; processors ask for both at once, as the recorded vectors do', source: 'vol. 3A §4.7', covers: (difference) => isHandlersCode(difference) && differsBy(difference, WRITE) },
  { name: 'P with RSVD', programs: /^page faults: .*reserved/, right: 'ringzero', reason: 'QEMU reports reserved bits of a page that is not present', source: 'vol. 3A §4.7: RSVD comes with P', covers: (difference) => isHandlersCode(difference) && differsBy(difference, 1) && (difference.ours & RESERVED) !== 0 },
  { name: 'PAE pointers', programs: /^paging structures: PAE: .*pointer/, right: 'ringzero', reason: 'QEMU reads them from memory with each walk, and does not check them when CR3 is loaded', source: 'vol. 3A §4.4.1', covers: missed(13, 14) },
  { name: 'implicit accesses under SMAP', programs: /^SMEP and SMAP: .*implicit/, right: 'ringzero', reason: 'QEMU lets AC permit them', source: 'vol. 3A §4.6.1: implicit supervisor-mode accesses', covers: missed(14) },
  { name: 'A of a descriptor that IRET loads', programs: /^IRET: to code that was not accessed/, right: 'ringzero', reason: 'QEMU leaves it clear', source: 'vol. 3A §3.4.5.1', covers: (difference) => difference.what === 'cs.attributes' && differsBy(difference, ACCESSED_TYPE) },
  { name: 'VM from ring 3', programs: /^IRET: in ring 3 with VM/, right: 'ringzero', reason: 'QEMU enters virtual-8086 mode', source: 'vol. 2, IRET: only with CPL 0', covers: () => true },
  { name: 'GD', programs: /^debug exceptions: GD/, right: 'ringzero', reason: 'QEMU lets debug registers be read', source: 'vol. 3B §17.2.4', covers: ({ what }) => what === 'dr7' },
  { name: 'alignment', programs: /: AC: /, right: 'ringzero', reason: 'TCG has no #AC', source: 'vol. 3A §6.15, interrupt 17', covers: missed(17) },
  { name: 'LOCK', programs: /: LOCK where/, right: 'ringzero', reason: 'QEMU accepts the prefix with CMP', source: 'vol. 2, LOCK', covers: missed(6) },
  { name: 'model-specific registers', programs: /: an MSR that does not exist/, right: 'ringzero', reason: 'QEMU reads zeros', source: 'vol. 2, RDMSR: #GP', covers: missed(13) },
];

export const KNOWN: readonly KnownDifference[] = [...VALUES, ...PATHS.map((known) => ({ ...known, goesApart: true }))];
