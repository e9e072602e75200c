import { GuestMemory } from '@ringzero/guest-memory';
import { StopVpSource, uniformTopology, type CpuIo, type VmClock } from '@ringzero/processor';
import { expect, it } from 'vitest';
import { createInterpreterHypervisor } from '../src/index.ts';

const CODE = 0x1000;
const DEVICE = 0x20_0000n;
const FLAT = { base: 0n, limit: 0xffff_ffff };
/** mov [ebx], eax: to the device. */
const STORE = [0x89, 0x03];
/** mov dword [edi], FFh-E6h: makes what follows an OUT, which ends a block. */
const STORE_OUT = [0xc7, 0x07, 0xe6, 0x80, 0x40, 0x40];

/** When a timer fires that the device arms for two instructions later, where the first budget ends at instruction `firstEnd`. */
async function fires(instruction: readonly number[], firstEnd: number): Promise<number> {
  const memory = new GuestMemory(1 << 20);
  const code = new Uint8Array(2000).fill(0x40);
  code.set(instruction, 100);
  code.set([0xeb, 0xfe], 1990);
  memory.writeBytes(CODE, code);
  let now = 0;
  let deadline = Infinity;
  let firedAt = -1;
  const stop = new StopVpSource();
  const clock: VmClock = {
    mode: 'virtual',
    tscFrequency: 1e9,
    now: () => now,
    advance: (instructions) => void (now += instructions),
    quantum: () => Math.max(1, Math.min(now < firstEnd ? firstEnd - now : 1000, deadline - now)),
    poll: () => {
      if (now < deadline) return;
      firedAt = now;
      deadline = Infinity;
      stop.stop();
    },
    skipIdle: () => false,
    idleMilliseconds: () => Infinity,
    schedule: (at) => ({ deadline: at, cancel: () => undefined }),
  };
  const layout = { ram: [{ address: 0, length: memory.ramBytes }], mmio: [] };
  const { binders } = createInterpreterHypervisor().newPartition({ topology: uniformTopology(1), clock, cpu: 'max' }).build({ memory: { layout, guestMemory: memory } });
  const processor = binders[0].bind();
  const state = processor.accessState(0);
  const data = { ...FLAT, selector: 0x10, attributes: 0xc093 };
  const target = BigInt(CODE + 100 + STORE_OUT.length + 3);
  state.set('registers', { ...state.get('registers'), rip: BigInt(CODE), rflags: 2n, cr0: 0x11n, rax: 0n, rbx: DEVICE, rdi: target, cs: { ...FLAT, selector: 8, attributes: 0xc09b }, ds: data, es: data, ss: data });
  state.commit();
  const arm = (): void => void (deadline = now + 2);
  const io: CpuIo = { isMmio: () => true, acknowledgePicInterrupt: () => undefined, handleEoi: () => undefined, readMmio: () => 0, writeMmio: arm, readIo: () => 0, writeIo: arm, fatalError: (error) => { throw error; } };
  await processor.runVp(stop.checker(), io);
  return firedAt;
}

it.each([
  ['a store to a device', STORE],
  ['an OUT that the guest has just written there', STORE_OUT],
])('a timer that %s arms fires in time, wherever budgets end', async (_, instruction) => {
  const times = await Promise.all([500, 140, 130, 120, 110].map((firstEnd) => fires(instruction, firstEnd)));
  expect(times[0]).toBeGreaterThan(100);
  expect(times).toEqual(times.map(() => times[0]));
});
