import { Assembler } from '../assembler/assembler.ts';
import { al, ax, bx, cs, cx, di, ds, dword, dx, eax, es, si, sp, ss, word, bp } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

/** Real mode: segments, 16-bit addressing, software interrupts, a divide error, flags on the stack. */
export const REAL_MODE: TestProgram = {
  name: 'real mode',
  bits: 16,
  assemble() {
    // CS:0 is CODE, whose low 16 bits are 0: 16-bit references to labels are offsets in the segment.
    const a = new Assembler(16, CODE);
    const out = (): Assembler => a.out(RESULT_PORT, eax);
    a.alu('xor', eax, eax);
    a.mov(ax, 0x2000).mov(es, ax).mov(di, 0x10).mov(cx, 16).mov(ax, 1).op('cld');
    a.label('fill').string('stos', 2).shift('shl', ax, 1).short('loop', 'fill');
    // Through a 32-bit look at the same bytes.
    a.mov(bx, 0x10).mov(eax, dword({ base: bx, displacement: 4, segment: es }));
    out();
    // The default segment of BP is SS.
    a.mov(bp, sp).push(0x1234).mov(ax, word({ base: bp, displacement: -2 })).alu('and', eax, 0xffff).pop(cx);
    out();
    a.mov(ax, 0x1111).int(0x40).alu('and', eax, 0xffff);
    out();
    // The divide error returns to the instruction itself, whose divisor the handler mends.
    a.mov(cx, 0).mov(dx, 0).mov(ax, 100).unary('div', cx).alu('and', eax, 0xffff);
    out();
    a.mov(si, 'text').alu('xor', bx, bx);
    a.label('sum').op('lodsb').alu('cmp', al, 0).short('z', 'summed').movzx(ax, al).alu('add', bx, ax).short('jmp', 'sum');
    a.label('summed').movzx(eax, bx);
    out();
    a.op('stc', 'pushf').pop(ax).alu('and', eax, 0x3003);
    out();
    a.mov(ax, ss).mov(bx, cs).alu('add', ax, bx).mov(bx, ds).alu('add', ax, bx).alu('and', eax, 0xffff);
    out();
    // SP wraps within 64 KB.
    a.mov(bx, sp).mov(sp, 0).push(bx).mov(ax, sp).mov(sp, bx).alu('and', eax, 0xffff);
    out();
    a.op('cli', 'hlt');
    a.label('int40').alu('add', ax, 0x2222).op('iret');
    a.label('divide').mov(cx, 7).op('iret');
    a.label('text').db(1, 2, 3, 250, 0);
    return a;
  },
  gates: { 0x40: 'int40', 0: 'divide' },
  results: [0x00080004, 0x1234, 0x3333, 14, 256, 0x0003, 0x2000, 0xfffe],
};

/** Branches whose target is outside CS's limit fault with nothing changed: LOOP has not counted, CALL has not pushed (SDM vol. 2, LOOP, CALL). */
export const BRANCH_LIMITS: TestProgram = {
  name: 'branches beyond the limit',
  bits: 16,
  assemble() {
    const a = new Assembler(16, CODE);
    const out = (): Assembler => a.out(RESULT_PORT, eax);
    a.short('jmp', 'start');
    // With a 32-bit operand size IP is not truncated: backwards from here is beyond the limit.
    a.label('loop').db(0x66, 0xe2, 0x80).label('call').db(0x66, 0xe8).dd(-0x100).label('jump').db(0x66, 0x0f, 0x84).dd(-0x100);
    a.label('start').mov(ax, 0x2000).mov(ss, ax).mov(sp, 0x1000).mov(cx, 5).mov(bx, 'call').jmp('loop');
    a.label('resume2').mov(bx, 'jump').jmp('call');
    a.label('resume3').mov(bx, 'end').alu('xor', ax, ax).jmp('jump');
    a.label('end').op('cli', 'hlt');
    // The faulting IP and what the instruction must have left alone; then on with the next.
    a.label('protection').mov(bp, sp).movzx(eax, cx).shift('shl', eax, 16).mov(ax, word({ base: bp })).push(eax);
    a.pop(eax);
    out();
    a.movzx(eax, sp);
    out();
    a.alu('cmp', bx, 'call').j('z', 'go2').alu('cmp', bx, 'jump').j('z', 'go3').mov(word({ base: bp }), 'end').op('iret');
    a.label('go2').mov(word({ base: bp }), 'resume2').op('iret').label('go3').mov(word({ base: bp }), 'resume3').op('iret');
    return a;
  },
  gates: { 13: 'protection' },
  results: [0x5_0002, 0xffa, 0x5_0005, 0xffa, 0x5_000b, 0xffa],
};
