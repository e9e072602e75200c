import { beforeEach, describe, expect, it } from 'vitest';
import { ArrayDisk, IdeMachine, numberedSectors } from '../../test/ide-driver.ts';
import { throughJson } from '../../test/manual-clock.ts';
import type { AtapiCd } from './atapi-cd.ts';

const BLOCKS = 200;
const OPTIONS = { disks: [{ kind: 'cd', channel: 1, unit: 0, medium: 'iso' }] };

let iso: ArrayDisk;
let other: ArrayDisk;
let machine: IdeMachine;

function create(): IdeMachine {
  return new IdeMachine(OPTIONS, { iso, other }).use(1);
}

beforeEach(() => {
  iso = new ArrayDisk(numberedSectors(BLOCKS * 4), true);
  // Ends in the middle of a block.
  other = new ArrayDisk(numberedSectors(10 * 4 + 1), true);
  machine = create();
});

function cd(one: IdeMachine = machine): AtapiCd {
  return one.ide.cd(1, 0)!;
}

function blocks(from: number, count: number): Uint8Array {
  return iso.bytes.subarray(from * 2048, (from + count) * 2048);
}

/** What a packet gives by PIO; its sense if it is refused. */
function ask(...packet: readonly number[]): number[] | string {
  machine.packet(packet);
  const parts: number[] = [];
  while ((machine.wait() & 0x08) !== 0) {
    const count = machine.get(4) | (machine.get(5) << 8);
    expect(machine.get(2)).toBe(2);
    machine.get(7);
    parts.push(...machine.read16(count / 2));
  }
  expect(machine.get(2)).toBe(3);
  return (machine.get(7) & 1) === 0 ? parts : `key ${machine.get(1) >> 4}`;
}

/** Key, code and qualifier. */
function sense(): number[] {
  const bytes = ask(0x03, 0, 0, 0, 18) as number[];
  expect([bytes.length, bytes[0], bytes[7]]).toEqual([18, 0x70, 10]);
  return [bytes[2]!, bytes[12]!, bytes[13]!];
}

function read10(block: number, count: number): number[] {
  return [0x28, 0, 0, 0, block >> 8, block & 0xff, 0, 0, count];
}

describe('as an ATA device', () => {
  it('is told from a disk by its signature', () => {
    machine.control(4);
    machine.control(0);
    expect([1, 2, 3, 4, 5, 7].map((register) => machine.get(register))).toEqual([1, 1, 1, 0x14, 0xeb, 0]);
    for (const code of [0xec, 0x20, 0xc8]) {
      machine.command28(code, 5, 5);
      expect([machine.get(7), machine.get(1), machine.get(4), machine.get(5)]).toEqual([0x51, 4, 0x14, 0xeb]);
    }
  });

  it('identifies itself', () => {
    machine.command28(0xa1);
    expect(machine.get(7)).toBe(0x58);
    const bytes = machine.read16(256);
    expect([bytes[0], bytes[1], bytes[99], bytes.reduce((sum, byte) => (sum + byte) & 0xff)]).toEqual([0xc0, 0x85, 0x0f, 0]);
    expect(machine.get(7)).toBe(0x50);
  });

  it('knows power and transfer modes, and DEVICE RESET while it works', () => {
    machine.command28(0xe0);
    machine.command28(0xe5);
    expect(machine.get(2)).toBe(0);
    machine.set(1, 3);
    machine.set(2, 0x22);
    machine.set(7, 0xef);
    expect(machine.get(7)).toBe(0x50);
    machine.set(1, 2);
    machine.set(7, 0xef);
    expect(machine.get(7)).toBe(0x51);
    iso.hold();
    machine.packet(read10(0, 1));
    expect(machine.alternateStatus & 0x80).toBe(0x80);
    machine.set(7, 0x08);
    expect([machine.get(7), machine.get(4), machine.get(5)]).toEqual([0, 0x14, 0xeb]);
    expect(ask(0x00)).toEqual([]);
  });

  it('refuses overlapped packets', () => {
    machine.set(1, 2);
    machine.set(7, 0xa0);
    expect([machine.get(7), machine.get(1)]).toEqual([0x51, 4]);
  });
});

describe('reading', () => {
  it('takes a packet without an interrupt, and gives data in pieces of the limit', () => {
    [0, 0, 0, 0x00, 0x10, 0xa0].forEach((value, i) => machine.set(i + 1, value));
    machine.set(7, 0xa0);
    expect([machine.alternateStatus, machine.get(2), machine.line.rises]).toEqual([0x58, 1, 0]);
    machine.write16(Uint8Array.from([...read10(3, 5), 0, 0, 0]));
    machine.wait();
    const pieces: number[] = [];
    const bytes: number[] = [];
    while ((machine.get(7) & 8) !== 0) {
      pieces.push(machine.get(4) | (machine.get(5) << 8));
      bytes.push(...machine.read16(pieces.at(-1)! / 2));
      machine.wait();
    }
    expect([pieces, machine.line.rises, machine.get(2), machine.alternateStatus]).toEqual([[4096, 4096, 2048], 4, 3, 0x50]);
    expect(Buffer.compare(Uint8Array.from(bytes), blocks(3, 5))).toBe(0);
  });

  it('reads more than its buffer takes, by PIO and DMA', () => {
    expect(Buffer.compare(Uint8Array.from(ask(...read10(1, 150)) as number[]), blocks(1, 150))).toBe(0);
    expect(iso.log).toEqual(['read 4+256', 'read 260+256', 'read 516+88']);
    machine.table(0x1000, [0, 1, 2, 3, 4].map((i) => [0x100000 + i * 0x10000, i === 4 ? 150 * 2048 - 0x40000 : 0] as const));
    machine.packet([0xa8, 0, 0, 0, 0, 1, 0, 0, 0, 150], { dma: true });
    machine.start(true);
    expect([machine.wait(), machine.busMasterStatus, machine.get(2)]).toEqual([0x50, 4, 3]);
    expect(Buffer.compare(machine.memory.subarray(0x100000, 0x100000 + 150 * 2048), blocks(1, 150))).toBe(0);
  });

  it('gives small replies by DMA', () => {
    machine.table(0x1000, [[0x10000, 8]]);
    machine.packet([0x25], { dma: true });
    machine.start(true);
    expect([machine.wait(), [...machine.memory.subarray(0x10000, 0x10008)]]).toEqual([0x50, [0, 0, 0, BLOCKS - 1, 0, 0, 8, 0]]);
  });

  it('gives user data with READ CD, and nothing else', () => {
    expect(Buffer.compare(Uint8Array.from(ask(0xbe, 0, 0, 0, 0, 7, 0, 0, 2, 0x10) as number[]), blocks(7, 2))).toBe(0);
    expect(ask(0xbe, 0, 0, 0, 0, 7, 0, 0, 2, 0)).toEqual([]);
    expect([ask(0xbe, 0, 0, 0, 0, 7, 0, 0, 2, 0xf8), sense()]).toEqual(['key 5', [5, 0x24, 0]]);
    expect([ask(0xbe, 4, 0, 0, 0, 7, 0, 0, 2, 0x10), sense()]).toEqual(['key 5', [5, 0x64, 0]]);
  });

  it.each([
    ['beyond the end', read10(BLOCKS, 1)],
    ['across the end', read10(BLOCKS - 1, 2)],
    ['of a length beyond all bounds', [0xa8, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
  ])('refuses transfers %s', (_what, packet) => {
    expect([ask(...packet), sense(), sense(), iso.log]).toEqual(['key 5', [5, 0x21, 0], [0, 0, 0], []]);
  });

  it('tells of a failing host', () => {
    iso.failure = 'server gone';
    expect([ask(...read10(5, 1)), sense(), machine.messages]).toEqual(['key 3', [3, 0x11, 0], ['channel 1 unit 0: reading 1 blocks at 5 failed: server gone']]);
  });

  it('fills the last block with zeros', () => {
    cd().insert('other');
    ask(0x00);
    expect(ask(0x25)).toEqual([0, 0, 0, 10, 0, 0, 8, 0]);
    const bytes = Uint8Array.from(ask(...read10(10, 1)) as number[]);
    expect([Buffer.compare(bytes.subarray(0, 512), other.bytes.subarray(40 * 512)), bytes.subarray(512).every((byte) => byte === 0)]).toEqual([0, true]);
  });
});

describe('replies', () => {
  it.each([
    ['INQUIRY', [0x12, 0, 0, 0, 36], /^058000211f000000/],
    ['INQUIRY of the room there is', [0x12, 0, 0, 0, 4], /^05800021$/],
    ['READ TOC', [0x43, 0, 0, 0, 0, 0, 1, 0, 100], /^0012010100140100000000000014aa00000000c8$/],
    ['READ TOC in minutes, of the lead-out', [0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100], /^000a01010014aa0000000432$/],
    ['READ TOC of sessions', [0x43, 0, 1, 0, 0, 0, 0, 0, 12], /^000a01010014010000000000$/],
    ['READ TOC, raw', [0x43, 0, 2, 0, 0, 0, 0, 0, 100], /^002e0101011400a0/],
    ['READ TOC by the format of old drivers', [0x43, 0, 0, 0, 0, 0, 0, 0, 100, 0x40], /^000a0101/],
    ['READ DISC INFORMATION', [0x51, 0, 0, 0, 0, 0, 0, 0, 34], /^00200e010101012000/],
    ['GET CONFIGURATION', [0x46, 0, 0, 0, 0, 0, 0, 0, 100], /^0000003c00000008000003080010000000080100/],
    ['GET CONFIGURATION of one feature', [0x46, 2, 0, 0x1e, 0, 0, 0, 0, 100], /^0000000800000008001e0100$/],
    ['MODE SENSE of capabilities', [0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 100], /^001a0100000000002a120b0070002900/],
    ['MODE SENSE of all', [0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 100], /^0022010000000000010600050000/],
    ['GET EVENT STATUS NOTIFICATION', [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8], /^0006041000020000$/],
    ['GET EVENT STATUS NOTIFICATION of another class', [0x4a, 1, 0, 0, 2, 0, 0, 0, 8], /^00028010$/],
    ['MECHANISM STATUS', [0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8], /^0{16}$/],
    ['SET CD SPEED', [0xbb, 0, 0xff, 0xff], /^$/],
    ['SYNCHRONIZE CACHE', [0x35], /^$/],
  ] as const)('%s', (_what, packet, expected) => {
    expect(Buffer.from(ask(...packet) as number[]).toString('hex')).toMatch(expected);
  });

  it.each([
    ['no such command', [0x42], [5, 0x20, 0]],
    ['vital product data', [0x12, 1, 0x80, 0, 36], [5, 0x24, 0]],
    ['a track that is not', [0x43, 0, 0, 0, 0, 0, 2, 0, 100], [5, 0x24, 0]],
    ['a table of contents that is not', [0x43, 0, 5, 0, 0, 0, 0, 0, 100], [5, 0x24, 0]],
    ['a page that is not', [0x5a, 0, 0x05, 0, 0, 0, 0, 0, 100], [5, 0x24, 0]],
    ['events by interrupt', [0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8], [5, 0x24, 0]],
  ])('none to %s', (_what, packet, expected) => {
    expect([ask(...packet), sense()]).toEqual([`key ${expected[0]}`, expected]);
  });

  it('keep their length where drivers have room for nothing', () => {
    expect(ask(0x12, 0, 0, 0, 0)).toEqual([]);
  });

  it('say DVD of what is larger than a CD', () => {
    const large = { byteLength: 2 ** 32, isReadOnly: true, read: (_at: number, target: Uint8Array) => void target.fill(1), write: () => undefined, flush: () => undefined };
    cd().insert(large);
    expect((ask(0x46, 0, 0, 0, 0, 0, 0, 0, 8) as number[]).slice(6)).toEqual([0, 0x10]);
    ask(0x00);
    expect(ask(0x25)).toEqual([0, 0x1f, 0xff, 0xff, 0, 0, 8, 0]);
  });
});

describe('the medium', () => {
  const event = (): number[] => (ask(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8) as number[]).slice(4, 6);

  it('is changed by the host, and the guest told once', () => {
    expect(ask(0x00)).toEqual([]);
    cd().insert('other');
    expect((ask(0x12, 0, 0, 0, 36) as number[]).length).toBe(36);
    expect([ask(0x00), sense(), ask(0x00)]).toEqual(['key 6', [6, 0x28, 0], []]);
    expect([event(), event()]).toEqual([[2, 2], [0, 2]]);
    expect(cd().medium).toBe(other);
    expect(() => cd().insert('absent')).toThrow('medium "absent" is unknown');
  });

  it('is told of by REQUEST SENSE as well', () => {
    cd().insert(other);
    expect([sense(), ask(0x00)]).toEqual([[6, 0x28, 0], []]);
  });

  it('is taken away by the host', () => {
    cd().insert(undefined);
    expect([ask(0x00), sense(), ask(...read10(0, 1)), ask(0x25), ask(0x43)]).toEqual(['key 2', [2, 0x3a, 1], 'key 2', 'key 2', 'key 2']);
    expect([event(), event()]).toEqual([[3, 0], [0, 0]]);
    cd().insert(iso);
    ask(0x00);
    expect(Buffer.compare(Uint8Array.from(ask(...read10(0, 1)) as number[]), blocks(0, 1))).toBe(0);
  });

  it('is ejected and loaded by the guest, unless it is locked', () => {
    ask(0x1e, 0, 0, 0, 1);
    expect([ask(0x1b, 0, 0, 0, 2), sense()]).toEqual(['key 5', [5, 0x53, 2]]);
    expect((ask(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 100) as number[])[14]).toBe(0x2b);
    ask(0x1e);
    expect(ask(0x1b, 0, 0, 0, 2)).toEqual([]);
    expect([event(), (ask(0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8) as number[])[1]]).toEqual([[3, 1], 0x10]);
    expect([ask(...read10(0, 1)), sense()]).toEqual(['key 2', [2, 0x3a, 2]]);
    expect([ask(0x1b, 0, 0, 0, 3), ask(0x00), sense(), ask(0x00)]).toEqual([[], 'key 6', [6, 0x28, 0], []]);
    expect(ask(0x1b, 0, 0, 0, 1)).toEqual([]);
  });

  it('may be changed while it is read', async () => {
    iso.hold();
    machine.packet(read10(3, 1));
    cd().insert(undefined);
    await iso.release();
    machine.wait();
    expect(Buffer.compare(machine.read16(1024), blocks(3, 1))).toBe(0);
    expect(ask(0x00)).toBe('key 2');
  });

  it('may shrink between two parts of a request', () => {
    machine.packet(read10(0, 150));
    machine.wait();
    cd().insert(other);
    machine.get(7);
    while ((machine.alternateStatus & 0x09) === 0x08) {
      machine.read16(1);
      machine.wait();
    }
    expect([machine.get(7), machine.get(1), machine.messages]).toEqual([0x51, 0x34, ['channel 1 unit 0: reading 64 blocks at 64 failed: the medium now ends at block 11']]);
  });
});

describe('save and restore', () => {
  it('go on with a packet, a read on the host, and data half read', () => {
    const steps: ((one: IdeMachine) => void)[] = [
      (one) => {
        one.set(1, 0);
        one.set(4, 0);
        one.set(5, 0x10);
        one.set(7, 0xa0);
        one.write16(Uint8Array.from(read10(2, 70).slice(0, 4)));
      },
      (one) => one.write16(Uint8Array.from([...read10(2, 70).slice(4), 0, 0, 0])),
      (one) => (one.wait(), one.read16(1500)),
    ];
    for (const step of steps) {
      step(machine);
      const state = throughJson(machine.ide.save());
      const copy = create();
      copy.clock.advanceTo(machine.clock.now());
      copy.ide.restore(state);
      expect(throughJson(copy.ide.save())).toEqual(state);
      machine = copy;
    }
    const rest: number[] = [];
    while ((machine.wait() & 8) !== 0) rest.push(...machine.read16(1));
    expect(Buffer.compare(Uint8Array.from(rest), blocks(2, 70).subarray(3000))).toBe(0);
  });

  it('find a named medium again, and leave one without a name', () => {
    cd().insert('other');
    const named = throughJson(machine.ide.save());
    cd().insert(undefined);
    const empty = throughJson(machine.ide.save());
    cd().insert(other);
    const unnamed = throughJson(machine.ide.save());
    const copy = create();
    copy.ide.restore(named);
    expect(cd(copy).medium).toBe(other);
    copy.ide.restore(empty);
    expect(cd(copy).medium).toBeUndefined();
    cd(copy).insert(iso);
    copy.ide.restore(unnamed);
    expect(cd(copy).medium).toBe(iso);
    machine = copy;
    expect([ask(0x00), sense()]).toEqual(['key 6', [6, 0x28, 0]]);
  });
});
