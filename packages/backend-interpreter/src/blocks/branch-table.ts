import { MODE_FLAT, type Operation } from '@ringzero/x86-semantics';
import { ONE_PAGE, type Block } from './block.ts';
import { UNRESOLVED } from './links.ts';
import { BRANCH, BRANCH_ENTRIES, BRANCH_HASH_SHIFT, BRANCH_SIZE } from './row-layout.ts';

const FLAT_CODE = MODE_FLAT << 1;

/** Blocks by linear address, direct-mapped, for computed branches; and of each what the dispatch switch must know to go there. */
export class BranchTable {
  readonly #heads: Operation[] = new Array<Operation>(BRANCH_ENTRIES).fill(UNRESOLVED);
  /** {@link BRANCH}, for each slot. */
  readonly table: Int32Array = new Int32Array(BRANCH_ENTRIES * BRANCH_SIZE);

  static #slot(linear: number): number {
    return (linear ^ (linear >>> BRANCH_HASH_SHIFT)) & (BRANCH_ENTRIES - 1);
  }

  /** The head of a block that may be the one at a linear address. */
  at(linear: number): Operation {
    return this.#heads[BranchTable.#slot(linear)];
  }

  /** Enters a block, unless it is an instruction in two pages: of those the second would have to be looked at as well. */
  enter({ codeBase, codeLimit, entry, head, linear, mode, secondStart }: Block): void {
    if (secondStart !== ONE_PAGE) return;
    const slot = BranchTable.#slot(linear);
    this.#heads[slot] = head;
    const { table } = this;
    const at = slot * BRANCH_SIZE;
    table[at + BRANCH.linear] = linear;
    table[at + BRANCH.mode] = mode;
    table[at + BRANCH.entry] = entry;
    table[at + BRANCH.row] = (mode & FLAT_CODE) !== 0 && codeBase === 0 && codeLimit === -1 ? head.row : 0;
  }

  /** Takes a block out. */
  remove({ head, linear }: Block): void {
    const slot = BranchTable.#slot(linear);
    if (this.#heads[slot] !== head) return;
    this.#heads[slot] = UNRESOLVED;
    this.table[slot * BRANCH_SIZE + BRANCH.row] = 0;
  }

  clear(): void {
    this.#heads.fill(UNRESOLVED);
    this.table.fill(0);
  }
}
