import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describe, expect, it } from 'vitest';
import { Machine } from '../src/index.ts';

/** Sets up the interrupt controllers and turns the mouse on; the handler of IRQ 12 stores what it reads at 600h, until there are four bytes. */
// prettier-ignore
const PROGRAM = [
  'fa', 'fc', '31c0', '8ed8', '8ec0', // cli; cld; DS = ES = 0
  'c706d001577c', 'c706d2010000', // vector 74h: handler
  'b011', 'e620', 'e6a0', 'b008', 'e621', 'b070', 'e6a1', 'b004', 'e621', 'b002', 'e6a1', 'b001', 'e621', 'e6a1', // 8259s: vectors 08h and 70h
  'b0fb', 'e621', 'b0ef', 'e6a1', // the cascade, and IRQ 12
  'b060', 'e664', 'b002', 'e660', // command byte 02h
  'b0d4', 'e664', 'b0f4', 'e660', // mouse: F4h
  'bf0006', // mov di, 600h
  'fa', '81ff0406', '7304', 'fb', 'f4', 'ebf5', 'f4', // l: cli; cmp di, 604h; jae e; sti; hlt; jmp l; e: hlt
  'e460', 'aa', 'b020', 'e6a0', 'e620', 'cf', // handler: in al, 60h; stosb; EOI twice; iret
];

describe.each([['interpreter', () => createInterpreterHypervisor()], ['jit', () => createJitHypervisor({ threshold: 0 })]] as const)('a mouse on the %s', (_name, create) => {
  it('reaches a guest by interrupt 12', async () => {
    const machine = new Machine({ memoryBytes: 1 << 20, clock: 'virtual', haltExit: true }, create());
    machine.load({ kind: 'flat', image: new Uint8Array(Buffer.from(PROGRAM.join(''), 'hex')), address: 0x7c00 });
    expect(machine.sendMouse({ dx: 1 })).toBe(false);
    machine.clock.schedule(1e6, () => void machine.sendMouse({ dx: -2, dy: 3, buttons: 2 }));
    expect(await machine.run()).toEqual({ kind: 'halted' });
    // Acknowledgement; then right button, left 2, down 3.
    expect([...machine.memory.readBytes(0x600, 4)]).toEqual([0xfa, 0x3a, 0xfe, 0xfd]);
  });
});
