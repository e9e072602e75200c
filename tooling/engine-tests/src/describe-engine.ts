import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { CODE, FlatMachine } from './flat-machine.ts';

/** OUT F4h, AL and OUT F4h, EAX; IN AL, 10h. */
const OUT_AL = [0xe6, 0xf4];
const OUT_EAX = [0xe7, 0xf4];
const IN_AL = [0xe4, 0x10];
const HALT = 0xf4;

/** Declares the tests that an engine's blocks must pass whatever they are made of; `create` is called for each test. */
export function describeEngine(create: () => Hypervisor): void {
  describe('code that changes', () => {
    it('by a store into an instruction that ran before', async () => {
      // mov ecx, 2; L: mov al, 1; mov byte [L + 1], 7; loop L
      const machine = new FlatMachine(create(), [0xb9, 2, 0, 0, 0, 0xb0, 1, 0xc6, 0x05, 0x06, 0x10, 0, 0, 7, 0xe2, 0xf5, ...OUT_AL, HALT]);
      await machine.run(1);
      expect(machine.written).toEqual([7]);
    });

    it('by a store into the next instruction of the running block', async () => {
      // mov byte [next + 1], 9; mov al, 1
      const machine = new FlatMachine(create(), [0xc6, 0x05, 0x08, 0x10, 0, 0, 9, 0xb0, 1, ...OUT_AL, HALT]);
      await machine.run(1);
      expect(machine.written).toEqual([9]);
    });

    it('by a device, in the middle of the block and in another block that is linked', async () => {
      // L: in al, 10h; mov al, 1; jmp M; M: out F4h, al; jmp L
      const machine = new FlatMachine(create(), [...IN_AL, 0xb0, 1, 0xeb, 0, ...OUT_AL, 0xeb, 0xf6]);
      let reads = 0;
      machine.onRead = () => machine.memory.writeBytes(CODE + 3, Uint8Array.of(5 + reads++));
      await machine.run(3);
      expect(machine.written).toEqual([5, 6, 7]);
    });

    it('in the second page of an instruction that crosses pages', async () => {
      // 1FFDh: L: mov eax, 1; out F4h, eax; in al, 10h; jmp L
      const machine = new FlatMachine(create(), [0xb8, 1, 0, 0, 0, ...OUT_EAX, ...IN_AL, 0xeb, 0xf5], 0x1ffd);
      machine.onRead = () => machine.memory.writeBytes(0x2000, Uint8Array.of(0xaa));
      await machine.run(2);
      expect(machine.written).toEqual([1, 0xaa_0001]);
    });
  });

  describe('budgets', () => {
    it.each([1, 2, 7, 1001])('of %d instructions are kept exactly', async (quantum) => {
      // L: inc eax; jmp L
      const machine = new FlatMachine(create(), [0x40, 0xeb, 0xfd]);
      machine.quantum = quantum;
      machine.onPoll = () => void (machine.quanta.length > 6 && machine.stop());
      expect((await machine.run(1)).kind).toBe('stop');
      const retired = machine.quanta.reduce((total, count) => total + count, 0);
      expect(Math.max(...machine.quanta)).toBe(quantum);
      expect(machine.eax).toBe(Math.ceil(retired / 2));
    });
  });
}
