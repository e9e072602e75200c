import { Assembler, byte, cl, ds, dword, eax, ebx, es } from '@ringzero/conformance';
import { CR4_SMAP, CR4_SMEP, EFLAGS_AC } from '@ringzero/x86';
import { frame, lldtAx, readFlags, setFlags } from './instructions.ts';
import { CODE_PAGE, FRAMES, HIGH, LDT, LDT_LIMIT, PAE_DIRECTORY, PAE_HIGH_TABLE, RETURN_VECTOR, USER_CODE, USER_DATA, USER_STACK } from './layout.ts';
import { page, PAGE } from './paging-setup.ts';
import type { Need, Raised, SystemProgram, Topic } from './program.ts';
import { TYPE, type World } from './world.ts';

const { P, W, U } = PAGE;
const USER_PAGE = FRAMES | U | W | P;
const RET = 0xc3;
const PRESENT = 1;
const WRITE = 2;
const USER = 4;
const FETCH = 16;
const stac = (a: Assembler): Assembler => a.db(0x0f, 0x01, 0xcb);
const clac = (a: Assembler): Assembler => a.db(0x0f, 0x01, 0xca);
const fetch = (a: Assembler): Assembler => a.mov(eax, HIGH).call(eax);

/** Code in ring 3 on a page of its own: under SMEP ring 0 cannot share one with it. */
function outside(w: World, code: (a: Assembler) => void): void {
  const user = new Assembler(32, CODE_PAGE);
  code(user);
  w.bytes(CODE_PAGE, user.int(RETURN_VECTOR).bytes());
  w.attempt((a) => frame(a.mov(eax, USER_DATA).mov(ds, eax), CODE_PAGE, USER_CODE, 0, { esp: USER_STACK, ss: USER_DATA }).op('iret'));
}

function program(feature: Need, name: string, raises: readonly Raised[], code: (a: Assembler) => void, { ring = 0, pae = false, entry = USER_PAGE, wp = false } = {}): SystemProgram {
  return {
    name: `${feature.toUpperCase()}: ${name}`, source: 'vol. 3A §4.6', raises, needs: [feature],
    build: (w) => {
      w.bytes(FRAMES, Uint8Array.of(RET));
      // PAE's second table at the linear address of the other's.
      if (pae) w.put(PAE_DIRECTORY + 16, PAE_HIGH_TABLE | U | W | P, 0);
      page(w, [entry], { cr4: feature === 'smep' ? CR4_SMEP : CR4_SMAP, pae, nx: pae, wp, ownsCode: feature === 'smep' });
      if (ring === 0) w.attempt(code);
      else outside(w, code);
    },
  };
}

/** Supervisor-mode execution and access prevention, where both machines have them. */
export const SUPERVISOR_MODE: Topic = {
  title: 'SMEP and SMAP',
  programs: [
    program('smep', 'ring 0 calls into a page of ring 3', [[14, FETCH | PRESENT]], fetch),
    program('smep', 'ring 0 calls into its page', [], fetch, { entry: FRAMES | P }),
    program('smep', 'ring 0 reads and writes a page of ring 3', [], (a) => a.inc(dword(HIGH))),
    program('smep', 'ring 3 calls into its page', [RETURN_VECTOR], fetch, { ring: 3 }),
    program('smep', 'PAE: ring 0 calls into a page of ring 3', [[14, FETCH | PRESENT]], fetch, { pae: true }),
    program('smep', 'ring 0 calls into an absent page', [[14, FETCH]], fetch, { entry: 0 }),
    program('smep', 'ring 3 calls into a page of ring 0', [[14, FETCH | USER | PRESENT]], fetch, { ring: 3, entry: FRAMES | P }),
    program('smap', 'ring 0 reads a page of ring 3', [[14, PRESENT]], (a) => a.mov(eax, dword(HIGH))),
    program('smap', 'ring 0 writes a page of ring 3', [[14, WRITE | PRESENT]], (a) => a.mov(dword(HIGH), eax)),
    program('smap', 'ring 0 reads and writes its page', [], (a) => a.inc(dword(HIGH)), { entry: FRAMES | W | P }),
    program('smap', 'ring 0 with AC reads and writes a page of ring 3', [], (a) => clac(stac(a).inc(dword(HIGH)))),
    program('smap', 'behind CLAC', [[14, PRESENT]], (a) => clac(stac(a).mov(eax, dword(HIGH))).mov(ebx, dword(HIGH))),
    program('smap', 'AC set by POPF', [], (a) => setFlags(setFlags(a, EFLAGS_AC).inc(dword(HIGH)), 0)),
    program('smap', 'ring 0 calls into a page of ring 3', [], fetch),
    program('smap', 'ring 3 reads and writes its page', [RETURN_VECTOR], (a) => a.inc(dword(HIGH)).mov(cl, byte(HIGH)), { ring: 3 }),
    program('smap', 'WP with AC: a read-only page', [[14, WRITE | PRESENT]], (a) => stac(a).mov(dword(HIGH), eax), { entry: FRAMES | U | P, wp: true }),
    program('smap', 'PAE: ring 0 reads a page of ring 3', [[14, PRESENT]], (a) => a.mov(eax, dword(HIGH)), { pae: true }),
    program('smap', 'STAC and CLAC', [], (a) => readFlags(clac(readFlags(stac(a))))),
    program('smap', 'STAC in ring 3', [6], stac, { ring: 3 }),
    program('smap', 'CLAC in ring 3', [6], clac, { ring: 3 }),
    {
      name: 'SMAP: implicit accesses ignore AC', source: 'vol. 3A §4.6.1', raises: [[14, PRESENT]], needs: ['smap'],
      build: (w) => {
        // The LDT on a page of ring 3: a load of a segment register reads it.
        const local = w.put(LDT + 8, 0x0000_ffff, 0x00cf_9300).segment(0x82, { base: HIGH, limit: LDT_LIMIT, flags: 0 });
        page(w, [LDT | U | W | P], { cr4: CR4_SMAP });
        w.attempt((a) => lldtAx(stac(a).mov(eax, local)).mov(eax, 0xc).mov(es, eax));
      },
    },
    {
      name: 'SMAP: AC behind a gate', source: 'vol. 3A §6.12.1', raises: [RETURN_VECTOR], needs: ['smap'],
      build: (w) => {
        page(w, [USER_PAGE], { cr4: CR4_SMAP });
        w.interrupt(0x31, { type: TYPE.interruptGate32, target: 'handler', dpl: 3 }).outside((a) => a.int(0x31), { eflags: EFLAGS_AC });
        w.a.jmp('end');
        readFlags(w.a.label('handler')).mov(eax, dword(HIGH)).op('iret');
      },
    },
  ],
};
