import { MachineError } from '../errors.ts';
import type { Machine } from '../machine.ts';
import { decodeBlocks, type Block } from './block-chunks.ts';
import { mediumSection, type SavedMedium } from './header.ts';
import { inOrder } from './in-order.ts';
import { applyState, checkConfig, rehearseState } from './machine-snapshot.ts';
import { decodePages } from './page-chunks.ts';
import { unpack, type SavedState } from './read-state.ts';
import { markMedia, type StateReference } from './save-state.ts';

/**
 * Puts a saved state into a machine of the same memory size, devices, media and processors, in number and model, on any backend:
 * a whole one, or one with the increments that build on it, in order. The machine must not be running, and cannot before the
 * promise is settled.
 *
 * @returns what a following increment names as its base.
 * @throws MachineError, with the machine unharmed, if anything does not fit.
 */
export async function restoreState(machine: Machine, states: SavedState | readonly SavedState[]): Promise<StateReference> {
  const release = machine.occupy('restoring a state');
  const progress = { isHalfWay: false };
  try {
    return await restoreChain(machine, Array.isArray(states) ? (states as readonly SavedState[]) : [states as SavedState], progress);
  } catch (error) {
    if (!progress.isHalfWay) throw error;
    // All was tried before: the host has run out of memory, or a medium fails. Half of a state is worse than none.
    machine.resetOccupied();
    // What was saved before is no base for an increment any more.
    machine.memory.clearDirty();
    throw new MachineError('invalid-state', `saved state: restoring it failed half-way, and the machine was reset: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    release();
  }
}

async function restoreChain(machine: Machine, states: readonly SavedState[], progress: { isHalfWay: boolean }): Promise<StateReference> {
  checkChain(states);
  const last = states.at(-1)!;
  const { memory, chipset } = machine;
  checkConfig(machine, last.header.config);
  for (const state of states) await checkPages(state, memory.pageFlags.length);
  const media = await readMedia(machine, states);
  const state = { ...last.state, chipset: chipset.upgrade(last.state.chipset, last.header.devices) };
  rehearseState(machine, state);
  progress.isHalfWay = true;
  await replaceMemory(machine, states);
  for (const { name, blocks } of media) machine.media[name]?.changes?.replace(blocks);
  applyState(machine, state);
  memory.clearDirty();
  return { id: last.id, checksum: last.checksum, memory, dirtyEpoch: memory.dirtyEpoch, mediaMarks: markMedia(machine) };
}

/** A whole state, then increments each of which names the one before. */
function checkChain(states: readonly SavedState[]): void {
  const fail = (problem: string): never => {
    throw new MachineError('invalid-state', problem);
  };
  if (states.length === 0) fail('no saved state: expected one, or one and its increments');
  for (const [i, state] of states.entries()) {
    const { base } = state.header;
    const before = states[i - 1];
    if (before === undefined) {
      if (base !== undefined) fail(`saved state ${state.id} is an increment of ${base.id}: expected that one before it`);
    } else if (base === undefined) fail(`saved state ${state.id} is whole: expected an increment of ${before.id}`);
    else if (base.id !== before.id || base.checksum !== before.checksum) fail(`saved state ${state.id} is an increment of ${base.id} (checksum ${base.checksum}), not of ${before.id} (checksum ${before.checksum})`);
    else if (JSON.stringify(state.header.config) !== JSON.stringify(before.header.config)) fail(`saved state ${state.id} is of another machine configuration than its base ${before.id}`);
  }
}

async function* pagesOf(state: SavedState, limit: number): AsyncGenerator<ReturnType<typeof decodePages>[number], void, undefined> {
  let next = 0;
  for await (const content of inOrder(state.chunks.get('memory') ?? [], (chunk) => unpack(chunk, 'memory'))) {
    for (const run of decodePages(content, next, limit)) {
      yield run;
      next = run.page + run.count;
    }
  }
}

/** The last page that a state has must be one of the machine; reading has seen that they ascend. */
async function checkPages(state: SavedState, limit: number): Promise<void> {
  const chunks = state.chunks.get('memory') ?? [];
  if (chunks.length === 0 && state.header.pages > 0) throw new MachineError('invalid-state', `saved state ${state.id} was read without keeping its memory`);
  const last = chunks.at(-1);
  if (last !== undefined) decodePages(await unpack(last, 'memory'), 0, limit);
}

async function replaceMemory({ memory }: Machine, states: readonly SavedState[]): Promise<void> {
  const limit = memory.pageFlags.length;
  for (const [i, state] of states.entries()) {
    let next = 0;
    for await (const { page, count, bytes } of pagesOf(state, limit)) {
      // What a whole state does not mention is zero.
      if (i === 0) memory.clearPages(next, page - next);
      if (bytes === undefined) memory.clearPages(page, count);
      else memory.storePages(page, bytes);
      next = page + count;
    }
    if (i === 0) memory.clearPages(next, limit - next);
  }
}

/** The changed blocks of each medium of the machine that can take them. */
async function readMedia(machine: Machine, states: readonly SavedState[]): Promise<readonly { readonly name: string; readonly blocks: readonly Block[] }[]> {
  const read: { name: string; blocks: readonly Block[] }[] = [];
  for (const { name } of states.at(-1)!.header.media) read.push({ name, blocks: await readMedium(machine, name, states) });
  return read;
}

/** The changed blocks of a medium: those of the last state that has it whole, under those of the increments behind it. */
async function readMedium(machine: Machine, name: string, states: readonly SavedState[]): Promise<readonly Block[]> {
  const chain = states.map((state) => ({ state, medium: state.header.media.find((candidate) => candidate.name === name) }));
  const start = chain.findLastIndex(({ medium }) => medium?.isIncrement !== true);
  const links = chain.slice(start).reverse();
  const blocks = new Map<number, Uint8Array>();
  for (const { state, medium } of links) {
    if (medium === undefined) throw new MachineError('invalid-state', `medium "${name}" of the saved state: increments of it, but ${state.id} does not have it`);
    checkMedium(machine, medium);
    // A copy of those that count: whole chunks would stay for a single block.
    for (const [index, bytes] of await readBlocks(state, medium)) if (!blocks.has(index)) blocks.set(index, links.length === 1 ? bytes : bytes.slice());
  }
  return [...blocks].sort(([a], [b]) => a - b);
}

async function readBlocks(state: SavedState, medium: SavedMedium): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  const section = mediumSection(medium.name);
  for await (const content of inOrder(state.chunks.get(section) ?? [], (chunk) => unpack(chunk, section))) {
    blocks.push(...decodeBlocks(content, medium, (blocks.at(-1)?.[0] ?? -1) + 1));
  }
  if (blocks.length !== medium.blocks) throw new MachineError('invalid-state', `saved state ${state.id} was read without keeping its media`);
  return blocks;
}

function checkMedium(machine: Machine, { name, byteLength, blockBytes, blocks }: SavedMedium): void {
  const fail = (problem: string): never => {
    throw new MachineError('invalid-state', `medium "${name}" of the saved state: ${problem}`);
  };
  const own = Object.hasOwn(machine.media, name) ? machine.media[name] : undefined;
  if (own === undefined) return fail(`the machine was not given it; it has ${Object.keys(machine.media).join(', ') || 'none'}`);
  if (own.byteLength !== byteLength) fail(`${byteLength} bytes, but the machine's has ${own.byteLength}`);
  if (blocks === 0) return;
  if (own.changes === undefined) fail(`${blocks} blocks of it were changed, and the machine's cannot take them: expected one with an overlay`);
  else if (own.changes.blockBytes !== blockBytes) fail(`blocks of ${blockBytes} bytes, but the machine's has blocks of ${own.changes.blockBytes}`);
}
