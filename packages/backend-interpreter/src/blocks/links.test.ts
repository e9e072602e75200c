import { Operation } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import type { Block } from './block.ts';
import { FEW_LINKS, isBlockEnd, noteLink, UNRESOLVED } from './links.ts';

function block(): Block {
  const head = new Operation((op) => op);
  const made = { head, operations: [head], incoming: null, incomingCount: 0, incomingLimit: FEW_LINKS, isValid: true } as Block;
  head.block = made;
  return made;
}

function sourcesOf({ incoming }: Block): Operation[] {
  const sources: Operation[] = [];
  for (let link = incoming; link !== null; link = link.rest) sources.push(link.source);
  return sources;
}

it('forgets links of blocks that are gone, and no others', () => {
  const target = block();
  const kept: Operation[] = [];
  for (let i = 0; i < 10_000; i++) {
    const { head } = block();
    const gate = new Operation((op) => op);
    gate.taken = target.head;
    head.taken = i % 3 === 0 ? gate : target.head;
    head.next = i % 3 === 1 ? target.head : UNRESOLVED;
    noteLink(target, head);
    if (i % 1000 === 0) kept.push(head);
    // It is dropped, or leads elsewhere.
    else if (i % 2 === 0) (head.block as Block).isValid = false;
    else head.taken = head.next = UNRESOLVED;
  }
  for (const source of kept) for (let i = 0; i < 100; i++) noteLink(target, source);
  const sources = sourcesOf(target);
  expect(kept.filter((source) => !sources.includes(source))).toEqual([]);
  expect(sources.length).toBeLessThan(3 * FEW_LINKS);
  expect(target.incomingCount).toBe(sources.length);
});

it('takes no operation in the middle of a block for a link', () => {
  const target = block();
  const { head } = block();
  head.next = target.head;
  noteLink(target, head);
  // Its place is another block's now, in whose middle it is.
  const other = block();
  (other as { operations: readonly Operation[] }).operations = [head, other.head];
  head.block = other;
  expect(isBlockEnd(head)).toBe(false);
  for (let i = 1; i < FEW_LINKS; i++) noteLink(target, head);
  expect(sourcesOf(target)).toEqual([]);
});
