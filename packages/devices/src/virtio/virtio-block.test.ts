import { beforeEach, describe, expect, it } from 'vitest';
import { BenchDisk, BenchMachine } from '../../test/bench-machine.ts';
import { throughJson } from '../../test/manual-clock.ts';
import { VirtioDriver } from '../../test/virtio-driver.ts';
import { VIRTIO_BLOCK, type VirtioBlock } from './virtio-block.ts';

const FLUSH = 9;
const EVENT_IDX = 29;
const INDIRECT = 28;
const READ = 0;
const WRITE = 1;

function header(type: number, sector: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(sector), true);
  return bytes;
}

let disk: BenchDisk;
let machine: BenchMachine;
let device: VirtioBlock;

function create(options: Record<string, unknown> = {}): void {
  machine = new BenchMachine({ disk });
  device = VIRTIO_BLOCK.create(machine, { medium: 'disk', ...options });
}

beforeEach(() => {
  disk = new BenchDisk(64 << 10);
  create();
});

describe.each([
  ['modern', {}, false],
  ['legacy', { disableModern: true }, true],
  ['a transitional device’s legacy', {}, true],
  ['modern alone', { disableLegacy: true }, false],
] as const)('virtio-block, %s interface', (_name, options, isLegacy) => {
  let driver: VirtioDriver;

  beforeEach(() => {
    create(options);
    driver = new VirtioDriver(machine, isLegacy);
  });

  it('says what it is', () => {
    const { endpoint } = machine;
    const isModernAlone = 'disableLegacy' in options;
    expect([endpoint.read(0, 4), endpoint.read(8, 1), endpoint.read(0x2c, 4)]).toEqual(isModernAlone ? [0x10421af4, 1, 0x11001af4] : [0x10011af4, 0, 0x00021af4]);
    driver.start();
    expect([driver.config(0, 4), driver.config(4, 4), driver.config(12, 4), driver.config(20, 4)]).toEqual([128, 0, 254, 512]);
    expect(driver.offered & 0xffff_ffffn).toBe(BigInt((1 << 1) | (1 << 2) | (1 << 6) | (1 << 9) | (1 << 14) | (7 << 27)));
    expect([...driver.structures.keys()]).toEqual('disableModern' in options ? [] : [1, 2, 3, 4, 5]);
  });

  it('reads, writes and interrupts', () => {
    driver.start([FLUSH]);
    const [queue] = driver.queues as [VirtioDriver['queues'][0]];
    const read = queue.add([header(READ, 3), 512, 512, 1]);
    driver.notify(0);
    expect(queue.takeUsed()).toEqual([]);
    machine.clock.advanceBy(1000);
    expect(queue.takeUsed()).toEqual([{ id: read.head, length: 1025 }]);
    expect(queue.read(read.addresses[2]!, 512)).toEqual(disk.bytes.slice(2048, 2560));
    expect(queue.read(read.addresses[3]!, 1)).toEqual(Uint8Array.of(0));
    expect(machine.line.level).toBe(true);
    expect(driver.takeInterruptStatus()).toBe(1);
    expect(machine.line.level).toBe(false);

    const data = new Uint8Array(512).fill(0x77);
    const write = queue.add([header(WRITE, 5), data, 1]);
    driver.notify(0);
    machine.clock.advanceBy(1000);
    expect(queue.takeUsed()).toEqual([{ id: write.head, length: 1 }]);
    expect(disk.bytes.slice(2560, 3072)).toEqual(data);
  });

  it('takes indirect buffers and tells at the event index alone', () => {
    driver.start([FLUSH, INDIRECT, EVENT_IDX]);
    const [queue] = driver.queues as [VirtioDriver['queues'][0]];
    queue.wantInterrupt();
    queue.add([header(READ, 0), 512, 1], true);
    driver.notify(0);
    machine.clock.advanceBy(1000);
    expect(queue.takeUsed().map(({ length }) => length)).toEqual([513]);
    expect(driver.takeInterruptStatus()).toBe(1);
    // The driver did not move its event index: no interrupt, and the device wants to be told of the second buffer.
    expect(queue.u16(queue.rings.used + 4 + 8 * queue.rings.size)).toBe(1);
    queue.add([header(READ, 1), 512, 1], true);
    driver.notify(0);
    machine.clock.advanceBy(1000);
    expect(queue.takeUsed().length).toBe(1);
    expect(driver.takeInterruptStatus()).toBe(0);
  });

  it('is reset by its driver with requests in flight', () => {
    driver.start([FLUSH]);
    const [queue] = driver.queues as [VirtioDriver['queues'][0]];
    queue.add([header(READ, 0), 512, 1]);
    driver.notify(0);
    driver.status = 0;
    machine.clock.advanceBy(5000);
    expect(queue.takeUsed()).toEqual([]);
    expect([driver.status, machine.line.level]).toEqual([0, false]);
    driver.start([FLUSH]);
    driver.queues[0]!.add([header(8, 0), 20, 1]);
    driver.notify(0);
    machine.clock.advanceBy(1000);
    expect(driver.queues[0]!.takeUsed()).toEqual([{ id: 0, length: 21 }]);
  });
});

describe('VirtioBlock', () => {
  let driver: VirtioDriver;
  let queue: VirtioDriver['queues'][0];

  function start(features: readonly number[] = [FLUSH]): void {
    driver = new VirtioDriver(machine);
    driver.start(features);
    queue = driver.queues[0]!;
  }

  function perform(...parts: Parameters<typeof queue.add>[0][number][]): number {
    const { addresses } = queue.add(parts);
    driver.notify(0);
    machine.clock.advanceBy(10_000);
    expect(queue.takeUsed().length).toBe(1);
    return queue.read(addresses.at(-1)!, 1)[0]!;
  }

  it('answers what it cannot do with a status, and logs it', () => {
    start();
    expect(perform(header(READ, 128), 512, 1)).toBe(1);
    expect(perform(header(READ, 2 ** 50), 512, 1)).toBe(1);
    expect(perform(header(READ, 0), 100, 1)).toBe(1);
    expect(perform(header(99, 0), 512, 1)).toBe(2);
    disk.failure = new Error('bad sector');
    expect(perform(header(READ, 0), 512, 1)).toBe(1);
    expect(perform(header(4, 0), 1)).toBe(1);
    expect(machine.logged).toEqual([
      '512 bytes at sector 128 are beyond the disk\'s 65536 bytes',
      '512 bytes at sector 1125899906842624 are beyond the disk\'s 65536 bytes',
      '100 bytes at sector 0: expected whole sectors',
      'request type 99 is unknown',
      'read of 512 bytes at 0 failed: bad sector',
      'flush failed: bad sector',
    ]);
    expect(driver.status & 0x40).toBe(0);
  });

  it('refuses writes to a read-only disk', () => {
    create({ readOnly: true });
    start();
    expect(driver.offered & (1n << 5n)).not.toBe(0n);
    expect(perform(header(WRITE, 0), new Uint8Array(512), 1)).toBe(1);
    expect(disk.calls).toEqual([]);
  });

  it('tells its serial number, 20 characters of it', () => {
    create({ serial: 'a-serial-number-that-is-too-long' });
    start();
    const { addresses } = queue.add([header(8, 0), 20, 1]);
    driver.notify(0);
    machine.clock.advanceBy(1000);
    expect(String.fromCharCode(...queue.read(addresses[1]!, 20))).toBe('a-serial-number-that');
  });

  it('fills with zeroes', () => {
    start();
    const range = new Uint8Array(16);
    new DataView(range.buffer).setUint32(0, 4, true);
    new DataView(range.buffer).setUint32(8, 2, true);
    expect(perform(header(13, 0), range, 1)).toBe(0);
    expect(disk.bytes.slice(2048, 3072).every((byte) => byte === 0)).toBe(true);
    expect(disk.bytes[3072]).not.toBe(0xff00);
    new DataView(range.buffer).setUint32(8, 1_000_000, true);
    expect(perform(header(13, 0), range, 1)).toBe(2);
  });

  it('flushes after the writes before it, each write for a driver that cannot flush', async () => {
    let open = (): void => undefined;
    disk.gate = new Promise((resolve) => (open = resolve));
    start();
    queue.add([header(WRITE, 0), new Uint8Array(512), 1]);
    queue.add([header(4, 0), 1]);
    queue.add([header(WRITE, 9), new Uint8Array(512), 1]);
    driver.notify(0);
    machine.clock.advanceBy(5000);
    expect(disk.calls).toEqual(['write 0 512', 'write 4608 512']);
    open();
    await new Promise((resolve) => setImmediate(resolve));
    machine.clock.advanceBy(5000);
    expect(disk.calls).toEqual(['write 0 512', 'write 4608 512', 'flush']);

    disk = new BenchDisk(4096);
    create();
    start([]);
    expect(perform(header(WRITE, 0), new Uint8Array(512), 1)).toBe(0);
    expect(disk.calls).toEqual(['write 0 512', 'flush']);
  });

  it('goes on with its requests after a restore', () => {
    start([FLUSH, EVENT_IDX]);
    queue.wantInterrupt();
    const write = queue.add([header(WRITE, 1), new Uint8Array(512).fill(1), 1]);
    const flush = queue.add([header(4, 0), 1]);
    const read = queue.add([header(READ, 3), 512, 1]);
    driver.notify(0);
    machine.clock.advanceBy(400);
    const state = throughJson(device.save());
    const bus = throughJson(machine.bus.save());
    // What is being written does not follow the guest's memory any more.
    machine.memory.writeBytes(write.addresses[1]!, new Uint8Array(512).fill(2));
    const { memory } = machine;
    disk = new BenchDisk(64 << 10);
    create();
    machine.clock.advanceTo(400);
    machine.bus.restore(bus);
    device.restore(state);
    // Memory may come after its devices: none of it is read to restore them.
    machine.memory.writeBytes(0, memory.readBytes(0, 1 << 20));
    expect(device.save()).toEqual(state);
    machine.clock.advanceTo(999);
    expect(queue.u16(queue.rings.used + 2)).toBe(0);
    const used = (): number[] => Array.from({ length: new DataView(machine.memory.readBytes(queue.rings.used + 2, 2).buffer).getUint16(0, true) }, (_, i) => machine.memory.readBytes(queue.rings.used + 4 + 8 * i, 1)[0]!);
    machine.clock.advanceTo(1000);
    expect(used()).toEqual([write.head, read.head]);
    machine.clock.advanceTo(2000);
    expect(used()).toEqual([write.head, read.head, flush.head]);
    expect(disk.bytes.slice(512, 1024)).toEqual(new Uint8Array(512).fill(1));
    expect(machine.memory.readBytes(read.addresses[1]!, 512)).toEqual(disk.bytes.slice(1536, 2048));
    expect(machine.line.rises).toBe(1);
  });

  it('refuses saved requests that are not its own', () => {
    start();
    queue.add([header(READ, 0), 512, 1]);
    driver.notify(0);
    const state = throughJson(device.save());
    const [request] = state.pending;
    for (const changed of [{ ...request!, request: { kind: 'read' as const, offset: 65536, length: 512 } }, { ...request!, request: { kind: 'write' as const, offset: 0, length: 2 ** 40 } }, { ...request!, writable: [] }]) {
      expect(() => device.restore({ ...state, pending: [changed] })).toThrow(/saved request .* expected one of this disk's/);
    }
  });

  it('keeps to vectors of its own with MSI-X', () => {
    start();
    const { endpoint, mmio } = machine;
    let at = endpoint.read(0x34, 1);
    while (endpoint.read(at, 1) !== 0x11) at = endpoint.read(at + 1, 1);
    expect(endpoint.read(at + 2, 2)).toBe(1);
    const table = 0xe0010000;
    void mmio.write(table + 16, 4, 0xfee01000);
    void mmio.write(table + 24, 4, 0x4041);
    driver.set(1, 0x16, 2, 0);
    driver.set(1, 0x1a, 2, 7);
    expect(driver.get(1, 0x1a, 2)).toBe(0xffff);
    driver.set(1, 0x1a, 2, 1);
    endpoint.write(at + 2, 2, 0x8000);
    expect(perform(header(READ, 0), 512, 1)).toBe(0);
    // Masked at first: pending until it is not.
    expect([machine.messages.length, mmio.read(table + 0x800, 4)]).toEqual([0, 2]);
    const copy = throughJson(device.save());
    device.restore(copy);
    void mmio.write(table + 28, 4, 0);
    expect(machine.messages).toEqual([[0xfee01000, 0x4041]]);
    expect([mmio.read(table + 0x800, 4), machine.line.level]).toEqual([0, false]);
  });

  it('waits for leave to use memory', () => {
    start();
    machine.endpoint.write(4, 2, 3);
    queue.add([header(READ, 0), 512, 1]);
    driver.notify(0);
    machine.clock.advanceBy(5000);
    expect(disk.calls).toEqual([]);
    machine.endpoint.write(4, 2, 7);
    expect(disk.calls).toEqual(['read 0 512']);
  });

  describe('whose driver resets it while the host is at work', () => {
    let open: () => void;

    beforeEach(() => {
      disk.gate = new Promise((resolve) => (open = resolve));
    });

    /** What the host did is told to the bench's clock. */
    async function settle(): Promise<void> {
      open();
      await new Promise((resolve) => setImmediate(resolve));
      machine.clock.advanceBy(1000);
    }

    it('gives the host nothing more to do before it is done, however often', async () => {
      for (let round = 0; round < 50; round++) {
        start();
        queue.add([header(READ, round), 512, 1]);
        driver.notify(0);
        machine.clock.advanceBy(1000);
      }
      expect(disk.calls).toEqual(['read 0 512']);
      await settle();
      expect(disk.calls).toEqual(['read 0 512', `read ${49 * 512} 512`]);
      expect(queue.takeUsed()).toEqual([{ id: 0, length: 513 }]);
    });

    it('writes what is cancelled and what comes after it in turn', async () => {
      start();
      queue.add([header(WRITE, 0), new Uint8Array(512).fill(1), 1]);
      driver.notify(0);
      start();
      queue.add([header(WRITE, 0), new Uint8Array(512).fill(2), 1]);
      queue.add([header(WRITE, 1), new Uint8Array(512).fill(3), 1]);
      driver.notify(0);
      expect(disk.calls).toEqual(['write 0 512']);
      await settle();
      expect(disk.calls).toEqual(['write 0 512', 'write 0 512', 'write 512 512']);
      expect([disk.bytes[0], disk.bytes[512]]).toEqual([2, 3]);
      expect(queue.takeUsed().length).toBe(2);
    });
  });

  describe('with more to write than it takes at a time', () => {
    const SEGMENTS = 254;
    const SEGMENT_BYTES = 4096;

    beforeEach(() => {
      disk = new BenchDisk(4 << 20);
      create();
      start([FLUSH, INDIRECT]);
    });

    /** A request with `count` segments of `bytes` bytes, all at one address, as an indirect buffer at descriptor 0. */
    function offer(type: number, count: number, bytes: number): number {
      const table = 0x50000;
      const status = 0x60000;
      machine.memory.writeBytes(0x61000, header(type, 0));
      machine.memory.writeBytes(status, Uint8Array.of(0xff));
      queue.describe(table, 0, 0x61000, 16, 1, 1);
      for (let i = 1; i <= count; i++) queue.describe(table, i, 0x80000, bytes, type === READ ? 3 : 1, i + 1);
      queue.describe(table, count + 1, status, 1, 2, 0);
      queue.describe(queue.rings.descriptors, 0, table, 16 * (count + 2), 4, 0);
      queue.offer(0);
      return status;
    }

    it('leaves requests in the queue from 4 MB on, with what it saves', () => {
      disk.gate = new Promise(() => undefined);
      for (let i = 0; i < 200; i++) offer(WRITE, SEGMENTS, SEGMENT_BYTES);
      driver.notify(0);
      expect(disk.calls.length).toBeGreaterThan(2);
      expect(disk.calls.length * SEGMENTS * SEGMENT_BYTES).toBeLessThanOrEqual(4 << 20);
      const state = throughJson(device.save());
      expect(JSON.stringify(state).length).toBeLessThan(6 << 20);
      device.restore(state);
      expect(device.save()).toEqual(state);
      const twice = { ...state, pending: [...state.pending, ...state.pending] };
      expect(() => device.restore(twice)).toThrow(/saved requests .* expected 256 at most, of 4194304 bytes/);
    });

    it('counts what it keeps of small requests in many pieces', () => {
      disk.gate = new Promise(() => undefined);
      for (let i = 0; i < 200; i++) offer(READ, 1022, 1);
      driver.notify(0);
      expect(JSON.stringify(device.save()).length).toBeLessThan(6 << 20);
    });

    it('takes them all in time', () => {
      const status = offer(WRITE, SEGMENTS, SEGMENT_BYTES);
      for (let i = 1; i < 20; i++) offer(WRITE, SEGMENTS, SEGMENT_BYTES);
      driver.notify(0);
      machine.clock.advanceBy(20_000);
      expect(disk.calls.length).toBe(20);
      expect(queue.takeUsed().length).toBe(20);
      expect(queue.read(status, 1)[0]).toBe(0);
    });

    it('tells drivers of limits that it has, and refuses what goes beyond', () => {
      expect([driver.config(8, 4), driver.config(12, 4)]).toEqual([SEGMENT_BYTES, SEGMENTS]);
      const status = offer(WRITE, 33, 0x8000);
      driver.notify(0);
      machine.clock.advanceBy(1000);
      expect([disk.calls, queue.read(status, 1)[0]]).toEqual([[], 1]);
      offer(READ, 33, 0x8000);
      driver.notify(0);
      machine.clock.advanceBy(1000);
      expect([disk.calls, queue.read(status, 1)[0]]).toEqual([[], 1]);
      expect(machine.logged).toEqual(Array.from({ length: 2 }, () => '1081344 bytes at sector 0: expected 1048576 at most'));
      expect(driver.status & 0x40).toBe(0);
    });
  });

  it('touches no memory when it may not any more', () => {
    start();
    const { addresses } = queue.add([header(READ, 3), 512, 1]);
    driver.notify(0);
    machine.endpoint.write(4, 2, 3);
    const before = machine.memory.readBytes(0, 1 << 20);
    machine.clock.advanceBy(5000);
    expect(Buffer.compare(machine.memory.readBytes(0, 1 << 20), before)).toBe(0);
    expect(machine.line.level).toBe(false);
    machine.endpoint.write(4, 2, 7);
    expect(perform(header(READ, 4), 512, 1)).toBe(0);
    expect(queue.read(addresses[1]!, 512)).toEqual(new Uint8Array(512));
  });

  it('logs no more than 100 failures', () => {
    start();
    for (let i = 0; i < 300; i++) {
      if (i % 50 === 0) start();
      queue.add([header(99, 0), 1]);
      driver.notify(0);
      machine.clock.advanceBy(1000);
    }
    for (let i = 0; i < 50; i++) {
      start();
      queue.setU16(queue.rings.available + 2, 300);
      driver.notify(0);
    }
    expect(machine.logged.length).toBe(101);
    expect(machine.logged.at(-1)).toBe('100 failures: further ones are not told');
  });

  it.each([
    [{ medium: 7 }, 'medium is 7, expected a text'],
    [{ medium: 'disk', readonly: true }, 'readonly is true, expected no such option; known are medium, readOnly'],
    [{ medium: 'disk', disableModern: true, disableLegacy: true }, 'expected one of the two interfaces to remain'],
  ])('refuses the options %j', (options, message) => {
    expect(() => VIRTIO_BLOCK.create(new BenchMachine({ disk }), options)).toThrow(message);
  });
});
