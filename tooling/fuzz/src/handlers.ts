import { Assembler, ax, bp, cl, ds, dword, eax, ebx, ecx, edx, es, esp, sp, ss, word, type Gate } from '@ringzero/conformance';
import { KERNEL_STACK, SLOT_BYTES, SLOTS, SLOTS_END, STACK } from './layout.ts';

/** Exceptions that push an error code (SDM vol. 3A table 6-1). */
const WITH_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17];
const KERNEL = 0x10000;
const KERNEL_DATA = 0x10;
const USER_DATA = 0x23;
const EOI = 0xfee0_00b0 | 0;
/** Vector of the interrupts that come from outside, and of those that INT may call from ring 3. */
export const INTERRUPT = 0x33;
export const SERVICE = 0x40;
/** EFLAGS that survive a fault: all but TF, NT, RF and VIP. */
const KEPT = 0x2e_3ed7;
const VM = 0x2_0000;

interface Handlers {
  readonly code: Assembler;
  readonly gates: Readonly<Record<number, Gate>>;
}

/**
 * Handlers of protected mode. A fault goes on with the next slot, on a fresh stack and in flat data segments; behind the
 * last slot, and for a fault elsewhere, the machine halts. Traps and interrupts return.
 */
export function protectedHandlers(): Handlers {
  const a = new Assembler(32, KERNEL);
  a.label('withError').alu('add', esp, 4);
  a.label('fault').mov(ax, KERNEL_DATA).mov(ds, ax).mov(es, ax).pop(ebx).pop(ecx).pop(edx);
  a.alu('and', ebx, -SLOT_BYTES).alu('add', ebx, SLOT_BYTES).alu('cmp', ebx, SLOTS_END).j('ae', 'finish').alu('cmp', ebx, SLOTS).j('b', 'finish');
  a.alu('and', edx, KEPT).alu('or', edx, 2).test(edx, VM).j('nz', 'virtual').test(cl, 3).j('nz', 'user');
  a.mov(ss, ax).mov(esp, STACK).push(edx).push(ecx).push(ebx).op('iret');
  a.label('user').mov(ax, KERNEL_DATA).mov(ss, ax).mov(esp, KERNEL_STACK).push(USER_DATA).push(STACK).push(edx).push(ecx).push(ebx);
  a.mov(ax, USER_DATA).mov(ds, ax).mov(es, ax).op('iret');
  a.label('virtual').mov(esp, KERNEL_STACK);
  for (let i = 0; i < 5; i++) a.push(0);
  a.push(STACK).push(edx).push(0).push(ebx).op('iret');
  a.label('finish').op('cli', 'hlt').jmp('finish');
  a.label('trap').bit('bts', dword({ base: esp, displacement: 8 }), 16).op('iret');
  a.label('service').op('iret');
  a.label('interrupt').push(ds).push(eax).mov(ax, KERNEL_DATA).mov(ds, ax).mov(dword(EOI), 0).pop(eax).pop(ds).op('iret');
  a.label('gate').op('retf');
  const gates: Record<number, Gate> = {};
  for (let vector = 0; vector < 256; vector++) gates[vector] = WITH_ERROR_CODE.includes(vector) ? 'withError' : 'fault';
  gates[1] = 'trap';
  gates[3] = { label: 'service', dpl: 3 };
  gates[4] = { label: 'service', dpl: 3 };
  gates[INTERRUPT] = 'interrupt';
  for (let vector = SERVICE; vector < SERVICE + 4; vector++) gates[vector] = { label: 'service', dpl: 3 };
  return { code: a, gates };
}

/** Linear address of the code behind the call gate. */
export function callGateTarget(): number {
  return protectedHandlers().code.addressOf('gate');
}

/** Handlers of real mode: the same, in 16 bits. */
export function realHandlers(): Handlers {
  const a = new Assembler(16, KERNEL);
  a.label('fault').push(bp).mov(bp, sp).alu('and', word({ base: bp, displacement: 2 }), -SLOT_BYTES).alu('add', word({ base: bp, displacement: 2 }), SLOT_BYTES);
  a.alu('cmp', word({ base: bp, displacement: 2 }), SLOTS_END).j('ae', 'finish').alu('cmp', word({ base: bp, displacement: 2 }), SLOTS).j('b', 'finish');
  a.mov(word({ base: bp, displacement: 4 }), 0).pop(bp).label('service').op('iret');
  a.label('finish').op('cli', 'hlt').jmp('finish');
  const gates: Record<number, Gate> = {};
  for (let vector = 0; vector < 256; vector++) gates[vector] = vector >= SERVICE && vector < SERVICE + 4 ? 'service' : 'fault';
  for (const vector of [1, 3, 4, INTERRUPT]) gates[vector] = 'service';
  return { code: a, gates };
}
