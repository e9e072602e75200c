import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { al, ax, Assembler, ds, dword, eax, ebx, ecx, edi, edx, esi, type Register } from '@ringzero/conformance';
import { describe, expect, it } from 'vitest';
import { createMachine, type Machine } from '../src/index.ts';

const backends = { interpreter: createInterpreterHypervisor(), jit: createJitHypervisor({ threshold: 0 }) };
const BOOT = 0x7c00;
/** Where an application processor starts: the vector of its start-up IPI is 8. */
const START = 0x8000;
/** A shared count, and a log of each processor. */
const COUNT = 0x600;
const LOG = 0x2000;
const AP_LOG = 0x4000;
const ENTRIES = 300;

// x2APIC registers as MSRs (SDM vol. 3A table 10-6), so that real mode reaches them.
const APIC_BASE = 0x1b;
const EOI = 0x80b;
const SPURIOUS = 0x80f;
const ICR = 0x830;
const LVT_TIMER = 0x832;
const TIMER_INITIAL = 0x838;
const TIMER_DIVIDE = 0x83e;
const BY_128 = 0xa;
const PERIODIC = 0x2_0000;

function wrmsr(a: Assembler, msr: number, low: number, high: number = 0): Assembler {
  return a.mov(ecx, msr).mov(eax, low).mov(edx, high).op('wrmsr');
}

/** Turns x2APIC mode and the APIC on. */
function enableApic(a: Assembler): Assembler {
  a.mov(ecx, APIC_BASE).op('rdmsr').alu('or', eax, 0xc00).op('wrmsr');
  return wrmsr(a, SPURIOUS, 0x1ff);
}

/** Makes room for an entry of the log at EDI: the time, and `value`. */
function log(a: Assembler, value: Register): Assembler {
  return a.op('rdtsc').mov(dword({ base: edi }), eax).mov(dword({ base: edi, displacement: 4 }), value).alu('add', edi, 8);
}

interface Outcome {
  readonly end: unknown;
  readonly swaps: number;
}

/** Runs to the debug exit, changing engines every `period` nanoseconds of the guest's time. */
async function run(prepare: (machine: Machine) => void, processors: number, backend: keyof typeof backends, period?: number): Promise<Outcome> {
  await using machine = await createMachine({ backend, backends, memory: '1M', clock: 'virtual', cpu: 'max', processors, debugExitPort: 0xf4 });
  prepare(machine);
  let swaps = 0;
  const again = (): void => {
    machine.clock.schedule(machine.clock.now() + period!, () => {
      void machine.switchBackend(machine.hypervisor.name === 'jit' ? backends.interpreter : backends.jit).then(() => swaps++);
      again();
    });
  };
  if (period !== undefined) again();
  expect(await machine.run()).toMatchObject({ kind: 'debugExit' });
  const { chipset, memory, now, processors: states } = machine.save();
  return { end: { chipset, now, states, log: Buffer.from(memory.subarray(LOG, LOG + 0x4000)).toString('hex').match(/.{16}/g) }, swaps };
}

/** Puts code at the boot sector's place, and the offset of a label in it into the vector table. */
function place(machine: Machine, a: Assembler, vector?: number): void {
  machine.load({ kind: 'flat', image: a.bytes(), address: BOOT });
  if (vector === undefined) return;
  const offset = a.addressOf('handler');
  machine.memory.writeBytes(4 * vector, Uint8Array.of(offset & 0xff, offset >> 8, (BOOT >> 4) & 0xff, BOOT >> 12));
}

describe('a switch keeps to the bit', () => {
  it('the phase of a timer that counts slowly', async () => {
    // Ticks of 1,280 ns; the handler logs when it comes and how far the loop has counted.
    const a = enableApic(new Assembler(16, 0).op('cli').mov(ax, 0).mov(ds, ax).mov(ebx, 0).mov(edi, LOG));
    wrmsr(a, TIMER_DIVIDE, BY_128);
    wrmsr(a, LVT_TIMER, PERIODIC | 0x40);
    wrmsr(a, TIMER_INITIAL, 37).op('sti').label('loop').inc(ebx).jmp('loop');
    log(a.label('handler'), ebx);
    wrmsr(a, EOI, 0).alu('cmp', edi, LOG + 8 * ENTRIES).j('nc', 'end').op('iret').label('end').mov(al, 0).out(0xf4, al);
    const prepare = (machine: Machine): void => place(machine, a, 0x40);
    const plain = await run(prepare, 1, 'interpreter');
    for (const [backend, period] of [['interpreter', 77_730], ['jit', 100_010]] as const) {
      const switched = await run(prepare, 1, backend, period);
      expect(switched.swaps).toBeGreaterThan(100);
      expect(switched.end).toEqual(plain.end);
    }
  });

  it('how several processors take turns', async () => {
    // Both count in the same place, and log when they did and what they found.
    const ap = new Assembler(16, 0).mov(ax, 0).mov(ds, ax).mov(edi, AP_LOG);
    log(ap.label('again').mov(esi, 1).lock().xadd(dword(COUNT), esi), esi).alu('cmp', edi, AP_LOG + 8 * ENTRIES).j('c', 'again').label('rest').mov(edi, AP_LOG).jmp('again');
    const a = enableApic(new Assembler(16, 0).op('cli').mov(ax, 0).mov(ds, ax).mov(edi, LOG));
    wrmsr(a, ICR, 0x4500, 1);
    wrmsr(a, ICR, 0x4600 | (START >> 12), 1).mov(ebx, 400);
    log(a.label('again').mov(esi, 1).lock().xadd(dword(COUNT), esi), esi).alu('cmp', edi, LOG + 8 * ENTRIES).j('c', 'again').mov(edi, LOG).dec(ebx).j('nz', 'again').mov(al, 0).out(0xf4, al);
    const prepare = (machine: Machine): void => {
      place(machine, a);
      machine.memory.writeBytes(START, ap.bytes());
    };
    const plain = await run(prepare, 2, 'interpreter');
    expect((await run(prepare, 2, 'jit')).end).toEqual(plain.end);
    for (const [backend, period] of [['interpreter', 277_730], ['jit', 333_310]] as const) {
      const switched = await run(prepare, 2, backend, period);
      expect(switched.swaps).toBeGreaterThan(30);
      expect(switched.end).toEqual(plain.end);
    }
  });
});
