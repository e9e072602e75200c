import { FAULT } from './lanes.ts';
import { MemoryAccess } from './memory-access.ts';
import { TLB_SUPERVISOR } from './mode.ts';
import type { Operation } from './operation.ts';

/**
 * What #AC asks of a block: 8 bytes of an extended real or a vector, the operand size of an x87 environment or state image of
 * 14, 28, 94 or 108 bytes (vol. 3A table 6-7).
 */
function blockAlignment(size: number): number {
  if (size <= 8) return size;
  return size === 28 || size === 108 ? 4 : size === 14 || size === 94 ? 2 : 8;
}

/** Operands of more than 4 bytes: extended reals, vectors, x87 and XSAVE images. */
export class BlockAccess extends MemoryAccess {
  /** Copies `size` bytes (a multiple of 4) to byte offset `target` of the state, with one check for all. */
  loadBlock(linear: number, size: number, target: number, op: Operation): void {
    if (!this.checkAlignment(linear, blockAlignment(size), op.tlb)) return;
    const user = op.tlb !== TLB_SUPERVISOR;
    if (((linear & 4095) + size > 4096 && !this.probeRead(linear + size - 1, user)) || !this.probeRead(linear, user)) return;
    this.#moveBlock(linear, size, target, user, false);
  }

  /** Writes `size` bytes from byte offset `source` of the state; nothing is written unless all can be. */
  storeBlock(linear: number, size: number, source: number, op: Operation): void {
    if (!this.checkAlignment(linear, blockAlignment(size), op.tlb)) return;
    const user = op.tlb !== TLB_SUPERVISOR;
    if (!this.probeWrite(linear, size, user)) return;
    this.#moveBlock(linear, size, source, user, true);
  }

  /** Takes the fault that `storeBlock` would take, and writes nothing. */
  probeStore(linear: number, size: number, op: Operation): void {
    if (this.checkAlignment(linear, blockAlignment(size), op.tlb)) this.probeWrite(linear, size, op.tlb !== TLB_SUPERVISOR);
  }

  #moveBlock(linear: number, size: number, at: number, user: boolean, write: boolean): void {
    for (let done = 0; done < size; ) {
      const count = size - done >= 4 ? 4 : size - done >= 2 ? 2 : 1;
      const address = (linear + done) | 0;
      const byte = at + done;
      if (write) {
        const value = count === 4 ? this.views.i32[byte >> 2] : count === 2 ? this.H[byte >> 1] : this.B[byte];
        this.storeAs(address, count, value, user);
      } else {
        const value = this.loadAs(address, count, user);
        if (count === 4) this.R[byte >> 2] = value;
        else if (count === 2) this.H[byte >> 1] = value;
        else this.B[byte] = value;
      }
      if (this.R[FAULT] !== 0) return;
      done += count;
    }
  }
}
