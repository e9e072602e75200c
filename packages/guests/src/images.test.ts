import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hashSources, sha256 } from '../scripts/source-hash.ts';
import { decodeBase64 } from './base64.ts';
import { BENCHMARKS, benchmarkChecksum, benchmarkInstructions, DEFAULT_SCALE } from './benchmarks.ts';
import { IMAGES } from './generated/images.ts';
import { MANIFEST } from './generated/manifest.ts';
import { PROGRAMS } from './generated/programs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('prebuilt images', () => {
  it('come from the sources as they are (else run: pnpm --filter @ringzero/guests build-images)', () => {
    expect(hashSources(root)).toBe(MANIFEST.sources);
  });

  it('have a manifest beside them that says the same as the generated one', () => {
    expect(JSON.parse(readFileSync(`${root}images/manifest.json`, 'utf8'))).toEqual(MANIFEST);
  });

  it.each(Object.keys(MANIFEST.images))('%s matches the manifest and its copy in base64', (name) => {
    const bytes = readFileSync(`${root}images/${name}.elf`);
    const record = MANIFEST.images[name];
    expect(sha256(bytes)).toBe(record?.sha256);
    expect(sha256(decodeBase64(IMAGES[name] ?? ''))).toBe(record?.sha256);
    expect(bytes.length).toBe(record?.bytes);
    expect(bytes.length).toBeLessThan(100_000);
  });

  it.each(Object.keys(MANIFEST.programs))('%s, a program of Linux, does too', (name) => {
    const bytes = readFileSync(`${root}images/${name}.elf`);
    const record = MANIFEST.programs[name];
    expect(sha256(bytes)).toBe(record?.sha256);
    expect(sha256(decodeBase64(PROGRAMS[name] ?? ''))).toBe(record?.sha256);
    expect(bytes.length).toBe(record?.bytes);
  });

  it.each(Object.keys(MANIFEST.images))('%s has a Multiboot header in its first 8 KB', (name) => {
    const view = new DataView(decodeBase64(IMAGES[name] ?? '').buffer);
    const at = Array.from({ length: 2048 }, (_, i) => 4 * i).find((offset) => view.getUint32(offset, true) === 0x1badb002) ?? -1;
    expect((view.getUint32(at, true) + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) >>> 0).toBe(0);
  });
});

describe('benchmarks', () => {
  it.each(BENCHMARKS.map((benchmark) => benchmark.name))('%s has a checksum and an instruction count of about 100 to 400 million', (name) => {
    expect(benchmarkChecksum(name, DEFAULT_SCALE)).toMatch(/^[0-9a-f]{8}$/);
    expect(benchmarkChecksum(name, 123456)).toBeUndefined();
    const count = benchmarkInstructions(name, DEFAULT_SCALE) ?? 0;
    expect(count).toBeGreaterThan(100e6);
    expect(count).toBeLessThan(400e6);
  });

  it('never share a checksum between scales, which would hide work that was skipped', () => {
    for (const { name } of BENCHMARKS) {
      const checksums = Object.values(MANIFEST.images[name]?.checksums ?? {});
      expect(new Set(checksums).size).toBe(checksums.length);
    }
  });
});
