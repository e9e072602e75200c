import type { GuestMemory } from '@ringzero/guest-memory';
import { CALL_GATE, CONFORMING, DATA, EXPAND_DOWN, GDT, KERNEL_CODE16, NOT_PRESENT, ODD_BASE, READ_ONLY_DATA, SMALL_DATA, USER_CODE16 } from './layout.ts';
import { callGateTarget } from './handlers.ts';

/** A segment descriptor (SDM vol. 3A §3.4.5): `flags` are G, D/B, L and AVL. */
function descriptor(base: number, limit: number, access: number, flags: number): readonly [number, number] {
  return [((base & 0xffff) << 16) | (limit & 0xffff), (base & 0xff00_0000) | (flags << 20) | (limit & 0xf_0000) | (access << 8) | ((base >>> 16) & 0xff)];
}

/** The descriptors beyond the flat ones: limits, directions, types and a call gate. */
export function writeDescriptors(memory: GuestMemory): void {
  const put = (selector: number, [low, high]: readonly [number, number]): void => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setInt32(0, low, true);
    bytes.setInt32(4, high, true);
    memory.writeBytes(GDT + (selector & ~7), new Uint8Array(bytes.buffer));
  };
  put(SMALL_DATA, descriptor(DATA, 0x1fe, 0xf3, 4));
  put(EXPAND_DOWN, descriptor(DATA, 0xeff, 0xf7, 4));
  put(READ_ONLY_DATA, descriptor(0, 0xf_ffff, 0xf1, 0xc));
  put(CONFORMING, descriptor(0, 0xf_ffff, 0x9f, 0xc));
  put(USER_CODE16, descriptor(0, 0xffff, 0xfb, 0));
  put(NOT_PRESENT, descriptor(0, 0xf_ffff, 0x73, 0xc));
  put(ODD_BASE, descriptor(DATA + 0x13, 0xf_ffff, 0xf3, 0xc));
  put(KERNEL_CODE16, descriptor(0, 0xffff, 0x9b, 0));
  const target = callGateTarget();
  put(CALL_GATE, [(0x08 << 16) | (target & 0xffff), (target & 0xffff_0000) | 0xec00]);
}
