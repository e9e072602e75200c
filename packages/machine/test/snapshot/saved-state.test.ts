import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockBackend, Device, DeviceType } from '@ringzero/devices';
import type { DeviceMemory } from '@ringzero/guest-memory';
import { describe, expect, it } from 'vitest';
import { readState, restoreState, saveState, type Machine, type MachineHost } from '../../src/index.ts';
import { readStateFile, saveStateFile } from '../../src/node/index.ts';
import { putTogether, takeApart } from './forge.ts';
import { bytesOfState, restoreBytes, saved, ScriptedMachine } from './scripted-machine.ts';

const MB = 2 ** 20;
/** Device memory at an address that the host chooses, with a window where VGA has one. */
class Screen implements Device<{ readonly at: number; readonly window: number }> {
  readonly memory: DeviceMemory;
  #at = -1;
  #window = -1;
  #unmap: (() => void) | undefined;

  constructor(memory: DeviceMemory) {
    this.memory = memory;
  }
  place(at: number, window: number): void {
    this.#unmap?.();
    this.#at = at;
    this.#window = window;
    this.memory.mapAt(at < 0 ? undefined : at);
    this.#unmap = window < 0 ? undefined : this.memory.mapWindow(0xa_0000, window, 0x4000);
  }
  reset(): void {
    this.place(-1, -1);
  }
  save(): { readonly at: number; readonly window: number } {
    return { at: this.#at, window: this.#window };
  }
  restore({ at, window }: { readonly at: number; readonly window: number }): void {
    this.place(at, window);
  }
}
const SCREEN: DeviceType<Screen> = { type: 'screen', memoryBytes: () => 0x1_0000, create: (slot) => new Screen(slot.allocateMemory(0x1_0000)) };

/** A disk that keeps what is written beside what it was made of. */
class Overlay implements BlockBackend {
  readonly byteLength = 1000 * 512;
  readonly isReadOnly = false;
  readonly #blocks = new Map<number, Uint8Array>();
  readonly changes = {
    blockBytes: 512,
    blocks: () => [...this.#blocks].sort(([a], [b]) => a - b),
    replace: (blocks: Iterable<readonly [number, Uint8Array]>) => {
      this.#blocks.clear();
      for (const [index, bytes] of blocks) this.#blocks.set(index, bytes.slice());
    },
  };
  read(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; done += 512) target.set(this.#blocks.get((offset + done) / 512) ?? new Uint8Array(512).fill(0xee), done);
  }
  write(offset: number, source: Uint8Array): void {
    for (let done = 0; done < source.length; done += 512) this.#blocks.set((offset + done) / 512, source.slice(done, done + 512));
  }
  flush(): void {}
}

/** The same, with marks. */
class MarkedOverlay extends Overlay {
  readonly #written = new Map<number, number>();
  #mark = 0;

  constructor() {
    super();
    const { blocks, replace } = this.changes;
    Object.assign(this.changes, {
      mark: () => this.#mark++,
      blocks: (mark = -1) => blocks().filter(([index]) => this.#written.get(index)! > mark),
      replace: (replacement: readonly (readonly [number, Uint8Array])[]) => {
        replace(replacement);
        for (const [index] of replacement) this.#written.set(index, this.#mark);
      },
    });
  }

  override write(offset: number, source: Uint8Array): void {
    super.write(offset, source);
    for (let done = 0; done < source.length; done += 512) this.#written.set((offset + done) / 512, this.#mark);
  }
}

const CONFIG = { memoryBytes: 4 * MB, haltExit: true };
const WITH_SCREEN = { ...CONFIG, devices: [{ type: 'screen' }] };
/** hlt */
const HALTING = Uint8Array.of(0xf4);

function machine(config: ConstructorParameters<typeof ScriptedMachine>[1] = CONFIG, host: MachineHost = {}): Machine {
  return new ScriptedMachine('interpreter', config, host).machine;
}

/** Pages of the map and of the buffer where two memories differ first, and their first different byte. */
function difference(one: Machine, other: Machine): unknown {
  const [a, b] = [one.memory, other.memory];
  return [
    a.pageMap.findIndex((page, at) => page !== b.pageMap[at]),
    a.pageFlags.findIndex((flags, at) => ((flags ^ b.pageFlags[at]!) & 1) !== 0),
    Buffer.compare(Buffer.from(a.copyBuffer()), Buffer.from(b.copyBuffer())),
  ];
}
const NONE = [-1, -1, 0];

describe('a saved state', () => {
  it('says what it is, in JSON', async () => {
    const subject = machine({ ...CONFIG, logPorts: [0x80] });
    subject.memory.writeBytes(0x5000, Uint8Array.of(1));
    const file = await bytesOfState(subject, { notes: { guest: 'none' }, date: Date.UTC(2026, 0, 2) });
    const end = 16 + new DataView(file.buffer, file.byteOffset).getUint32(12, true);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(16, end))) as unknown;
    expect(header).toMatchObject({ format: 'Ringzero saved state', version: 2, writer: '@ringzero/machine 0.0.0', date: '2026-01-02T00:00:00.000Z', config: { memoryBytes: 4 * MB, clock: 'virtual', logPorts: [0x80] }, pages: 1, notes: { guest: 'none' } });
    const state = await readState(file);
    expect(state.header).toEqual(header);
    expect(state.fileBytes).toBe(file.length);
    expect(state.index.sections.map(({ name, chunks }) => [name, chunks])).toEqual([['machine', 1], ['memory', 1]]);
    expect(Object.keys(state.header.devices)).toEqual(Object.keys(subject.chipset.save()));
  });

  it('costs nothing for pages of zeros', async () => {
    const small = await bytesOfState(machine({ memoryBytes: MB }));
    const large = await bytesOfState(machine({ memoryBytes: 256 * MB }));
    expect(large.length).toBeLessThan(small.length + 100);
    expect(large.length).toBeLessThan(10_000);
  });

  it('is read from pieces of any size, and from a web stream', async () => {
    const file = await bytesOfState(machine());
    const pieces = Array.from(file, (byte) => Uint8Array.of(byte));
    const { id } = await readState(pieces);
    expect((await readState(new Blob([Buffer.from(file)]).stream())).id).toBe(id);
    const { chunks } = await readState(file, { keep: false });
    expect([...chunks.values()].flat()).toEqual([]);
  });

  it('has ROM: a machine with a BIOS is restored without it', async () => {
    const bios = new Uint8Array(0x1_0000).fill(0x90);
    bios.set(HALTING, 0xfff0);
    const subject = machine();
    subject.load({ kind: 'bios', image: bios });
    expect((await subject.run()).kind).toBe('halted');
    const other = machine();
    await restoreBytes(other, await bytesOfState(subject));
    expect(difference(other, subject)).toEqual(NONE);
    expect([...other.memory.readBytes(0xffff_ffef, 2)]).toEqual([0x90, 0xf4]);
    // At its reset vector it finds the ROM.
    other.reset();
    expect((await other.run()).kind).toBe('halted');
    // The snapshot in memory has it as well.
    const third = machine();
    third.restore(structuredClone(subject.save()));
    expect(difference(third, subject)).toEqual(NONE);
  });

  it('has shadow RAM as the host bridge was set', async () => {
    const subject = machine();
    const write = (offset: number, value: number): void => {
      subject.chipset.ports.write(0xcf8, 4, 0x8000_0000 + offset);
      subject.chipset.ports.write(0xcfc + (offset & 3), 1, value);
    };
    write(0x59, 0x30);
    write(0x5a, 0x11);
    const other = machine();
    await restoreBytes(other, await bytesOfState(subject));
    expect(difference(other, subject)).toEqual(NONE);
    expect(other.memory.pageFlags[0xc0]! & 1).toBe(0);
  });

  it('has the A20 gate', async () => {
    const subject = machine();
    // Command D1h: the output port, with A20 off.
    subject.chipset.ports.write(0x64, 1, 0xd1);
    subject.chipset.ports.write(0x60, 1, 0xdd);
    expect(subject.memory.offsetOf(0x10_0000)).toBe(0);
    const other = machine();
    await restoreBytes(other, await bytesOfState(subject));
    expect(difference(other, subject)).toEqual(NONE);
    other.chipset.ports.write(0x64, 1, 0xd1);
    other.chipset.ports.write(0x60, 1, 0xdf);
    expect(other.memory.offsetOf(0x10_0000)).toBe(0x10_0000);
  });

  it('has device memory and where it is mapped', async () => {
    const host = { deviceTypes: [SCREEN] };
    const subject = machine(WITH_SCREEN, host);
    const screen = subject.device('screen') as Screen;
    screen.place(0xe000_0000, 0x8000);
    screen.memory.bytes.fill(7, 0x8000);
    const other = machine(WITH_SCREEN, host);
    const moved = other.device('screen') as Screen;
    moved.place(0xc000_0000, 0);
    moved.memory.bytes.fill(9);
    moved.memory.takeDirty();
    await restoreBytes(other, await bytesOfState(subject));
    expect(difference(other, subject)).toEqual(NONE);
    expect(other.memory.readBytes(0xa_0000, 1)[0]).toBe(7);
    // A display draws all that changed.
    expect(moved.memory.takeDirty()).toEqual(Array.from({ length: 16 }, (_, i) => i));
    moved.place(-1, -1);
    screen.place(-1, -1);
    expect(difference(other, subject)).toEqual(NONE);
  });

  it('has the changed blocks of media', async () => {
    const root = new Overlay();
    root.write(3 * 512, new Uint8Array(512).fill(1));
    root.write(999 * 512, new Uint8Array(512).fill(2));
    const subject = machine(CONFIG, { media: { root, rom: { ...new Overlay(), changes: undefined } as unknown as BlockBackend } });
    const file = await bytesOfState(subject);
    expect((await readState(file)).header.media).toMatchObject([{ name: 'root', byteLength: 512_000, blockBytes: 512, blocks: 2 }, { name: 'rom', blocks: 0 }]);
    const copy = new Overlay();
    copy.write(0, new Uint8Array(512).fill(3));
    const rom = { byteLength: 512_000 } as BlockBackend;
    await restoreBytes(machine(CONFIG, { media: { root: copy, rom } }), file);
    expect(copy.changes.blocks()).toEqual(root.changes.blocks());
    await expect(restoreBytes(machine(CONFIG, { media: { rom } }), file)).rejects.toThrow('medium "root" of the saved state: the machine was not given it; it has rom');
    await expect(restoreBytes(machine(CONFIG, { media: { root: rom, rom } }), file)).rejects.toThrow('2 blocks of it were changed, and the machine\'s cannot take them');
    await expect(readState(file, { maxMediaBytes: 500 })).rejects.toThrow('bytes of changed blocks of media announced, expected 500 at most');
  });

  it('keeps its machine at rest while it is made', async () => {
    const subject = machine();
    subject.load({ kind: 'flat', image: HALTING, address: 0x7c00 });
    const bytes = saveState(subject);
    await bytes.next();
    let isOver = false;
    const run = subject.run().then((exit) => {
      isOver = true;
      return exit;
    });
    expect(() => subject.save()).toThrow('saving its state is not done: saving must wait for it');
    await expect(subject.reset()).rejects.toThrow('saving its state is not done: a reset must wait for it');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([isOver, subject.clock.now()]).toEqual([false, 0]);
    await bytes.return();
    expect((await run).kind).toBe('halted');
    const state = await readState(await bytesOfState(subject));
    const busy = machine();
    busy.load({ kind: 'flat', image: Uint8Array.of(0xeb, 0xfe), address: 0x7c00 });
    const running = busy.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(bytesOfState(busy)).rejects.toThrow('the machine is running');
    await expect(restoreState(busy, state)).rejects.toThrow('the machine is running');
    // At a boundary it can be saved under way.
    expect((await busy.atBoundary(() => bytesOfState(busy))).length).toBeGreaterThan(1000);
    busy.stop();
    expect((await running).kind).toBe('stopped');
  });

  it('is of one memory size, number and model of processors, and set of devices', async () => {
    const file = await bytesOfState(machine());
    const cases: [Parameters<typeof machine>[0], string][] = [
      [{ memoryBytes: 8 * MB }, 'snapshot of 4194304 bytes of memory: the machine has 8388608'],
      [{ ...CONFIG, processors: 2 }, 'snapshot of 1 processors: the machine has 2'],
      [{ ...CONFIG, cpu: 'core2' }, "snapshot of CPU model nehalem: the machine's is core2"],
      [{ ...CONFIG, testDevice: true }, 'snapshot of other devices: no testDevice in it'],
      [WITH_SCREEN, 'the machine has 5308416'],
    ];
    for (const [config, problem] of cases) {
      const other = machine(config, { deviceTypes: [SCREEN] });
      const before = JSON.stringify(other.save().chipset);
      await expect(restoreBytes(other, file)).rejects.toThrow(problem);
      expect(JSON.stringify(other.save().chipset)).toBe(before);
    }
  });
});

describe('an increment', () => {
  it('has what was written since its base, and costs as much', async () => {
    const subject = machine({ memoryBytes: 16 * MB });
    for (let page = 0; page < 2048; page++) subject.memory.writeBytes(MB + page * 4096, Uint8Array.from({ length: 4096 }, (_, i) => Math.imul(page + 1, i * i + 7) >>> 11));
    const base = await saved(subject);
    subject.memory.writeBytes(2 * MB, Uint8Array.of(1, 2, 3));
    subject.memory.writeBytes(3 * MB, new Uint8Array(4096));
    const first = await saved(subject, { base: base.reference });
    subject.memory.writeBytes(4 * MB, Uint8Array.of(4));
    subject.memory.writeBytes(2 * MB, Uint8Array.of(9));
    const second = await saved(subject, { base: first.reference });
    expect(base.bytes.length).toBeGreaterThan(4 * MB);
    expect(first.bytes.length).toBeLessThan(16_000);
    const header = (await readState(first.bytes)).header;
    expect([header.base?.id, header.pages]).toEqual([base.reference.id, 2]);
    const other = machine({ memoryBytes: 16 * MB });
    const reference = await restoreBytes(other, base.bytes, first.bytes, second.bytes);
    expect(difference(other, subject)).toEqual(NONE);
    // The restored machine goes on with increments of its own.
    other.memory.writeBytes(5 * MB, Uint8Array.of(5));
    const third = await saved(other, { base: reference });
    const last = machine({ memoryBytes: 16 * MB });
    await restoreBytes(last, base.bytes, first.bytes, second.bytes, third.bytes);
    expect(difference(last, other)).toEqual(NONE);
  });

  it('has what changed in device memory, which devices write by themselves', async () => {
    const host = { deviceTypes: [SCREEN] };
    const subject = machine(WITH_SCREEN, host);
    const screen = subject.device('screen') as Screen;
    screen.memory.bytes.fill(1);
    const base = await saved(subject);
    screen.memory.bytes.fill(0, 0, 0x1000);
    screen.memory.bytes.fill(2, 0x1000, 0x2000);
    const increment = await saved(subject, { base: base.reference });
    expect((await readState(increment.bytes)).header.pages).toBe(2);
    const other = machine(WITH_SCREEN, host);
    await restoreBytes(other, base.bytes, increment.bytes);
    expect(difference(other, subject)).toEqual(NONE);
  });

  it('has the blocks of media that were written since, where the medium can tell', async () => {
    const build = (): { subject: Machine; root: Overlay; old: Overlay } => {
      const [root, old] = [new MarkedOverlay(), new Overlay()];
      return { root, old, subject: machine(CONFIG, { media: { root, old } }) };
    };
    const sectors = (value: number, count = 1): Uint8Array => new Uint8Array(512 * count).fill(value);
    const { subject, root, old } = build();
    root.write(10 * 512, sectors(1, 20));
    old.write(512, sectors(1));
    const base = await saved(subject);
    root.write(12 * 512, sectors(2));
    root.write(5 * 512, sectors(3));
    old.write(1024, sectors(2));
    const first = await saved(subject, { base: base.reference });
    const second = await saved(subject, { base: first.reference });
    root.write(12 * 512, sectors(4));
    const third = await saved(subject, { base: second.reference });
    const blocks = async ({ bytes }: { bytes: Uint8Array }): Promise<unknown> => (await readState(bytes)).header.media.map((medium) => [medium.blocks, medium.isIncrement ?? false]);
    expect([await blocks(base), await blocks(first), await blocks(second), await blocks(third)]).toEqual([
      [[20, false], [1, false]],
      [[2, true], [2, false]],
      [[0, true], [2, false]],
      [[1, true], [2, false]],
    ]);
    const copy = build();
    copy.root.write(99 * 512, sectors(9));
    const reference = await restoreBytes(copy.subject, base.bytes, first.bytes, second.bytes, third.bytes);
    expect([copy.root.changes.blocks(), copy.old.changes.blocks()]).toEqual([root.changes.blocks(), old.changes.blocks()]);
    // Increments of the restored machine have what was written behind the restoration.
    copy.root.write(7 * 512, sectors(7));
    const fourth = await saved(copy.subject, { base: reference });
    expect(await blocks(fourth)).toEqual([[1, true], [2, false]]);
    const last = build();
    await restoreBytes(last.subject, base.bytes, first.bytes, second.bytes, third.bytes, fourth.bytes);
    expect(last.root.changes.blocks()).toEqual(copy.root.changes.blocks());
    const whole = takeApart(base.bytes);
    const forged = putTogether({ ...whole, header: whole.header.replace('"blocks": 20', '"blocks": 20, "isIncrement": true') });
    await expect(readState(forged)).rejects.toThrow('media is ["root","old"], expected whole ones in a whole state');
  });

  it('of a base that the machine has left is refused', async () => {
    const subject = machine();
    const { reference } = await saved(subject);
    await saved(subject);
    await expect(saved(subject, { base: reference })).rejects.toThrow(`base ${reference.id} of the increment: not the state that this machine saved or restored last`);
    const other = machine();
    await expect(saved(other, { base: reference })).rejects.toThrow('not the state that this machine saved or restored last');
  });

  it('is restored on its own base alone', async () => {
    const subject = machine();
    const base = await saved(subject);
    const first = await saved(subject, { base: base.reference });
    const second = await saved(subject, { base: first.reference });
    const stranger = await bytesOfState(machine());
    const other = machine();
    await expect(restoreBytes(other, first.bytes)).rejects.toThrow(`is an increment of ${base.reference.id}: expected that one before it`);
    await expect(restoreBytes(other, base.bytes, second.bytes)).rejects.toThrow(`is an increment of ${first.reference.id} (checksum ${first.reference.checksum}), not of ${base.reference.id}`);
    await expect(restoreBytes(other, stranger, first.bytes)).rejects.toThrow(`is an increment of ${base.reference.id}`);
    await expect(restoreBytes(other, base.bytes, stranger)).rejects.toThrow('is whole: expected an increment');
    await expect(restoreBytes(other)).rejects.toThrow('no saved state');
  });
});

describe('a saved state in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringzero-states-'));

  it('is written whole or not at all', async () => {
    const path = join(folder, 'state.rz');
    const subject = machine();
    subject.memory.writeBytes(0x1000, Uint8Array.of(1));
    const reference = await saveStateFile(subject, path);
    expect((await readStateFile(path)).id).toBe(reference.id);
    const before = readFileSync(path);
    const root = new Overlay();
    root.changes.blocks = () => {
      throw new Error('the disk is gone');
    };
    await expect(saveStateFile(machine(CONFIG, { media: { root } }), path)).rejects.toThrow('the disk is gone');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['state.rz']);
    await expect(saveStateFile(subject, join(folder, 'none/state.rz'))).rejects.toThrow(/cannot write .*none\/state.rz: no such file or folder/);
    await expect(readStateFile(join(folder, 'missing'))).rejects.toThrow(/saved state .*missing: no such file/);
    await expect(readStateFile(folder)).rejects.toThrow(/is a directory/);
  });

  it('of another format version, or none, is refused with both versions named', async () => {
    const path = join(folder, 'other.rz');
    const file = Buffer.from(await bytesOfState(machine()));
    file.writeUInt32LE(7, 8);
    writeFileSync(path, file);
    await expect(readStateFile(path)).rejects.toThrow(`${path}: saved state of format version 7: this Ringzero reads versions 1 to 2`);
    writeFileSync(path, 'something else entirely');
    await expect(readStateFile(path)).rejects.toThrow('not a saved state: the file does not begin as one');
    writeFileSync(path, '');
    await expect(readStateFile(path)).rejects.toThrow('it ends after 0 bytes, within its first bytes: the file is truncated');
  });
});

describe('a state of a device', () => {
  interface CounterState {
    readonly count: number;
  }
  /** Its first version had a text. */
  const counter = (version: number, upgrade: boolean): DeviceType => ({
    type: 'counter',
    create: () => {
      let count = 1;
      const device: Device<CounterState | { readonly text: string }> = {
        stateVersion: version,
        reset: () => void (count = 1),
        save: () => (version === 1 ? { text: String(count) } : { count }),
        restore: (state) => void (count = 'count' in state ? state.count : Number(state.text)),
        ...(upgrade ? { upgrade: (state: unknown) => ({ count: Number((state as { text: string }).text) + 100 }) } : {}),
      };
      return device;
    },
  });
  const build = (version: number, upgrade: boolean): Machine => machine({ ...CONFIG, devices: [{ type: 'counter' }] }, { deviceTypes: [counter(version, upgrade)] });

  it('of an older version is upgraded, or refused with both versions named', async () => {
    const old = await bytesOfState(build(1, false));
    const upgraded = build(2, true);
    await restoreBytes(upgraded, old);
    expect(upgraded.device('counter')!.save()).toEqual({ count: 101 });
    await expect(restoreBytes(build(2, false), old)).rejects.toThrow("state of device counter has version 1: this Ringzero's device has version 2");
    await expect(restoreBytes(build(1, false), await bytesOfState(build(2, false)))).rejects.toThrow("state of device counter has version 2: this Ringzero's device has version 1");
  });
});
