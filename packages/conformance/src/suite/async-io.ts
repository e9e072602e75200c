import { compareSaved, createEventLoop, StopVpSource } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { al, ax, byte, dword, eax, ebx, ecx, edi, edx, esi, esp, word } from '../assembler/operands.ts';
import { MMIO_BASE } from '../machine/scripted-io.ts';
import type { TestMachine } from '../machine/test-machine.ts';
import { echo, IN_PORT, OUT_PORT } from '../programs/core.ts';
import { CODE, DATA } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';
import { machineWith } from './contract.ts';

const M = MMIO_BASE | 0;

/** Each case is code that touches devices, and how many accesses it makes. */
const CASES: readonly { readonly name: string; readonly accesses: number; readonly code: (a: Assembler) => void }[] = [
  {
    name: 'IN and OUT of every size',
    accesses: 12,
    code(a) {
      a.mov(edx, 0x1234).in(al, 'dx').out('dx', al).in(ax, 'dx').out('dx', ax).in(eax, 'dx').out('dx', eax);
      a.in(al, 0x60).out(0x61, al).in(ax, 0x62).out(0x63, ax).in(eax, 0x64).out(0x65, eax);
    },
  },
  {
    name: 'REP INSB and REP OUTSD',
    accesses: 12,
    code(a) {
      a.op('cld').mov(edx, 0x70).mov(edi, DATA).mov(ecx, 8).rep().op('insb').mov(esi, DATA).mov(ecx, 2).rep().string('outs', 4);
      a.mov(edi, DATA + 0xffe).string('ins', 4).op('std').mov(esi, DATA + 4).string('outs', 2);
    },
  },
  {
    name: 'PUSH and POP of device memory',
    accesses: 4,
    code: (a) => a.mov(dword(M), 0x1234_5678).push(dword(M)).pop(dword(M + 8)).mov(ebx, dword(M + 8)),
  },
  {
    name: 'MOVS from device memory to device memory',
    accesses: 14,
    code(a) {
      a.mov(dword(M), 0x0403_0201).mov(dword(M + 4), 0x0807_0605).op('cld').mov(esi, M).mov(edi, M + 0x100);
      a.string('movs', 4).mov(ecx, 4).rep().op('movsb').mov(eax, dword(M + 0x100)).mov(ebx, dword(M + 0x104));
    },
  },
  {
    name: 'CMPS, SCAS, LODS and STOS on device memory',
    accesses: 17,
    code(a) {
      a.op('cld').mov(eax, 0x5a5a_5a5a).mov(edi, M).mov(ecx, 4).rep().string('stos', 4).mov(dword(M + 8), 1);
      a.mov(edi, M).mov(ecx, 9).rep().string('scas', 4).mov(esi, M).mov(edi, M + 4).mov(ecx, 9).rep().string('cmps', 4);
      a.mov(esi, M + 12).string('lods', 4).mov(esi, M).string('lods', 2).mov(edi, M).op('stosb').mov(ebx, dword(M));
      a.mov(dword(M), ebx);
    },
  },
  {
    name: 'read, modify and write of device memory',
    accesses: 14,
    code(a) {
      a.mov(dword(M), 5).mov(eax, 7).alu('add', dword(M), eax).lock().inc(dword(M)).xchg(dword(M), eax);
      a.mov(ebx, 1).lock().xadd(dword(M), ebx).mov(edx, 9).shift('shl', dword(M), 3).mov(ecx, dword(M));
      a.alu('cmp', byte(M), 3).test(word(M), 5);
    },
  },
  {
    name: 'calls and jumps through device memory',
    accesses: 4,
    code(a) {
      a.mov(dword(M), 'routine').call(dword(M)).mov(dword(M + 4), 'over').jmp(dword(M + 4));
      a.label('routine').inc(ebx).op('ret').label('over').inc(ebx);
    },
  },
  {
    name: 'multiplication and division by device memory',
    accesses: 4,
    code: (a) => a.mov(dword(M), 7).mov(eax, 100).alu('xor', edx, edx).unary('div', dword(M)).unary('mul', dword(M)).imul(ebx, dword(M)),
  },
  {
    name: 'an access that is not aligned',
    accesses: 3,
    code: (a) => a.mov(dword(M), 0x4433_2211).mov(word(M + 1), 0x5566).mov(eax, dword(M + 1)).mov(esp, DATA + 0x800),
  },
];

function build(code: (a: Assembler) => void): Assembler {
  const a = new Assembler(32, CODE);
  code(a);
  return a.op('cli', 'hlt');
}

/** Makes every reply of the machine's devices a promise. */
function answerLater(machine: TestMachine, settle: () => Promise<void>): void {
  machine.io.reply = async (value) => {
    await settle();
    return value;
  };
}

/** Devices that answer with promises: each access is issued once, and nothing else differs. */
export function asyncIoPart({ create, test }: SuiteContext): void {
  const loop = createEventLoop();
  const replies = { 'in a microtask': () => Promise.resolve(), 'after a turn of the event loop': () => loop.turn() };

  for (const [when, settle] of Object.entries(replies)) {
    test(`IN and OUT answered ${when}`, [], async () => {
      const now = machineWith(create(), echo());
      await now.runToIdle();
      const later = machineWith(create(), echo());
      answerLater(later, settle);
      await later.runToIdle();
      expect(now.io.log.length).toBe(16);
      expect(now.io.written(OUT_PORT)).toEqual(now.io.log.filter((access) => access.kind === 'in').map((access) => access.value));
      expect(later.io.transcript()).toEqual(now.io.transcript());
      expect(compareSaved(now.save(), later.save(), now.partition.caps)).toEqual([]);
    });

    for (const { name, accesses, code } of CASES) {
      test(`${name}, answered ${when}`, ['instructions'], async () => {
        const now = machineWith(create(), build(code));
        await now.runToIdle();
        const later = machineWith(create(), build(code));
        answerLater(later, settle);
        await later.runToIdle();
        expect(now.io.transcript().length, now.io.transcript().join('; ')).toBe(accesses);
        expect(later.io.transcript()).toEqual(now.io.transcript());
        expect(compareSaved(now.save(), later.save(), now.partition.caps)).toEqual([]);
        expect(later.memoryChecksum()).toBe(now.memoryChecksum());
      });
    }
  }

  test('completes an access that was under way when the stop came', [], async () => {
    const machine = machineWith(create(), echo());
    let answer: (value: number) => void = () => {};
    machine.io.onRead.set(IN_PORT, () => new Promise<number>((resolve) => (answer = resolve)));
    let reads = 0;
    const stop = new StopVpSource();
    const run = machine.processor.runVp(stop.checker(), machine.io);
    await loop.turn();
    machine.io.onRead.set(IN_PORT, () => 100 + reads++);
    stop.stop();
    await loop.turn();
    answer(99);
    expect(await run).toEqual({ kind: 'stop' });
    await machine.runToIdle();
    expect(machine.io.written(OUT_PORT)).toEqual([99, 100, 101, 102, 103, 104, 105, 106]);
    expect(reads).toBe(7);
    expect(machine.registers.rcx).toBe(8n);
  });

  test('reports a promise that is rejected as a defect of the host', [], async () => {
    const machine = machineWith(create(), echo());
    const defect = new Error('the disk is gone');
    machine.io.onRead.set(IN_PORT, () => Promise.reject(defect));
    expect(await machine.runToIdle()).toEqual({ kind: 'powerOff' });
    expect(machine.io.errors).toEqual([defect]);
  });

  test('reports a device that throws as a defect of the host', [], async () => {
    const machine = machineWith(create(), echo());
    const defect = new Error('no such register');
    machine.io.onWrite.set(OUT_PORT, () => {
      throw defect;
    });
    expect(await machine.runToIdle()).toEqual({ kind: 'powerOff' });
    expect(machine.io.errors).toEqual([defect]);
  });
}
