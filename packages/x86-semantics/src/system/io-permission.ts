import type { Vp } from '../vp/vp.ts';
import { FAULT, RFLAGS, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../vp/lanes.ts';
import { SEG_TR, VECTOR_GP } from './constants.ts';

/** Offset of the I/O map base in a 32-bit TSS. */
const IO_MAP_BASE = 0x66;

/**
 * Whether the current privilege may touch `size` ports from `port` (vol. 1 §18.5): IOPL, or else the I/O permission bit
 * map of a 32-bit TSS. If not, #GP(0) (or the fault of reading the map) is recorded.
 */
export function checkIoPermission(vp: Vp, port: number, size: number): boolean {
  if (!vp.isProtected) return true;
  if (!vp.isVirtual8086 && vp.cpl <= ((vp.R[RFLAGS] >>> 12) & 3)) return true;
  const base = vp.R[SEG_BASE + 2 * SEG_TR];
  const limit = vp.U[SEG_LIMIT + SEG_TR];
  if ((vp.R[SEG_ATTRIBUTES + SEG_TR] & 0x1f & ~2) !== 9 || limit < IO_MAP_BASE + 1) return refuse(vp);
  const map = vp.loadSystem16((base + IO_MAP_BASE) | 0);
  if (vp.R[FAULT] !== 0) return false;
  // Two bytes are read whatever the port, which is why the map ends with a byte of ones.
  const at = map + (port >>> 3);
  if (at + 1 > limit) return refuse(vp);
  const bits = vp.loadSystem16((base + at) | 0);
  if (vp.R[FAULT] !== 0) return false;
  return (bits & (((1 << size) - 1) << (port & 7))) === 0 || refuse(vp);
}

function refuse(vp: Vp): false {
  vp.raise(VECTOR_GP, 0);
  return false;
}
