/** i32 elements of a row. */
export const ROW_SIZE = 8;

/**
 * Elements of a row (`OperationRows`). What an instruction is made of and where it leads share some: cases that go on by links read
 * no operands, and calls, which read `nextIp`, go on by `taken` alone.
 */
export const ROW = {
  /** `Operation.switchCase`. */
  case: 0,
  /** The fields of these names; `nextIp` of those alone that go on by links. */
  operands: 1,
  displacement: 2,
  immediate: 3,
  count: 5,
  nextIp: 7,
  /** Row of the operation that a taken branch leads to, and that follows another; 0: ask the operation. Below 0: minus the row, while {@link takenPage} of the code TLB is {@link takenEntry} (a gate). */
  taken: 4,
  next: 6,
  takenPage: 1,
  takenEntry: 2,
  nextPage: 7,
  nextEntry: 3,
} as const;

/**
 * Bits of {@link ROW.operands} beside those of `Operation.operands`, of an operand in FS or GS: the highest, so that the element is below 0,
 * and this one of GS.
 */
export const ROW_SEGMENT: number = 1 << 31;
export const ROW_GS_SHIFT = 30;

/** Entries of the table of computed branches (`BranchTable`), and i32 elements of each. */
export const BRANCH_ENTRIES: number = 1 << 16;
export const BRANCH_SIZE = 4;
/** A linear address, XORed with itself shifted right by so much, modulo the number of entries, is where its entry may be. */
export const BRANCH_HASH_SHIFT = 13;
/** Elements of an entry: address and mode of a block, its page's entry in the code TLB, and its head's row; 0: the head has none, or the code segment has a base or a limit. */
export const BRANCH = { linear: 0, mode: 1, entry: 2, row: 3 } as const;
