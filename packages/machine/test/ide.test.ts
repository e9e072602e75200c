import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { AtapiCd, BlockBackend, IdeController } from '@ringzero/devices';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

const CONFIG: MachineConfig = { memoryBytes: 1 << 20, clock: 'virtual', debugExitPort: 0xf4, devices: [{ type: 'ide', disks: [{ kind: 'disk', medium: 'disk' }, { kind: 'cd' }] }] };
const BACKENDS: readonly (readonly [string, () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor()],
  ['jit', () => createJitHypervisor({ threshold: 0 })],
];

/**
 * Reads sectors 5 and 6 to 9000h with REP INSW, writes the first of them to sector 9 with REP OUTSW, flushes, reads both to A000h by the
 * bus master, and leaves the status by the debug-exit port.
 */
// prettier-ignore
const PROGRAM = Uint8Array.of(
  0xfa, // cli
  0x31, 0xc0, // xor ax, ax
  0x8e, 0xd8, // mov ds, ax
  0x8e, 0xc0, // mov es, ax
  0xbb, 0x02, 0x20, // mov bx, 0x2002
  0xe8, 0x9d, 0x00, // call command
  0xbf, 0x00, 0x90, // mov di, 0x9000
  0xe8, 0xb5, 0x00, // block: call ready
  0xa8, 0x08, // test al, 8
  0x74, 0xf9, // jz block
  0xba, 0xf0, 0x01, // mov dx, 0x1f0
  0xb9, 0x00, 0x01, // mov cx, 256
  0xf3, 0x6d, // rep insw
  0xfe, 0xcb, // dec bl
  0x75, 0xed, // jnz block
  0xbb, 0x01, 0x30, // mov bx, 0x3001
  0xc6, 0x06, 0xdf, 0x7c, 0x09, // mov byte [lba], 9
  0xe8, 0x7c, 0x00, // call command
  0xe8, 0x97, 0x00, // call ready
  0xbe, 0x00, 0x90, // mov si, 0x9000
  0xba, 0xf0, 0x01, // mov dx, 0x1f0
  0xb9, 0x00, 0x01, // mov cx, 256
  0xf3, 0x6f, // rep outsw
  0xe8, 0x89, 0x00, // call ready
  0xbb, 0x00, 0xe7, // mov bx, 0xe700
  0xe8, 0x65, 0x00, // call command
  0xe8, 0x80, 0x00, // call ready
  0x66, 0xb8, 0x20, 0x09, 0x00, 0x80, // mov eax, 0x80000920
  0x66, 0xbb, 0x01, 0xc0, 0x00, 0x00, // mov ebx, 0xc001
  0xe8, 0x7a, 0x00, // call configure
  0x66, 0xb8, 0x04, 0x09, 0x00, 0x80, // mov eax, 0x80000904
  0xbb, 0x05, 0x00, // mov bx, 5
  0xe8, 0x6e, 0x00, // call configure
  0x66, 0xc7, 0x06, 0x00, 0x80, 0x00, 0xa0, 0x00, 0x00, // mov dword [0x8000], 0xa000
  0x66, 0xc7, 0x06, 0x04, 0x80, 0x00, 0x04, 0x00, 0x80, // mov dword [0x8004], 0x80000400
  0xba, 0x04, 0xc0, // mov dx, 0xc004
  0x66, 0xb8, 0x00, 0x80, 0x00, 0x00, // mov eax, 0x8000
  0x66, 0xef, // out dx, eax
  0xba, 0x02, 0xc0, // mov dx, 0xc002
  0xb0, 0x06, // mov al, 6
  0xee, // out dx, al
  0xc6, 0x06, 0xdf, 0x7c, 0x05, // mov byte [lba], 5
  0xbb, 0x02, 0xc8, // mov bx, 0xc802
  0xe8, 0x19, 0x00, // call command
  0xba, 0x00, 0xc0, // mov dx, 0xc000
  0xb0, 0x09, // mov al, 9
  0xee, // out dx, al
  0xba, 0x02, 0xc0, // mov dx, 0xc002
  0xec, // moving: in al, dx
  0xa8, 0x04, // test al, 4
  0x74, 0xfb, // jz moving
  0xba, 0x00, 0xc0, // mov dx, 0xc000
  0xb0, 0x00, // mov al, 0
  0xee, // out dx, al
  0xe8, 0x20, 0x00, // call ready
  0xe6, 0xf4, // out 0xf4, al
  0xba, 0xf6, 0x01, // command: mov dx, 0x1f6
  0xb0, 0xe0, // mov al, 0xe0
  0xee, // out dx, al
  0xba, 0xf2, 0x01, // mov dx, 0x1f2
  0x88, 0xd8, // mov al, bl
  0xee, // out dx, al
  0x42, // inc dx
  0xa0, 0xdf, 0x7c, // mov al, [lba]
  0xee, // out dx, al
  0x42, // inc dx
  0x30, 0xc0, // xor al, al
  0xee, // out dx, al
  0x42, // inc dx
  0xee, // out dx, al
  0xba, 0xf7, 0x01, // mov dx, 0x1f7
  0x88, 0xf8, // mov al, bh
  0xee, // out dx, al
  0xc3, // ret
  0xba, 0xf7, 0x01, // ready: mov dx, 0x1f7
  0xec, // in al, dx
  0xa8, 0x80, // test al, 0x80
  0x75, 0xf8, // jnz ready
  0xc3, // ret
  0xba, 0xf8, 0x0c, // configure: mov dx, 0xcf8
  0x66, 0xef, // out dx, eax
  0xba, 0xfc, 0x0c, // mov dx, 0xcfc
  0x66, 0x89, 0xd8, // mov eax, ebx
  0x66, 0xef, // out dx, eax
  0xc3, // ret
  0x05, // lba: db 5
);
const PIO_AT = 0x9000;
const DMA_AT = 0xa000;

/** A disk in an array: its answers come at once, or only after a while. */
class Disk implements BlockBackend {
  readonly bytes: Uint8Array = Uint8Array.from({ length: 64 * 512 }, (_, i) => (i * 7 + Math.floor(i / 512)) & 0xff);
  readonly isReadOnly = false;
  readonly log: string[] = [];
  readonly #milliseconds: number;

  constructor(milliseconds = 0) {
    this.#milliseconds = milliseconds;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  sectors(first: number, count: number): Uint8Array {
    return this.bytes.slice(first * 512, (first + count) * 512);
  }

  read(offset: number, target: Uint8Array): void | Promise<void> {
    return this.#do(`read ${offset / 512}+${target.length / 512}`, () => target.set(this.bytes.subarray(offset, offset + target.length)));
  }

  write(offset: number, source: Uint8Array): void | Promise<void> {
    return this.#do(`write ${offset / 512}+${source.length / 512}`, () => this.bytes.set(source, offset));
  }

  flush(): void | Promise<void> {
    return this.#do('flush', () => undefined);
  }

  #do(what: string, work: () => void): void | Promise<void> {
    this.log.push(what);
    if (this.#milliseconds === 0) return work();
    return new Promise<void>((resolve) => setTimeout(resolve, this.#milliseconds)).then(work);
  }
}

function create(hypervisor: Hypervisor, disk: Disk, config: MachineConfig = CONFIG): Machine {
  const machine = new Machine(config, hypervisor, { media: { disk } });
  machine.load({ kind: 'flat', image: PROGRAM, address: 0x7c00 });
  return machine;
}

const DONE = { kind: 'debugExit', status: (0x50 << 1) | 1 };
const LOG = ['read 5+2', 'write 9+1', 'flush', 'read 5+2'];

describe.each(BACKENDS)('an IDE disk on the %s', (_name, backend) => {
  it.each([
    ['virtual', 0],
    ['virtual', 3],
    ['real', 0],
    ['real', 3],
  ] as const)('is read and written by PIO and DMA in %s time, with answers after %i ms', async (clock, milliseconds) => {
    const disk = new Disk(milliseconds);
    const machine = create(backend(), disk, { ...CONFIG, clock });
    expect(await machine.run()).toEqual(DONE);
    expect(disk.log).toEqual(LOG);
    expect(Buffer.compare(machine.memory.readBytes(PIO_AT, 1024), disk.sectors(5, 2))).toBe(0);
    expect(Buffer.compare(machine.memory.readBytes(DMA_AT, 1024), disk.sectors(5, 2))).toBe(0);
    expect(Buffer.compare(disk.sectors(9, 1), disk.sectors(5, 1))).toBe(0);
  });

  it('goes on from states that were saved at any time, on either engine', async () => {
    const reference = create(backend(), new Disk());
    await reference.run();
    const end = reference.clock.now();
    const wanted = JSON.stringify(reference.save().chipset);
    for (let i = 1; i < 12; i++) {
      const original = create(backend(), new Disk(1));
      original.clock.schedule(Math.floor((end * i) / 12), () => original.stop());
      expect(await original.run()).toEqual({ kind: 'stopped' });
      const snapshot = original.save();
      const chipset = JSON.parse(JSON.stringify(snapshot.chipset)) as typeof snapshot.chipset;
      const disk = new Disk(i % 2);
      const copy = create(BACKENDS[i % 2]![1](), disk);
      copy.restore({ ...snapshot, chipset });
      expect(await copy.run()).toEqual(DONE);
      expect([copy.clock.now(), JSON.stringify(copy.save().chipset)]).toEqual([end, wanted]);
      expect(Buffer.compare(copy.memory.readBytes(DMA_AT, 1024), disk.sectors(5, 2))).toBe(0);
    }
  });
});

describe('the host', () => {
  it('changes the CD of a machine', () => {
    const machine = create(createInterpreterHypervisor(), new Disk());
    const ide = machine.device('ide') as IdeController;
    const cd: AtapiCd = ide.cds[0]!;
    cd.insert('disk');
    expect(cd.medium?.byteLength).toBe(64 * 512);
    expect(() => cd.insert('absent')).toThrow('device "ide": medium "absent" is unknown; known are disk');
    cd.insert(undefined);
    expect(ide.cd(0, 1)?.medium).toBeUndefined();
  });

  it('has one IDE controller', () => {
    expect(() => create(createInterpreterHypervisor(), new Disk(), { ...CONFIG, devices: [{ type: 'ide' }, { type: 'ide', id: 'second' }] })).toThrow(/PCI function 0:1.1|already claimed/);
  });
});
