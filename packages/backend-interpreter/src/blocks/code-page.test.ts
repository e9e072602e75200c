import { Operation } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { createBlock, type Block } from './block.ts';
import { CodePage } from './code-page.ts';

const PAGE = 5;
const BASE = PAGE << 12;

let random = 1;
const below = (limit: number): number => (random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0) % limit;

/** A block of the page, or, now and then, one of the page before whose instruction reaches into it. */
function anyBlock(): Block {
  const op = new Operation((same) => same);
  if (below(20) === 0) return createBlock([op], 0, 0, 0, -1, { start: BASE - 1 - below(5), length: 1, secondStart: BASE, secondLength: 1 + below(10), secondEntry: 0, linear: 0 });
  return createBlock([op], 0, 0, 0, -1, { start: BASE + below(600), length: 1 + below(40), secondStart: -1, secondLength: 0, secondEntry: 0, linear: 0 });
}

it('knows which bytes are covered when blocks come and go', () => {
  const page = new CodePage(PAGE);
  const blocks = new Set<Block>();
  const covers = (block: Block, byte: number): boolean =>
    (byte >= block.start && byte < block.start + block.length) || (byte >= block.secondStart && byte < block.secondStart + block.secondLength);
  for (let round = 0; round < 300; round++) {
    for (let i = below(6); i >= 0; i--) {
      const block = anyBlock();
      blocks.add(block);
      if (block.secondLength > 0) page.tails.add(block);
      else page.add(block);
      page.cover(block.secondLength > 0 ? block.secondStart : block.start, block.secondLength > 0 ? block.secondLength : block.length);
    }
    const [from, length] = [BASE + below(640), 1 + below(8)];
    const touched = [...blocks].filter((block) => Array.from({ length }, (_, i) => from + i).some((byte) => covers(block, byte)));
    expect(new Set(page.touchedBy(from, length))).toEqual(new Set(touched));
    for (const block of touched) {
      blocks.delete(block);
      if (!page.tails.delete(block)) page.remove(block);
    }
    expect(page.recover(from, from + length, touched)).toBe(blocks.size > 0);
    if (blocks.size === 0) continue;
    for (let byte = BASE; byte < BASE + 700; byte++) expect(page.isCovered(byte, 1)).toBe([...blocks].some((block) => covers(block, byte)));
  }
});
