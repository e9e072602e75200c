import { describe, expect, it } from 'vitest';
import { loadOrder, moduleDependencies, moduleName } from './kernel-modules.ts';

/** A file with a .modinfo section's text in it. */
function module(depends: string): Uint8Array {
  return Uint8Array.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`, (character) => character.charCodeAt(0));
}

describe('kernel modules', () => {
  it('say what they depend on, by the names that the kernel uses', () => {
    expect(moduleDependencies(module('virtio-ring,virtio'))).toEqual(['virtio_ring', 'virtio']);
    expect(moduleDependencies(module(''))).toEqual([]);
    expect(moduleDependencies(Uint8Array.of(1, 2, 3))).toEqual([]);
    expect(moduleName('drivers/char/virtio-rng.ko')).toBe('virtio_rng');
  });

  it('are loaded after what they need, once each, and what is part of the kernel is left out', () => {
    const files: Record<string, Uint8Array> = { ext4: module('jbd2,mbcache,crc16'), jbd2: module('crc16'), mbcache: module(''), crc16: module('built_in'), sd_mod: module('scsi_mod'), scsi_mod: module('') };
    expect([...loadOrder(['ext4', 'sd_mod', 'jbd2', 'missing'], (name) => files[name]).keys()]).toEqual(['crc16', 'jbd2', 'mbcache', 'ext4', 'scsi_mod', 'sd_mod']);
  });

  it('that depend on each other do not go on for ever', () => {
    const files: Record<string, Uint8Array> = { a: module('b'), b: module('a') };
    expect([...loadOrder(['a'], (name) => files[name]).keys()]).toEqual(['b', 'a']);
  });
});
