import { describe, expect, it } from 'vitest';
import { GuestError, isEmbeddedGuest, listGuests, resolveEmbeddedGuest } from './index.ts';

describe('listGuests', () => {
  it('names each guest once', () => {
    const names = listGuests().map((guest) => guest.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['monitor', 'debian', 'integer', 'x87', 'pagefaults']));
  });

  it('gives every embedded guest an image', () => {
    for (const { name } of listGuests().filter((guest) => isEmbeddedGuest(guest.name))) {
      expect([...resolveEmbeddedGuest(name).image.subarray(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
    }
  });
});

describe('the catalogue', () => {
  it('says what each guest runs on, with media and devices by names of their own', () => {
    for (const { name, machine } of listGuests()) {
      expect(machine.memoryBytes % (1 << 20), name).toBe(0);
      const names = [...machine.media.map((medium) => medium.name), ...machine.devices.map(({ type, id }) => id ?? type)];
      expect(new Set(names).size, name).toBe(names.length);
    }
    const find = (name: string): unknown => listGuests().find((guest) => guest.name === name)?.machine;
    expect(find('debian-disk')).toMatchObject({ media: [{ name: 'root', kind: 'disk', interface: 'virtio' }] });
    expect(find('grub-rescue')).toMatchObject({ media: [{ name: 'rescue', kind: 'cdrom', interface: 'ide' }] });
    expect(find('memtest')).toMatchObject({ devices: [{ type: 'vga', id: 'screen' }], media: [] });
  });
});

describe('resolveEmbeddedGuest', () => {
  it('puts the scale and the appended text on the command line', () => {
    expect(resolveEmbeddedGuest('integer', { scale: 3, append: 'count=1' }).commandLine).toBe('integer scale=3 count=1');
    expect(resolveEmbeddedGuest('monitor', { scale: 3 }).commandLine).toBe('monitor');
  });

  it('names the known guests when asked for another', () => {
    expect(() => resolveEmbeddedGuest('plan9')).toThrow(/no guest is called "plan9"; there are monitor, debian/);
    expect(() => resolveEmbeddedGuest('toString')).toThrow(GuestError);
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9])('refuses the scale %s', (scale) => {
    expect(() => resolveEmbeddedGuest('integer', { scale })).toThrow(/whole number from 1 to 1000000/);
  });
});
