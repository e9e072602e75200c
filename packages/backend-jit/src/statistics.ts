import { leaf, type InspectNode } from '@ringzero/processor';
import type { Operation } from '@ringzero/x86-semantics';
import type { DropReason } from './observer.ts';

/** What the JIT of one VP has done since it was made. Inspect shows it under `counters`; nothing here is counted while compiled code runs. */
export class JitStatistics {
  /** Functions made; those made anew count again. */
  blocksCompiled = 0;
  /** Guest instructions in them, of inlined callees as often as they were inlined. */
  instructionsCompiled = 0;
  /** Blocks that reached the threshold and begin with nothing that can be compiled. */
  blocksNotCompilable = 0;
  /** Functions dropped because there were more than `maxCompiled`. */
  blocksEvicted = 0;
  /** Functions dropped because code in them changed, or its blocks were. */
  regionsInvalidated = 0;
  /** Functions dropped to be formed anew with an exit that had turned out hot. */
  regionsReformed = 0;
  /** Times that control went from a function to a block outside; instructions that it left to the interpreter are not among them. */
  exitsTaken = 0;

  /** @param exits what the function's exits ran: each counted in `immediate` since it last restarted. */
  dropped(reason: DropReason, exits: readonly Operation[]): void {
    this.exitsTaken += taken(exits);
    if (reason === 'evicted') this.blocksEvicted++;
    else if (reason === 'invalidated') this.regionsInvalidated++;
    else this.regionsReformed++;
  }

  inspect(live: Iterable<readonly Operation[]>): Record<string, () => InspectNode> {
    return {
      blocksCompiled: () => leaf(this.blocksCompiled),
      instructionsCompiled: () => leaf(this.instructionsCompiled),
      blocksEvicted: () => leaf(this.blocksEvicted),
      regionsInvalidated: () => leaf(this.regionsInvalidated),
      regionsReformed: () => leaf(this.regionsReformed),
      blocksNotCompilable: () => leaf(this.blocksNotCompilable),
      exitsTaken: () => leaf([...live].reduce((sum, exits) => sum + taken(exits), this.exitsTaken)),
    };
  }
}

function taken(exits: readonly Operation[]): number {
  return exits.reduce((sum, exit) => sum + exit.immediate, 0);
}
