import { hex, MachineError } from '../errors.ts';
import type { BootSource } from './boot-source.ts';
import { enableVirtualWire, protectedModeEntry } from './entry.ts';
import { HIGH_MEMORY, type LoadTarget } from './target.ts';

const REAL_DATA = { base: 0n, limit: 0xffff, selector: 0, attributes: 0x93 };

/**
 * Puts an image at an address and enters it at its first byte: below 1 MB in real-address mode with CS:IP normalised to an
 * offset below 16 (data segments and stack at 0, SP 7C00h, as a boot sector finds them), above in flat protected mode.
 */
export function loadFlat(source: Extract<BootSource, { kind: 'flat' }>, target: LoadTarget): void {
  const { memory, state } = target;
  const { image, address } = source;
  const name = source.name ?? 'image';
  if (image.length === 0) throw new MachineError('invalid-image', `${name}: empty`);
  if (!Number.isInteger(address) || address < 0 || address + image.length > memory.ramBytes) {
    throw new MachineError('out-of-memory', `${name}: ${image.length} bytes at ${hex(address)} do not fit into the machine's ${hex(memory.ramBytes)}`);
  }
  target.writeFirmware?.();
  memory.writeBytes(address, image);
  if (address >= HIGH_MEMORY) {
    protectedModeEntry(state, address, 0x08, 0x10, { rsp: 0x8_0000n });
    return;
  }
  const registers = state.get('registers');
  const selector = address >>> 4;
  state.set('registers', {
    ...registers,
    rip: BigInt(address & 15),
    rsp: 0x7c00n,
    cr0: 0x10n,
    cs: { base: BigInt(selector << 4), limit: 0xffff, selector, attributes: 0x9b },
    ds: REAL_DATA,
    es: REAL_DATA,
    ss: REAL_DATA,
    fs: REAL_DATA,
    gs: REAL_DATA,
    idtr: { base: 0n, limit: 0x3ff },
  });
  enableVirtualWire(state);
  state.commit();
}
