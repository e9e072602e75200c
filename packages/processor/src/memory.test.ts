import { describe, expect, it } from 'vitest';
import { createMemoryMapper, type GuestMemoryAccess } from './memory.ts';

function memoryOf(pages: number): { memory: GuestMemoryAccess; changes: () => number } {
  const u8 = new Uint8Array(pages * 4096);
  const pageMap = new Int32Array(16).fill(-1);
  for (let i = 0; i < pages; i++) pageMap[i] = i;
  let changes = 0;
  const offsetOf = (physical: number): number => ((pageMap[physical >> 12] ?? -1) < 0 ? -1 : pageMap[physical >> 12]! * 4096 + (physical % 4096));
  const memory: GuestMemoryAccess = {
    ramBytes: u8.length,
    buffer: u8.buffer,
    byteLength: u8.length,
    u8,
    view: new DataView(u8.buffer),
    pageMap,
    pageFlags: new Uint8Array(pages),
    onCodeWrite: () => () => {},
    onMapChange: () => () => {},
    onWritesVoid: () => () => {},
    offsetOf,
    isMemory: (physical) => offsetOf(physical) >= 0,
    setWritable: () => void changes++,
    readBytes: (physical, length) => u8.slice(offsetOf(physical), offsetOf(physical) + length),
    writeBytes: (physical, bytes) => u8.set(bytes, offsetOf(physical)),
    noteWrite: () => {},
  };
  return { memory, changes: () => changes };
}

describe('memory mapper', () => {
  it('maps and unmaps whole ranges, and reports it', () => {
    const { memory, changes } = memoryOf(4);
    const mapper = createMemoryMapper(memory);
    mapper.mapRange(0x8000, 0x2000, 0x1000, true);
    expect(memory.offsetOf(0x9004)).toBe(0x2004);
    mapper.unmapRange(0x7000, 0x4000);
    expect(memory.isMemory(0x8000)).toBe(false);
    expect(changes()).toBe(2);
  });

  it('refuses overlaps, cuts and malformed ranges, and changes nothing then', () => {
    const { memory, changes } = memoryOf(4);
    const mapper = createMemoryMapper(memory);
    expect(() => mapper.mapRange(0x3000, 0x1000, 0, true)).toThrow('overlaps 0x0–0x3fff');
    expect(() => mapper.unmapRange(0x1000, 0x1000)).toThrow('cuts through 0x0–0x3fff');
    expect(() => mapper.mapRange(0x8001, 0x1000, 0, true)).toThrow('page-aligned');
    expect(() => mapper.mapRange(0x8000, 0x1000, 0x4000, true)).toThrow('outside the buffer');
    expect(() => mapper.unmapRange(0xf000, 0x2000)).toThrow('below 0x10000');
    expect(changes()).toBe(0);
    expect([...memory.pageMap.subarray(0, 5)]).toEqual([0, 1, 2, 3, -1]);
  });
});
