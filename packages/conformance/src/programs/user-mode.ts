import { Assembler } from '../assembler/assembler.ts';
import { al, ax, ds, dword, eax, ebx, ecx, edi, es, esp } from '../assembler/operands.ts';
import { KERNEL_DATA, TASK, USER_CODE, USER_DATA } from './environment.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT, STACK } from './program.ts';

const USER_STACK = STACK - 0x2000;

/** Ring 3: IRET outwards, system calls through an INT gate with a stack switch, protection faults from user code. */
export const USER_MODE: TestProgram = {
  name: 'user mode',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.mov(ax, TASK).ltr(ax).mov(ax, USER_DATA).mov(ds, ax).mov(es, ax);
    a.push(USER_DATA).push(USER_STACK).push(2).push(USER_CODE).push('user').op('iret');

    a.label('user').mov(ebx, 0).mov(ecx, 25);
    a.label('call').mov(eax, ecx).int(0x80).dec(ecx).j('nz', 'call');
    a.mov(edi, esp);
    // Privileged instructions fault; the handler steps over the one byte of each.
    a.op('cli').op('hlt');
    // So does an INT through a gate of ring 0, with the vector in the error code; two bytes.
    a.mov(dword('length'), 2).int(0x41);
    a.mov(eax, -1).int(0x80);
    a.label('forever').jmp('forever');

    a.label('systemCall').alu('cmp', eax, -1).j('z', 'finish').alu('add', ebx, eax).op('iret');
    a.label('protection').push(eax).mov(eax, dword({ base: esp, displacement: 4 })).alu('add', dword('errors'), eax).inc(dword('count'));
    a.mov(eax, dword('length')).alu('add', dword({ base: esp, displacement: 8 }), eax).pop(eax).alu('add', esp, 4).op('iret');
    a.label('finish').mov(ax, KERNEL_DATA).mov(ds, ax).mov(es, ax);
    a.mov(eax, ebx).out(RESULT_PORT, eax).mov(eax, dword('count')).out(RESULT_PORT, eax).mov(eax, dword('errors')).out(RESULT_PORT, eax);
    a.mov(eax, edi).out(RESULT_PORT, eax);
    // What the gate pushed: SS, ESP and CS of the caller.
    a.mov(eax, dword({ base: esp, displacement: 16 })).out(RESULT_PORT, eax).mov(eax, dword({ base: esp, displacement: 4 })).out(RESULT_PORT, eax);
    a.mov(al, 0).op('cli', 'hlt');
    return a.align(4).label('count').dd(0).label('errors').dd(0).label('length').dd(1);
  },
  gates: { 0x80: { label: 'systemCall', dpl: 3 }, 13: 'protection' },
  results: [325, 3, 0x41 * 8 + 2, USER_STACK, USER_DATA, USER_CODE],
};
