/** A guest that writes 42 to port 10h, run on the hypervisor that `create` makes. */
function runsTheGuest(module: string, create: string): string {
  return `
import { GuestMemory } from '@ringzero/guest-memory';
import { StopVpSource, uniformTopology } from '@ringzero/processor';
import type { CpuIo, VmClock } from '@ringzero/processor';
import { ${create} } from '${module}';

const memory = new GuestMemory(0x100000);
memory.writeBytes(0x1000, Uint8Array.of(0xb0, 42, 0xe6, 0x10, 0xeb, 0xfe)); // mov al, 42; out 10h, al; jmp $
let time = 0;
const clock: VmClock = {
  mode: 'virtual', tscFrequency: 1e9, now: () => time, advance: (instructions) => { time += instructions * 10; }, quantum: () => 1000,
  poll: () => {}, skipIdle: () => false, idleMilliseconds: () => Infinity, schedule: (deadline) => ({ deadline, cancel: () => {} }),
};
const stop = new StopVpSource();
const written: number[] = [];
const io: CpuIo = {
  isMmio: () => false, acknowledgePicInterrupt: () => undefined, handleEoi: () => {}, readMmio: () => 0, writeMmio: () => {}, readIo: () => 0,
  writeIo: (_vp, port, _size, value) => {
    written.push(port, value);
    stop.stop();
  },
  fatalError: (error) => { throw error; },
};
const layout = { ram: [{ address: 0, length: 0x100000 }], mmio: [] };
const { binders } = ${create}().newPartition({ topology: uniformTopology(1), clock }).build({ memory: { layout, guestMemory: memory } });
const processor = binders[0]?.bind();
if (processor === undefined) throw new Error('no processor');
const state = processor.accessState(0);
const registers = state.get('registers');
state.set('registers', { ...registers, rip: 0x1000n, cs: { ...registers.cs, base: 0n, selector: 0 } });
state.commit();
const halt = await processor.runVp(stop.checker(), io);
if (halt.kind !== 'stop' || written.join() !== '16,42') throw new Error(\`\${halt.kind}: \${written.join()}\`);
`;
}

/**
 * A few lines of TypeScript per package that use what it is for. They run in an empty project against the packed package,
 * and are type-checked there.
 */
export const USES: Readonly<Record<string, string>> = {
  '@ringzero/processor': `
import { RingzeroError, StopVpSource } from '@ringzero/processor';
const source = new StopVpSource();
source.stop();
if (!source.isStopping || RingzeroError.isInstance(new Error('other'))) throw new Error('processor');
`,
  '@ringzero/guest-memory': `
import { GuestMemory } from '@ringzero/guest-memory';
const memory = new GuestMemory(0x100000);
memory.writeBytes(0xfff, Uint8Array.of(1, 2));
if (memory.readBytes(0x1000, 1)[0] !== 2) throw new Error('guest-memory');
`,
  '@ringzero/devices': `
import { PortSpace, ResetControl } from '@ringzero/devices';
let resets = 0;
const ports = new PortSpace();
new ResetControl({ onReset: () => { resets++; } }).attach(ports);
void ports.write(0xcf9, 1, 6);
if (resets !== 1 || ports.read(0x1234, 2) !== 0xffff) throw new Error('devices');
`,
  '@ringzero/guests': `
import { listGuests, resolveEmbeddedGuest } from '@ringzero/guests';
if (listGuests().length === 0) throw new Error('guests');
const boot: unknown = await resolveEmbeddedGuest('monitor');
if (typeof boot !== 'object') throw new Error('monitor');
`,
  '@ringzero/machine': `
import { MachineError, validateMachineConfig, VirtualClock } from '@ringzero/machine';
const clock = new VirtualClock();
let fired = false;
clock.schedule(100, () => { fired = true; });
clock.advance(10);
clock.poll();
if (!fired) throw new Error('machine');
try {
  validateMachineConfig({ memoryBytes: 5, clock: 'virtual' });
  throw new Error('accepted');
} catch (error) {
  if (!MachineError.isInstance(error)) throw error;
}
`,
  '@ringzero/backend-interpreter': runsTheGuest('@ringzero/backend-interpreter', 'createInterpreterHypervisor'),
  '@ringzero/backend-jit': runsTheGuest('@ringzero/backend-jit', 'createJitHypervisor'),
};
