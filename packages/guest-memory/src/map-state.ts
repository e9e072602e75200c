import { PAGE_WRITABLE } from './page-flags.ts';

/** Pages that follow one another: the first one here, the first one there, how many. */
export type MappedRun = readonly [physicalPage: number, bufferPage: number, count: number];
/** Buffer pages that follow one another. */
export type PageRun = readonly [bufferPage: number, count: number];

/** How a memory is laid out, beside its bytes: plain data that survives JSON. */
export interface MemoryMapState {
  /** Size of RAM, and of the whole buffer with ROM and device memory behind it. */
  readonly ramBytes: number;
  readonly bufferBytes: number;
  /** Pages behind RAM that ROM images have taken. */
  readonly romPages: number;
  /** Whether the A20 gate lets address bit 20 through. */
  readonly a20: boolean;
  /** Where memory is in the physical address space, ascending; the A20 gate left aside. */
  readonly mapped: readonly MappedRun[];
  /** The pages that the guest may write, ascending. */
  readonly writable: readonly PageRun[];
}

/** What a page map holds, in runs. */
export function runsOfMap(map: Int32Array): MappedRun[] {
  const runs: MappedRun[] = [];
  for (let page = 0; page < map.length; ) {
    const first = map[page]!;
    let count = 1;
    if (first < 0) {
      while (page + count < map.length && map[page + count]! < 0) count++;
    } else {
      while (page + count < map.length && map[page + count] === first + count) count++;
      runs.push([page, first, count]);
    }
    page += count;
  }
  return runs;
}

/** The writable pages, in runs. */
export function runsOfWritable(flags: Uint8Array): PageRun[] {
  const runs: PageRun[] = [];
  for (let page = 0; page < flags.length; ) {
    let count = 1;
    const isWritable = (flags[page]! & PAGE_WRITABLE) !== 0;
    while (page + count < flags.length && ((flags[page + count]! & PAGE_WRITABLE) !== 0) === isWritable) count++;
    if (isWritable) runs.push([page, count]);
    page += count;
  }
  return runs;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether each is a run of numbers at or behind `position` of the one before, and ends within `limit`. */
function areRuns(runs: unknown, length: number, limit: number): boolean {
  if (!Array.isArray(runs)) return false;
  let position = 0;
  for (const run of runs as readonly unknown[]) {
    if (!Array.isArray(run) || run.length !== length || !run.every(isCount)) return false;
    const [start, count] = [run[0], run[length - 1]] as [number, number];
    if (start < position || count < 1 || start + count > limit) return false;
    position = start + count;
  }
  return true;
}

/** The sizes that a state is checked against. */
export interface MapLimits {
  readonly ramBytes: number;
  readonly bufferBytes: number;
  /** Pages of the buffer, of room for ROM, and of the physical address space. */
  readonly bufferPages: number;
  readonly romPages: number;
  readonly physicalPages: number;
}

/** What is wrong with a state that may come from anywhere, in words; undefined if it fits a memory of these sizes. */
export function problemOfMap(state: MemoryMapState, limits: MapLimits): string | undefined {
  if (typeof state !== 'object' || state === null) return 'expected an object';
  if (state.ramBytes !== limits.ramBytes) return `${String(state.ramBytes)} bytes of RAM: the machine has ${limits.ramBytes}`;
  if (state.bufferBytes !== limits.bufferBytes) return `${String(state.bufferBytes)} bytes with ROM and device memory: the machine has ${limits.bufferBytes}`;
  if (!isCount(state.romPages) || state.romPages > limits.romPages) return `${String(state.romPages)} pages of ROM: expected ${limits.romPages} at most`;
  if (typeof state.a20 !== 'boolean') return `A20 gate ${String(state.a20)}: expected true or false`;
  const within = (run: MappedRun): boolean => run[1] + run[2] <= limits.bufferPages;
  if (!areRuns(state.mapped, 3, limits.physicalPages) || !state.mapped.every(within)) return 'its map: expected ascending runs of pages within the address space and the memory';
  if (!areRuns(state.writable, 2, limits.bufferPages)) return 'its writable pages: expected ascending runs within the memory';
  return undefined;
}
