import { resolveEmbeddedGuest } from '@ringzero/guests';
import { describe, expect, it } from 'vitest';
import { HEAD_BYTES, identifyFile } from './identify-file.ts';
import { planFiles } from './plan-files.ts';

function image(bytes: number, ...parts: readonly (readonly [at: number, content: string | readonly number[]])[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  for (const [at, content] of parts) out.set(typeof content === 'string' ? new TextEncoder().encode(content) : content, at);
  return out;
}

const identify = (bytes: Uint8Array): string | undefined => identifyFile(bytes.subarray(0, HEAD_BYTES), bytes.subarray(-16), bytes.length);
const KERNEL = image(4096, [510, [0x55, 0xaa]], [0x202, 'HdrS']);
const INITRD = image(512, [0, '070701']);
const DISK = image(1024, [510, [0x55, 0xaa]]);
const ISO = image(0x9000, [0x8001, 'CD001']);

describe('identifyFile', () => {
  it('knows files by what is in them', () => {
    expect(identify(KERNEL)).toBe('linux');
    expect(identify(INITRD)).toBe('initrd');
    expect(identify(image(100, [0, [0x1f, 0x8b]]))).toBe('initrd');
    expect(identify(DISK)).toBe('disk');
    expect(identify(ISO)).toBe('iso');
    expect(identify(image(0x2_0000, [0x1_fff0, [0xea]]))).toBe('bios');
    expect(identify(image(100, [0, [0x89]], [1, 'RZSTATE']))).toBe('state');
    expect(identify(resolveEmbeddedGuest('monitor').image)).toBe('multiboot');
    expect(identify(image(64, [0, [0x7f, 0x45, 0x4c, 0x46]]))).toBe('elf');
    expect(identify(image(64, [0, 'MZ']))).toBeUndefined();
    expect(identify(new Uint8Array(0))).toBeUndefined();
  });
});

describe('planFiles', () => {
  const file = (name: string, bytes: Uint8Array<ArrayBuffer>): File => new File([bytes], name);
  const firmware = { bios: { kind: 'blob', name: 'bios', blob: new Blob() }, vgaBios: { kind: 'blob', name: 'vga', blob: new Blob() } } as const;

  it('puts a kernel and its RAM disk together, in any order', async () => {
    const plan = await planFiles([file('rd.img', INITRD), file('vmlinuz', KERNEL)], undefined);
    if (plan.kind !== 'guest') throw new Error(plan.kind);
    const request = plan.entry.boot({ append: 'quiet' } as never);
    expect(request).toMatchObject({ kind: 'linux', image: { name: 'vmlinuz' }, initrd: { name: 'rd.img' }, commandLine: 'console=ttyS0,115200 quiet' });
  });

  it('puts disks and CDs into drives', async () => {
    const plan = await planFiles([file('a.img', DISK), file('b.iso', ISO)], firmware);
    if (plan.kind !== 'guest') throw new Error(plan.kind);
    expect(plan.entry.boot({} as never)).toMatchObject({ kind: 'disks', disks: [{ kind: 'disk' }, { kind: 'cd' }] });
  });

  it('offers disks to be kept, even where there is no firmware to boot them', async () => {
    const plan = await planFiles([file('a.img', DISK), file('b.iso', ISO)], undefined);
    if (plan.kind !== 'guest') throw new Error(plan.kind);
    expect(plan.disks.map(({ name }) => name)).toEqual(['a.img']);
    expect(() => plan.entry.boot({} as never)).toThrow(/a\.img and b\.iso: booting disks takes firmware.*demo:guests/);
  });

  it('puts disks beside a kernel into its machine', async () => {
    const plan = await planFiles([file('a.img', DISK), file('vmlinuz', KERNEL)], undefined);
    if (plan.kind !== 'guest') throw new Error(plan.kind);
    expect(plan.entry.boot({ append: '' } as never)).toMatchObject({ kind: 'linux', disks: [{ kind: 'disk', image: { name: 'a.img' } }] });
  });

  it('says what to do about files that do not boot', async () => {
    await expect(planFiles([file('x.txt', image(10))], firmware)).rejects.toThrow(/x\.txt is nothing that a machine boots: expected a Linux kernel/);
    await expect(planFiles([file('rd', INITRD)], firmware)).rejects.toThrow(/drop it together with its kernel/);
    await expect(planFiles(['a', 'b', 'c'].map((name) => file(name, DISK)), firmware)).rejects.toThrow(/two disks and two CDs/);
  });
});
