import type { GuestMemory } from '@ringzero/guest-memory';
import { allOnes } from '@ringzero/devices';
import type { CpuIo, VpHaltReason } from '@ringzero/processor';
import type { Chipset } from './chipset/chipset.ts';

/** Who hears of what goes on between processors and devices. */
export interface CpuIoObserver {
  /** Ports whose writes are reported, whether a device has them or none. */
  readonly logPorts: ReadonlySet<number>;
  onLog(port: number, value: number): void;
  onFatalError(error: unknown): VpHaltReason;
}

/** What processors call out to: the chipset's ports and device memory. Where nothing answers, reads give ones. */
export function createCpuIo(memory: GuestMemory, chipset: Chipset, observer: CpuIoObserver): CpuIo {
  const { ports, mmio, pic, ioApic } = chipset;
  const { logPorts } = observer;
  const writeIo: CpuIo['writeIo'] = (_vp, port, size, value) => ports.write(port, size, value);
  const writeLoggedIo: CpuIo['writeIo'] = (vp, port, size, value) => {
    // Before the device: its answer may end the run.
    if (logPorts.has(port)) observer.onLog(port, value);
    return writeIo(vp, port, size, value);
  };
  return {
    isMmio: (address) => !memory.isMemory(address),
    acknowledgePicInterrupt: () => pic.acknowledge(),
    // Only the bootstrap processor's pin is wired.
    setFerr: (vp, asserted) => vp !== 0 || chipset.coprocessorError.setFerr(asserted),
    handleEoi: (irq) => ioApic.handleEoi(irq),
    readMmio: (_vp, address, size) => (mmio.has(address) ? mmio.read(address, size) : allOnes(size)),
    writeMmio: (_vp, address, size, value) => (mmio.has(address) ? mmio.write(address, size, value) : undefined),
    readIo: (_vp, port, size) => ports.read(port, size),
    writeIo: logPorts.size === 0 ? writeIo : writeLoggedIo,
    fatalError: (error) => observer.onFatalError(error),
  };
}
