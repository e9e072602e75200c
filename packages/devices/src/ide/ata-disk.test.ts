import { beforeEach, describe, expect, it } from 'vitest';
import { ArrayDisk, IdeMachine, numberedSectors } from '../../test/ide-driver.ts';
import { throughJson } from '../../test/manual-clock.ts';

const SECTORS = 2100;
const OPTIONS = { disks: [{ kind: 'disk', medium: 'a', model: 'Test disk', serial: 'S1' }] };
const NIEN = 2;
const DEVICE_LBA = 0xe0;

let disk: ArrayDisk;
let machine: IdeMachine;

beforeEach(() => {
  disk = new ArrayDisk(numberedSectors(SECTORS));
  machine = new IdeMachine(OPTIONS, { a: disk });
});

function sectors(from: number, count: number): Uint8Array {
  return numberedSectors(SECTORS).subarray(from * 512, (from + count) * 512);
}

function words(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer);
}

function text(identity: Uint16Array, from: number, length: number): string {
  return [...identity.subarray(from, from + length)].map((word) => String.fromCharCode(word >> 8, word & 0xff)).join('').trim();
}

describe('IDENTIFY DEVICE', () => {
  it('describes the disk, with a checksum', () => {
    machine.command28(0xec);
    expect([machine.line.level, machine.alternateStatus]).toEqual([true, 0x58]);
    const bytes = machine.read16(256);
    expect([machine.get(7), machine.line.level]).toEqual([0x50, false]);
    const identity = words(bytes);
    expect([identity[0], text(identity, 10, 10), text(identity, 27, 20)]).toEqual([0x40, 'S1', 'Test disk']);
    expect([identity[1], identity[3], identity[6], identity[60], identity[61], identity[100], identity[103]]).toEqual([2, 16, 63, SECTORS, 0, SECTORS, 0]);
    expect(bytes.reduce((sum, byte) => (sum + byte) & 0xff)).toBe(0);
  });

  it('shows what the driver has set', () => {
    machine.command28(0xc6, 0, 8);
    machine.command28(0x91, 0, 32, 0xa7);
    machine.set(1, 3);
    machine.set(2, 0x45);
    machine.set(7, 0xef);
    machine.command28(0xec);
    const identity = words(machine.read16(256));
    expect([identity[59], identity[55], identity[56], identity[54], identity[88]! >> 8]).toEqual([0x108, 8, 32, 8, 0x20]);
  });

  it('counts 48-bit disks, and stops 28-bit ones at their end', () => {
    const large = { byteLength: 2 ** 40, isReadOnly: false, read: (_at: number, target: Uint8Array) => void target.fill(0x5a), write: () => undefined, flush: () => undefined };
    machine = new IdeMachine(OPTIONS, { a: large });
    machine.command28(0xec);
    const identity = words(machine.read16(256));
    expect([identity[1], identity[60], identity[61], identity[100], identity[101], identity[102]]).toEqual([16383, 0xffff, 0x0fff, 0, 0x8000, 0]);
    machine.command48(0x24, 2 ** 31 - 1, 1);
    expect([machine.wait(), machine.read16(1)[0]]).toEqual([0x58, 0x5a]);
  });
});

describe('PIO', () => {
  it('reads sectors one interrupt each', () => {
    machine.command28(0x20, 7, 3);
    expect([machine.get(7), machine.line.level]).toEqual([0xd0, false]);
    const { bytes, blocks } = machine.readAll();
    expect([Buffer.compare(bytes, sectors(7, 3)), blocks, machine.line.rises, machine.get(7)]).toEqual([0, [256, 256, 256], 3, 0x50]);
    expect(disk.log).toEqual(['read 7+3']);
  });

  it('reads by doubleword and byte as well', () => {
    machine.command28(0x20, 5, 1);
    machine.wait();
    expect(machine.ports.read(0x1f0, 4)).toBe(5 << 8);
    expect([machine.ports.read(0x1f0, 1), machine.ports.read(0x1f0, 1)]).toEqual([1, 5]);
    machine.read16(251);
    expect([machine.ports.read(0x1f0, 4), machine.get(7)]).toEqual([0x57f, 0x50]);
    // Nothing is there to be read.
    expect(machine.ports.read(0x1f0, 2)).toBe(0);
  });

  it('reads blocks of several sectors with READ MULTIPLE, once that is set', () => {
    machine.command28(0xc4, 0, 5);
    expect([machine.get(7), machine.get(1)]).toEqual([0x51, 4]);
    for (const count of [3, 32]) {
      machine.command28(0xc6, 0, count);
      expect(machine.get(7)).toBe(0x51);
    }
    machine.command28(0xc6, 0, 4);
    machine.get(7);
    const before = machine.line.rises;
    machine.command28(0xc4, 100, 10);
    const { bytes, blocks } = machine.readAll();
    expect([Buffer.compare(bytes, sectors(100, 10)), blocks, machine.line.rises - before]).toEqual([0, [1024, 1024, 512], 3]);
  });

  it('takes 256 sectors for a count of 0, and 48-bit counts in pieces', () => {
    machine.command28(0x20, 0, 0);
    expect(Buffer.compare(machine.readAll().bytes, sectors(0, 256))).toBe(0);
    machine.command48(0x24, 1, 600);
    expect(Buffer.compare(machine.readAll().bytes, sectors(1, 600))).toBe(0);
    expect(disk.log).toEqual(['read 0+256', 'read 1+256', 'read 257+256', 'read 513+88']);
  });

  it('writes sectors, the first without an interrupt', () => {
    machine.command28(0x30, 9, 2);
    expect([machine.alternateStatus, machine.line.rises]).toEqual([0x58, 0]);
    machine.write16(sectors(1000, 1));
    expect([machine.alternateStatus, machine.line.rises]).toEqual([0x58, 1]);
    machine.get(7);
    machine.write16(sectors(1001, 1));
    expect(machine.alternateStatus).toBe(0xd0);
    expect([machine.wait(), machine.line.rises, machine.line.level]).toEqual([0x50, 2, true]);
    expect(disk.log).toEqual(['write 9+2']);
    expect(Buffer.compare(disk.bytes.subarray(9 * 512, 11 * 512), sectors(1000, 2))).toBe(0);
  });

  it('writes with WRITE MULTIPLE EXT, more than the buffer takes', () => {
    machine.command28(0xc6, 0, 16);
    machine.command48(0x39, 20, 300);
    for (let done = 0; done < 300; done += 16) {
      expect(machine.wait()).toBe(0x58);
      machine.write16(sectors(500 + done, Math.min(16, 300 - done)));
    }
    expect(machine.wait()).toBe(0x50);
    expect(disk.log).toEqual(['write 20+256', 'write 276+44']);
    expect(Buffer.compare(disk.bytes.subarray(20 * 512, 320 * 512), sectors(500, 300))).toBe(0);
  });

  it('addresses cylinders, heads and sectors', () => {
    machine.set(2, 1);
    machine.set(3, 63);
    machine.set(4, 1);
    machine.set(5, 0);
    machine.set(6, 0xa3);
    machine.set(7, 0x20);
    expect(Buffer.compare(machine.readAll().bytes, sectors((16 + 3) * 63 + 62, 1))).toBe(0);
    for (const [sector, device] of [[0, 0xa0], [64, 0xa0]] as const) {
      machine.set(3, sector);
      machine.set(6, device);
      machine.set(7, 0x20);
      expect([machine.get(7), machine.get(1)]).toEqual([0x51, 0x10]);
    }
  });
});

describe('errors', () => {
  it.each([
    ['beyond the end', 0x20, SECTORS, 1],
    ['across the end', 0x20, SECTORS - 1, 2],
    ['by DMA', 0xc8, SECTORS, 1],
    ['writing', 0x30, SECTORS, 1],
    ['verifying', 0x40, SECTORS, 1],
  ])('IDNF %s', (_what, code, lba, count) => {
    machine.command28(code, lba, count);
    expect([machine.get(7), machine.get(1), machine.line.rises, disk.log]).toEqual([0x51, 0x10, 1, []]);
  });

  it('leave the sector in the registers, in 48 bits', () => {
    machine.command48(0x25, 2 ** 40 + 5, 1);
    expect([machine.get(7), machine.get(1), machine.get(3), machine.get(4)]).toEqual([0x51, 0x10, 5, 0]);
    machine.control(0x80);
    expect([machine.get(3), machine.get(4), machine.get(5)]).toEqual([0, 0, 1]);
  });

  it.each([
    ['reading', 0x20, 0x51, 0x40, 'channel 0 unit 0: reading 2 sectors at 4 failed: bad sector'],
    ['verifying', 0x40, 0x51, 0x40, 'channel 0 unit 0: reading 2 sectors at 4 failed: bad sector'],
    ['writing', 0x30, 0x71, 0x04, 'channel 0 unit 0: writing 2 sectors at 4 failed: bad sector'],
    ['flushing', 0xe7, 0x71, 0x04, 'channel 0 unit 0: flushing failed: bad sector'],
  ])('of the host when %s reach the guest and the log', (_what, code, status, error, message) => {
    disk.failure = 'bad sector';
    machine.command28(code, 4, 2);
    if (code === 0x30) machine.write16(new Uint8Array(1024));
    expect([machine.wait(), machine.get(1), machine.messages, machine.line.level]).toEqual([status, error, [message], true]);
    disk.failure = undefined;
    machine.command28(0x20, 4, 1);
    expect(Buffer.compare(machine.readAll().bytes, sectors(4, 1))).toBe(0);
  });

  it('are told a hundred times', () => {
    disk.failure = 'bad sector';
    for (let i = 0; i < 150; i++) {
      machine.command28(0x20, 4, 1);
      machine.wait();
    }
    expect([machine.messages.length, machine.messages.at(-1)]).toEqual([101, 'channel 0 unit 0: 100 failures: further ones are not told']);
  });

  it('ABRT what a disk does not do, and writes to a read-only one', () => {
    for (const code of [0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xf8, 0xff, 0x87]) {
      machine.command28(code);
      expect([machine.get(7), machine.get(1)]).toEqual([0x51, 4]);
    }
    machine = new IdeMachine(OPTIONS, { a: new ArrayDisk(numberedSectors(8), true) });
    machine.command28(0xca, 0, 1);
    expect([machine.get(7), machine.get(1)]).toEqual([0x51, 4]);
  });
});

describe('other commands', () => {
  it('flush when the guest asks, and after each write without a write cache', () => {
    machine.command28(0xe7);
    expect(machine.alternateStatus).toBe(0xd0);
    machine.wait();
    machine.command48(0xea);
    machine.wait();
    machine.set(1, 0x82);
    machine.set(7, 0xef);
    machine.wait();
    machine.command28(0x30, 0, 1);
    machine.write16(new Uint8Array(512));
    machine.wait();
    expect(disk.log).toEqual(['flush', 'flush', 'flush', 'write 0+1', 'flush']);
  });

  it('know power modes', () => {
    const mode = (): number => (machine.command28(0xe5), machine.get(2));
    expect(mode()).toBe(0xff);
    machine.command28(0xe0);
    expect(mode()).toBe(0);
    machine.command28(0xe1);
    expect(mode()).toBe(0xff);
    machine.command28(0xe6);
    machine.command28(0x20, 0, 1);
    machine.readAll();
    expect(mode()).toBe(0xff);
  });

  it('verify, seek and recalibrate', () => {
    machine.command48(0x42, 3, 700);
    expect([machine.wait(), machine.line.level]).toEqual([0x50, true]);
    expect(disk.log).toEqual(['read 3+256', 'read 259+256', 'read 515+188']);
    machine.command28(0x10);
    expect(machine.get(7)).toBe(0x50);
    machine.command28(0x70, 5);
    expect(machine.get(7)).toBe(0x50);
    machine.command28(0x70, SECTORS);
    expect(machine.get(7)).toBe(0x51);
  });

  it('refuse odd features and geometries', () => {
    const feature = (code: number, count = 0): number => {
      machine.set(1, code);
      machine.set(2, count);
      machine.set(7, 0xef);
      return machine.wait();
    };
    expect([feature(3, 0x22), feature(3, 8), feature(2), feature(0x55), feature(0xaa), feature(0x66)]).toEqual([0x50, 0x50, 0x50, 0x50, 0x50, 0x50]);
    expect([feature(3, 0x23), feature(3, 0x46), feature(3, 0x0d), feature(0x99)]).toEqual([0x51, 0x51, 0x51, 0x51]);
    machine.command28(0x91, 0, 0, 0xaf);
    expect(machine.get(7)).toBe(0x51);
  });
});

describe('DMA', () => {
  it('reads into the regions of a table', () => {
    machine.table(0x1000, [[0x10000, 512], [0x20000, 1024], [0x30002, 510], [0x40000, 2]]);
    machine.command28(0xc8, 30, 4);
    machine.start(true);
    expect([machine.busMasterStatus, machine.alternateStatus]).toEqual([1, 0xd0]);
    expect([machine.wait(), machine.busMasterStatus, machine.line.level]).toEqual([0x50, 4, true]);
    const { memory } = machine;
    const got = Buffer.concat([memory.subarray(0x10000, 0x10200), memory.subarray(0x20000, 0x20400), memory.subarray(0x30002, 0x30200), memory.subarray(0x40000, 0x40002)]);
    expect(Buffer.compare(got, sectors(30, 4))).toBe(0);
    machine.stop();
    machine.busMasterStatus = 0x64;
    expect([machine.get(7), machine.busMasterStatus, machine.line.level]).toEqual([0x50, 0x60, false]);
  });

  it('reads before it is started, and a region of 64 KB', () => {
    machine.table(0x1000, [[0x100000, 0], [0x110000, 0]]);
    machine.command28(0xc8, 100, 0);
    expect([machine.wait(), machine.line.level]).toEqual([0x58, false]);
    machine.start(true);
    expect([machine.alternateStatus, machine.busMasterStatus]).toEqual([0x50, 4]);
    expect(Buffer.compare(machine.memory.subarray(0x100000, 0x120000), sectors(100, 256))).toBe(0);
  });

  it('writes, more than the buffer takes', () => {
    machine.memory.set(sectors(1000, 512), 0x100000);
    machine.table(0x1000, [0, 1, 2, 3].map((i) => [0x100000 + i * 0x10000, 0] as const));
    machine.command48(0x35, 10, 512);
    machine.start(false);
    expect([machine.wait(), machine.busMasterStatus]).toEqual([0x50, 4]);
    expect(disk.log).toEqual(['write 10+256', 'write 266+256']);
    expect(Buffer.compare(disk.bytes.subarray(10 * 512, 522 * 512), sectors(1000, 512))).toBe(0);
  });

  it('waits where the table is shorter than the request, and tells of one that is longer', () => {
    machine.table(0x1000, [[0x10000, 512]]);
    machine.command28(0xc8, 0, 2);
    machine.start(true);
    expect([machine.wait(), machine.busMasterStatus, machine.line.level]).toEqual([0x58, 0, false]);
    machine.stop();
    machine.table(0x1000, [[0x20000, 512]]);
    machine.start(true);
    expect([machine.wait(), machine.busMasterStatus]).toEqual([0x50, 4]);
    expect(Buffer.compare(machine.memory.subarray(0x20000, 0x20200), sectors(1, 1))).toBe(0);
    machine.stop();
    machine.busMasterStatus = 4;
    machine.table(0x1000, [[0x10000, 4096]]);
    machine.command28(0xc8, 0, 1);
    machine.start(true);
    machine.wait();
    expect(machine.busMasterStatus).toBe(5);
  });

  it('ends with the request where the table has no end, or is nowhere', () => {
    machine.table(0x1000, [[0x10000, 2]], false);
    new DataView(machine.memory.buffer).setUint32(0x1008, 0, true);
    machine.command28(0xc8, 0, 0);
    machine.start(true);
    expect(machine.wait()).toBe(0x50);
    void machine.ports.write(0xc004, 4, 0xffff_fffc);
    machine.stop();
    machine.command28(0xc8, 0, 8);
    machine.start(true);
    expect(machine.wait() & 0x80).toBe(0);
  });

  it('moves nothing for a function that is no bus master', () => {
    machine.enableBusMaster(false);
    machine.table(0x1000, [[0x10000, 512]]);
    machine.command28(0xc8, 1, 1);
    machine.start(true);
    expect([machine.wait(), machine.busMasterStatus, machine.memory[0x10000 + 1]]).toEqual([0x58, 2, 0]);
  });
});

describe('resets', () => {
  it('cancel what is under way and leave the signature', async () => {
    disk.hold();
    machine.command28(0x20, 1, 1);
    machine.set(2, 0x55);
    expect(machine.get(7)).toBe(0xd0);
    machine.control(4);
    expect(machine.get(7)).toBe(0x80);
    machine.control(0);
    expect([1, 2, 3, 4, 5, 6, 7].map((register) => machine.get(register))).toEqual([1, 1, 1, 0, 0, 0xa0, 0x50]);
    await disk.release();
    machine.clock.advanceBy(10_000);
    expect([machine.alternateStatus, machine.line.rises]).toEqual([0x50, 0]);
  });

  it('however many, keep one request running and one waiting', async () => {
    disk.hold();
    for (let i = 0; i < 50; i++) {
      machine.command28(0x20, i, 1);
      machine.control(4);
      machine.control(0);
    }
    machine.command28(0x20, 77, 1);
    expect(disk.log).toEqual(['read 0+1']);
    await disk.release();
    expect(disk.log).toEqual(['read 0+1', 'read 77+1']);
    expect(Buffer.compare(machine.readAll().bytes, sectors(77, 1))).toBe(0);
  });

  it('by EXECUTE DEVICE DIAGNOSTIC interrupt', () => {
    machine.command28(0x90);
    expect([machine.get(1), machine.line.level, machine.get(7), machine.line.level]).toEqual([1, true, 0x50, false]);
  });

  it('of the machine restore the defaults', () => {
    machine.command28(0xc6, 0, 4);
    machine.ide.reset();
    machine.command28(0xc4, 0, 4);
    expect(machine.get(7)).toBe(0x51);
  });
});

describe('interrupts', () => {
  it('are masked by nIEN', () => {
    machine.control(NIEN);
    machine.command28(0xe7);
    expect([machine.wait(), machine.line.level, machine.busMasterStatus]).toEqual([0x50, false, 0]);
    machine.control(0);
    expect([machine.line.level, machine.busMasterStatus]).toEqual([true, 4]);
  });

  it('are acknowledged by the status, not by the alternate one', () => {
    machine.command28(0xe7);
    machine.wait();
    expect([machine.alternateStatus, machine.line.level, machine.get(7), machine.line.level]).toEqual([0x50, true, 0x50, false]);
  });
});

describe('save and restore', () => {
  it.each([
    ['a read on the host', () => machine.command28(0xc4, 3, 7), 7, false],
    ['reading the second block', () => {
      machine.command28(0xc4, 3, 7);
      machine.wait();
      machine.read16(1024 + 100);
    }, 7, true],
  ] as const)('go on with %s', (_what, begin, count, isHalf) => {
    machine.command28(0xc6, 0, 4);
    machine.get(7);
    begin();
    const state = throughJson(machine.ide.save());
    const copy = new IdeMachine(OPTIONS, { a: disk });
    copy.clock.advanceTo(machine.clock.now());
    copy.ide.restore(state);
    expect(throughJson(copy.ide.save())).toEqual(state);
    const rest = sectors(3, count).subarray(isHalf ? 2 * (1024 + 100) : 0);
    for (const one of [machine, copy]) expect(Buffer.compare(one.readAll().bytes, rest)).toBe(0);
    expect([copy.clock.now(), copy.ide.save()]).toEqual([machine.clock.now(), machine.ide.save()]);
  });

  it('write again what the host may not have written', () => {
    machine.command28(0x30, 5, 2);
    machine.write16(sectors(1000, 2));
    const state = throughJson(machine.ide.save());
    const other = new ArrayDisk(numberedSectors(SECTORS));
    const copy = new IdeMachine(OPTIONS, { a: other });
    copy.ide.restore(state);
    expect(copy.wait()).toBe(0x50);
    expect([other.log, Buffer.compare(other.bytes.subarray(5 * 512, 7 * 512), sectors(1000, 2))]).toEqual([['write 5+2'], 0]);
    expect(copy.line.level).toBe(true);
  });

  it('go on with a DMA whose second region is to come', () => {
    machine.table(0x1000, [[0x10000, 512]]);
    machine.command28(0xc8, 0, 2);
    machine.start(true);
    machine.wait();
    const copy = new IdeMachine(OPTIONS, { a: disk });
    copy.ide.restore(throughJson(machine.ide.save()));
    copy.stop();
    copy.table(0x1000, [[0x20000, 512]]);
    copy.start(true);
    expect([copy.wait(), Buffer.compare(copy.memory.subarray(0x20000, 0x20200), sectors(1, 1))]).toEqual([0x50, 0]);
  });

  it('take no state that nothing could go on from', () => {
    machine.command28(0x20, 1, 1);
    const state = throughJson(machine.ide.save());
    delete (state.channels[0]!.drives[0]!.details as { request?: unknown }).request;
    expect(() => machine.ide.restore(state)).toThrow('IDE drive that is in phase work without a request: expected one in its saved state');
  });

  it('forget what the machine was doing', async () => {
    const state = throughJson(machine.ide.save());
    disk.hold();
    machine.command28(0x20, 1, 1);
    machine.ide.restore(state);
    await disk.release();
    machine.clock.advanceBy(10_000);
    expect([machine.alternateStatus, machine.line.level]).toEqual([0x50, false]);
  });
});

describe('registers', () => {
  it('have a second byte, which HOB shows until one is written', () => {
    machine.set(6, DEVICE_LBA);
    machine.set(2, 0x12);
    machine.set(2, 0x34);
    machine.control(0x80);
    expect(machine.get(2)).toBe(0x12);
    machine.set(3, 0);
    expect(machine.get(2)).toBe(0x34);
  });
});
