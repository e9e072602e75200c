import type { GuestMemory } from '@ringzero/guest-memory';
import { allOnes } from '@ringzero/devices';
import type { CpuIo, VpHaltReason } from '@ringzero/processor';
import type { Chipset } from './chipset/chipset.ts';

/** What processors call out to: the chipset's ports and device memory. Where nothing answers, reads give ones. */
export function createCpuIo(memory: GuestMemory, chipset: Chipset, onFatalError: (error: unknown) => VpHaltReason): CpuIo {
  const { ports, mmio, pic, ioApic } = chipset;
  return {
    isMmio: (address) => !memory.isMemory(address),
    acknowledgePicInterrupt: () => pic.acknowledge(),
    handleEoi: (irq) => ioApic.handleEoi(irq),
    readMmio: (_vp, address, size) => (mmio.has(address) ? mmio.read(address, size) : allOnes(size)),
    writeMmio: (_vp, address, size, value) => (mmio.has(address) ? mmio.write(address, size, value) : undefined),
    readIo: (_vp, port, size) => ports.read(port, size),
    writeIo: (_vp, port, size, value) => ports.write(port, size, value),
    fatalError: onFatalError,
  };
}
