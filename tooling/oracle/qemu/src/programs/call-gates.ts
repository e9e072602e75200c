import { type Assembler, dword, ds, eax, ebp, ebx, ecx, edx, esp, fs, ss } from '@ringzero/conformance';
import { callFar, retfn } from './instructions.ts';
import { CODE1, CODE2, DATA, DATA1, INNER_STACK, KERNEL_CODE, KERNEL_DATA, LOW_CODE, RETURN_VECTOR, STACK1, TSS, USER_CODE, USER_DATA, USER_STACK } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import { type Gate, TYPE, type World } from './world.ts';

const GATES = 'vol. 3A §5.8.3';
const CALL = 'vol. 2, CALL';
const RETF = 'vol. 2, RET';
const BACK: readonly Raised[] = [RETURN_VECTOR];
/** The gate is the first descriptor of a program's own. */
const FIRST = 0x80;

/** A gate of ring 3 that is called from there; its target looks at the stack and returns. */
function inward(name: string, gate: Partial<Gate>, raises: readonly Raised[] = BACK, change: (w: World) => void = () => undefined, source: string = CALL): SystemProgram {
  return {
    name, source, raises,
    build: (w) => {
      const selector = w.gateSegment({ type: TYPE.callGate32, target: 'target', dpl: 3, ...gate });
      change(w);
      w.outside((a) => callFar(a.push(0x1111).push(0x2222).mov(ebp, esp), selector | 3).mov(eax, esp));
      target(w.a, gate);
    },
  };
}

/** Where gates lead; jumped over by the code in front of it. */
function target(a: Assembler, { type = TYPE.callGate32, parameters = 0 }: Partial<Gate>): void {
  a.jmp('end').label('target').mov(ebx, esp).mov(ecx, ss).mov(edx, dword({ base: esp })).push(eax).pop(eax);
  if (type === TYPE.callGate16) a.db(0x66);
  retfn(a, parameters * (type === TYPE.callGate16 ? 2 : 4));
}

/** A gate that is called from ring 0. */
function within(name: string, gate: Partial<Gate>, raises: readonly Raised[] = [], choose: (selector: number) => number = (selector) => selector): SystemProgram {
  return {
    name, source: GATES, raises,
    build: (w) => {
      const selector = w.gateSegment({ type: TYPE.callGate32, target: 'target', ...gate });
      w.attempt((a) => callFar(a.mov(ebp, esp), choose(selector)).mov(eax, esp));
      target(w.a, gate);
    },
  };
}

/** A far return with this frame, from ring 0. */
function returnOf(name: string, raises: readonly Raised[], code: (a: Assembler, w: World) => void): SystemProgram {
  return { name: `RETF: ${name}`, source: RETF, raises, build: (w) => void w.attempt((a) => code(a, w)) };
}

export const CALL_GATES: Topic = {
  title: 'call gates',
  programs: [
    inward('a gate into ring 0', {}),
    inward('a gate with two parameters', { parameters: 2 }),
    inward('a gate with 31 parameters', { parameters: 31 }),
    inward('a gate into ring 1', { selector: CODE1 & ~3 }),
    inward('a gate into ring 2 with a parameter', { selector: CODE2 & ~3, parameters: 1 }),
    inward('a gate to conforming code', { selector: FIRST + 8 }, BACK, (w) => void w.segment(0x9f)),
    inward('a gate of ring 0 called from ring 3', { dpl: 0 }, [[13, FIRST]]),
    inward('an absent gate', { isAbsent: true }, [[11, FIRST]]),
    inward('a gate to null', { selector: 0 }, [[13, 0]]),
    inward('a gate to data', { selector: KERNEL_DATA }, [[13, KERNEL_DATA]]),
    inward('a gate to absent code', { selector: FIRST + 8 }, [[11, FIRST + 8]], (w) => void w.segment(0x1b)),
    inward('a gate whose target is beyond the limit', { selector: FIRST + 8 }, [[13, 0]], (w) => void w.segment(0x9b, { limit: 0xff, flags: 4 })),
    inward('a gate into ring 1 with a null stack', { selector: CODE1 & ~3 }, [[10, 0]], (w) => w.put(TSS + 16, 0)),
    inward('a gate into ring 1 with a stack of another ring', { selector: CODE1 & ~3 }, [[10, KERNEL_DATA]], (w) => w.put(TSS + 16, KERNEL_DATA)),
    inward('a gate into ring 1 with an absent stack', { selector: CODE1 & ~3 }, [[12, FIRST + 8]], (w) => w.put(TSS + 16, w.segment(0x33) | 1)),
    inward('a gate into ring 1 with a read-only stack', { selector: CODE1 & ~3 }, [[10, FIRST + 8]], (w) => w.put(TSS + 16, w.segment(0xb1) | 1)),
    inward('a gate into ring 1 with a stack beyond the GDT', { selector: CODE1 & ~3 }, [[10, 0x500]], (w) => w.put(TSS + 16, 0x501)),
    inward('a gate into ring 1 with a stack that is too small', { selector: CODE1 & ~3, parameters: 4 }, [[12, FIRST + 8]], (w) => w.put(TSS + 12, 16, w.segment(0xb3, { base: DATA, limit: 0xff, flags: 4 }) | 1)),
    within('a gate of 32 bits in the same ring', {}),
    within('an absent gate in the same ring', { isAbsent: true }, [[11, FIRST]]),
    within('a gate whose RPL is above its DPL', { dpl: 0 }, [[13, FIRST]], (selector) => selector | 1),
    within('a gate to code of ring 3', { selector: USER_CODE & ~3 }, [[13, USER_CODE & ~3]]),
    {
      name: 'a far jump through a gate', source: GATES, raises: [],
      build: (w) => {
        const selector = w.gateSegment({ type: TYPE.callGate32, target: 'target' });
        w.a.farJmp(selector, 0x1234, 4).label('target').mov(ebx, esp);
      },
    },
    {
      name: 'a far jump through a gate into an inner ring', source: GATES, raises: [[13, KERNEL_CODE]],
      build: (w) => {
        const selector = w.gateSegment({ type: TYPE.callGate32, target: 'target', dpl: 3 });
        w.outside((a) => a.farJmp(selector, 0, 4).label('target'));
      },
    },
    {
      name: 'a gate of 16 bits into ring 0, with parameters', source: CALL, raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = w.gateSegment({ type: TYPE.callGate16, target: LOW_CODE, dpl: 3, parameters: 2 });
        w.bytes(LOW_CODE, Uint8Array.of(0x66, 0xca, 4, 0));
        // IP is what the gate pushes: the caller is below 64 KB as well.
        w.bytes(LOW_CODE + 0x20, Uint8Array.of(0x9a, 0, 0, 0, 0, selector, 0, 0xcd, RETURN_VECTOR));
        w.outside((a) => a.push(0x1111).push(0x2222).mov(ebp, esp).mov(eax, LOW_CODE + 0x20).jmp(eax));
      },
    },
    returnOf('to ring 3', [RETURN_VECTOR], (a) => a.push(USER_DATA).push(USER_STACK).push(USER_CODE).push('outer').op('retf').label('outer').mov(ebx, ds).mov(ecx, fs).int(RETURN_VECTOR)),
    returnOf('to ring 3 over bytes of both stacks', [RETURN_VECTOR], (a) => retfn(a.push(USER_DATA).push(USER_STACK - 8).push(1).push(2).push(USER_CODE).push('outer'), 8).label('outer').mov(ebx, esp).int(RETURN_VECTOR)),
    returnOf('to ring 1', [RETURN_VECTOR], (a) => a.push(DATA1).push(STACK1).push(CODE1).push('outer').op('retf').label('outer').mov(ebx, ss).int(RETURN_VECTOR)),
    returnOf('to data', [[13, KERNEL_DATA]], (a) => a.push(KERNEL_DATA).push(0).op('retf')),
    returnOf('to null', [[13, 0]], (a) => a.push(0).push(0).op('retf')),
    returnOf('beyond the GDT', [[13, 0x500]], (a) => a.push(0x500).push(0).op('retf')),
    returnOf('to absent code', [[11, FIRST]], (a, w) => a.push(w.segment(0x1b)).push(0).op('retf')),
    returnOf('to ring 3 with a stack of ring 0', [[13, KERNEL_DATA]], (a) => a.push(KERNEL_DATA).push(USER_STACK).push(USER_CODE).push('outer').op('retf').label('outer')),
    returnOf('to ring 3 with a null stack', [[13, 0]], (a) => a.push(0).push(USER_STACK).push(USER_CODE).push('outer').op('retf').label('outer')),
    returnOf('to ring 3 with an absent stack', [[12, FIRST]], (a, w) => a.push(w.segment(0x73) | 3).push(USER_STACK).push(USER_CODE).push('outer').op('retf').label('outer')),
    {
      name: 'RETF: inward', source: RETF, raises: [[13, KERNEL_CODE]],
      build: (w) => w.outside((a) => a.push(KERNEL_CODE).push(0).op('retf')),
    },
    {
      name: 'segments of ring 0 become null on the way to ring 3', source: RETF, raises: [RETURN_VECTOR],
      build: (w) => w.attempt((a) => a.mov(eax, USER_DATA).mov(fs, eax).push(USER_DATA).push(USER_STACK).push(USER_CODE).push('outer').op('retf').label('outer').mov(ebx, ds).mov(ecx, fs).int(RETURN_VECTOR)),
    },
    {
      name: 'the stack that a gate comes to', source: 'vol. 3A §5.8.5', raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = w.gateSegment({ type: TYPE.callGate32, target: 'target', dpl: 3 });
        w.outside((a) => callFar(a.mov(ebp, esp), selector).mov(ebx, esp));
        w.a.jmp('end').label('target').mov(eax, dword(INNER_STACK - 4)).mov(ecx, dword(INNER_STACK - 8)).op('retf');
      },
    },
  ],
};
