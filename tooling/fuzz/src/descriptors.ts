import { segmentDescriptor } from '@ringzero/conformance';
import type { GuestMemory } from '@ringzero/guest-memory';
import { CALL_GATE, CONFORMING, DATA, EXPAND_DOWN, GDT, KERNEL_CODE16, NOT_PRESENT, ODD_BASE, READ_ONLY_DATA, SMALL_DATA, USER_CODE16 } from './layout.ts';
import { callGateTarget } from './handlers.ts';

/** The descriptors beyond the flat ones: limits, directions, types and a call gate. */
export function writeDescriptors(memory: GuestMemory): void {
  const put = (selector: number, [low, high]: readonly [number, number]): void => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setInt32(0, low, true);
    bytes.setInt32(4, high, true);
    memory.writeBytes(GDT + (selector & ~7), new Uint8Array(bytes.buffer));
  };
  put(SMALL_DATA, segmentDescriptor(DATA, 0x1fe, 0xf3, 4));
  put(EXPAND_DOWN, segmentDescriptor(DATA, 0xeff, 0xf7, 4));
  put(READ_ONLY_DATA, segmentDescriptor(0, 0xf_ffff, 0xf1, 0xc));
  put(CONFORMING, segmentDescriptor(0, 0xf_ffff, 0x9f, 0xc));
  put(USER_CODE16, segmentDescriptor(0, 0xffff, 0xfb, 0));
  put(NOT_PRESENT, segmentDescriptor(0, 0xf_ffff, 0x73, 0xc));
  put(ODD_BASE, segmentDescriptor(DATA + 0x13, 0xf_ffff, 0xf3, 0xc));
  put(KERNEL_CODE16, segmentDescriptor(0, 0xffff, 0x9b, 0));
  const target = callGateTarget();
  put(CALL_GATE, [(0x08 << 16) | (target & 0xffff), (target & 0xffff_0000) | 0xec00]);
}
