import { describe, expect, it } from 'vitest';
import { PortSpace } from '../bus/port-space.ts';
import { FW_CFG_FILE_DIRECTORY } from './file-directory.ts';
import { FW_CFG_ID, FW_CFG_NB_CPUS, FW_CFG_RAM_SIZE, FW_CFG_SIGNATURE, FwCfg } from './fw-cfg.ts';

const BASE = 0x510;
const DMA = BASE + 4;
const MEMORY_BYTES = 0x1000;

/** 4 KiB of memory, and nothing above. */
function createMemory(): { readonly bytes: Uint8Array; readBytes(at: number, length: number): Uint8Array; writeBytes(at: number, bytes: Uint8Array): void } {
  const bytes = new Uint8Array(MEMORY_BYTES);
  return {
    bytes,
    readBytes: (at, length) => Uint8Array.from({ length }, (_, i) => bytes[at + i] ?? 0xff),
    writeBytes: (at, source) => void bytes.set(source.subarray(0, Math.max(0, MEMORY_BYTES - at)), Math.min(at, MEMORY_BYTES)),
  };
}

interface Attached {
  readonly device: FwCfg;
  readonly memory: ReturnType<typeof createMemory>;
  readonly ports: PortSpace;
  read(selector: number, bytes: number): number[];
  /** Runs a request that is placed at 0: its control field afterwards. */
  dma(control: number, length: number, address: number): number;
}

function attached(): Attached {
  const ports = new PortSpace();
  const memory = createMemory();
  const device = new FwCfg({ ramBytes: 0x1234_5000, processors: 3, items: new Map([[0x8001, Uint8Array.of(9, 8)]]), memory });
  device.attach(ports);
  return {
    device,
    memory,
    ports,
    read(selector, bytes) {
      ports.write(BASE, 2, selector);
      return Array.from({ length: bytes }, () => ports.read(BASE + 1, 1) as number);
    },
    dma(control, length, address) {
      const view = new DataView(memory.bytes.buffer);
      view.setUint32(0, control);
      view.setUint32(4, length);
      view.setBigUint64(8, BigInt(address));
      ports.write(DMA, 4, 0);
      ports.write(DMA + 4, 4, 0);
      return view.getUint32(0);
    },
  };
}

describe('fw_cfg', () => {
  it('gives each item from its start, and zeroes behind it', () => {
    const { read } = attached();
    expect(String.fromCharCode(...read(FW_CFG_SIGNATURE, 4))).toBe('QEMU');
    expect(read(FW_CFG_NB_CPUS, 4)).toEqual([3, 0, 0, 0]);
    expect(read(FW_CFG_RAM_SIZE, 8)).toEqual([0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0]);
    expect(read(FW_CFG_ID, 4)).toEqual([3, 0, 0, 0]);
    expect(read(0x8001, 3)).toEqual([9, 8, 0]);
    expect(read(0x7777 & ~0x4000, 2)).toEqual([0, 0]);
  });

  it('goes on in the middle of an item after a restore', () => {
    const first = attached();
    expect(first.read(FW_CFG_SIGNATURE, 2)).toEqual([0x51, 0x45]);
    const second = attached();
    second.device.restore(JSON.parse(JSON.stringify(first.device.save())) as ReturnType<FwCfg['save']>);
    expect(second.ports.read(BASE + 1, 1)).toBe(0x4d);
  });

  it('lists files by name, each under the selector that the directory says', () => {
    const { device, read } = attached();
    device.setFiles(new Map([['etc/second', Uint8Array.of(1, 2, 3)], ['etc/first', new Uint8Array(0x105)]]));
    const directory = read(FW_CFG_FILE_DIRECTORY, 4 + 2 * 64);
    expect(directory.slice(0, 4)).toEqual([0, 0, 0, 2]);
    expect(directory.slice(4, 12)).toEqual([0, 0, 1, 5, 0, 0x20, 0, 0]);
    expect(String.fromCharCode(...directory.slice(12, 22))).toBe('etc/first\0');
    expect(directory.slice(68, 76)).toEqual([0, 0, 0, 3, 0, 0x21, 0, 0]);
    expect(read(0x21, 4)).toEqual([1, 2, 3, 0]);
    device.setFiles(new Map());
    expect(read(FW_CFG_FILE_DIRECTORY, 4)).toEqual([0, 0, 0, 0]);
    expect(read(0x21, 2)).toEqual([0, 0]);
  });

  it.each(['', 'a b', 'é', 'x'.repeat(56)])('refuses a file called "%s"', (name) => {
    expect(() => attached().device.setFiles(new Map([[name, Uint8Array.of(1)]]))).toThrow(`firmware file "${name}": expected a name of 1 to 55`);
  });
});

const READ = 2;
const SKIP = 4;
const SELECT = 8;
const WRITE = 16;

describe('the DMA interface of fw_cfg', () => {
  it('shows that it is there', () => {
    const { ports } = attached();
    const bytes = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ports.read(DMA + i, 1) as number);
    expect(String.fromCharCode(...bytes)).toBe('QEMU CFG');
    expect(ports.read(DMA, 4)).toBe(0x554d4551);
    const without = new PortSpace();
    new FwCfg({ ramBytes: 0x10_0000, processors: 1 }).attach(without);
    expect(without.read(DMA, 4)).toBe(0xffff_ffff);
  });

  it('selects, skips and reads, with zeros behind the end', () => {
    const { dma, memory, device } = attached();
    device.setFiles(new Map([['etc/a', Uint8Array.of(1, 2, 3, 4)]]));
    memory.bytes.fill(0xee, 0x100, 0x110);
    expect(dma((0x20 << 16) | SELECT | SKIP, 1, 0)).toBe(0);
    expect(dma(READ, 2, 0x100)).toBe(0);
    expect([...memory.bytes.subarray(0x100, 0x103)]).toEqual([2, 3, 0xee]);
    expect(dma(READ, 4, 0x108)).toBe(0);
    expect([...memory.bytes.subarray(0x108, 0x10d)]).toEqual([4, 0, 0, 0, 0xee]);
  });

  it('refuses to write, to move more than any file has, and to go beyond 4 GB', () => {
    const { dma, memory } = attached();
    const before = memory.bytes.slice(0x10);
    expect(dma(WRITE | SELECT, 4, 0x100)).toBe(1);
    expect(dma(READ | SELECT, 0xffff_ffff, 0x100)).toBe(1);
    expect(dma(READ | SELECT, 16, 0xffff_fff8)).toBe(1);
    expect(dma(READ | SELECT, 16, 0x1_0000_0000)).toBe(1);
    expect(memory.bytes.slice(0x10)).toEqual(before);
  });

  it('takes nothing of an address register that is half written, also after a restore', () => {
    const { device, ports, memory } = attached();
    new DataView(memory.bytes.buffer).setUint32(0, (FW_CFG_NB_CPUS << 16) | SELECT | READ);
    new DataView(memory.bytes.buffer).setUint32(4, 2);
    new DataView(memory.bytes.buffer).setBigUint64(8, 0x200n);
    // Address 1_0000_0000h: there is nothing.
    ports.write(DMA, 4, 0x0100_0000);
    const state = JSON.parse(JSON.stringify(device.save())) as ReturnType<FwCfg['save']>;
    device.reset();
    device.restore(state);
    ports.write(DMA + 4, 4, 0);
    expect(memory.bytes[0x200]).toBe(0);
    ports.write(DMA + 4, 4, 0);
    expect(memory.bytes[0x200]).toBe(3);
  });
});
