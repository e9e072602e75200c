import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Folder } from './process.ts';

const folder = new Folder();

describe('saved states', () => {
  it('are written at the end of a run, described, and gone on from on another engine', async () => {
    const saved = await folder.ringzero(['run', '--clock', 'virtual', '--exit-on', 'Type help.', '--save', 'monitor.rz']);
    expect([saved.status, saved.stderr]).toEqual([0, '']);
    expect(saved.stdout).toContain('Ringzero monitor');
    const { status, stdout } = await folder.ringzero(['state', 'monitor.rz']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^format: +version 2, written by @ringzero\/machine/);
    expect(stdout).toMatch(/machine: +64 MB, 1 .+ nehalem, virtual clock at 0\.\d+ s/);
    expect(stdout).toContain('all of it verified');
    expect(JSON.parse((await folder.ringzero(['state', '--json', 'monitor.rz'])).stdout)).toMatchObject({ version: 2, config: { clock: 'virtual' }, checksum: /^[0-9a-f]{8}$/.exec(/checksum ([0-9a-f]{8})/.exec(stdout)![1]!)![0] });
    const loaded = await folder.ringzero(['run', '--load', 'monitor.rz', '--backend', 'interpreter'], { input: 'poweroff\n' });
    expect([loaded.status, loaded.stderr]).toEqual([0, '']);
    // It goes on: the greeting is not printed again.
    expect(loaded.stdout).not.toContain('Ringzero monitor');
    expect(loaded.stdout).toContain('power off through port');
    expect(readdirSync(folder.path)).toEqual(['monitor.rz']);
  });

  it('that are no whole states, and options that they answer, are refused in a line', async () => {
    folder.file('short.rz', readFileSync(folder.at('monitor.rz')).subarray(0, 2500));
    const altered = readFileSync(folder.at('monitor.rz'));
    altered[5000]! ^= 1;
    folder.file('altered.rz', altered);
    const cases: [string[], number, RegExp][] = [
      [['state', 'short.rz'], 1, /^ringzero: short.rz: saved state: it ends after 2500 bytes, within a chunk: the file is truncated\n$/],
      [['run', '--load', 'altered.rz'], 1, /^ringzero: altered.rz: saved state, chunk at \d+: checksum [0-9a-f]{8}, expected [0-9a-f]{8}: the file was altered\n$/],
      [['run', '--load', 'none.rz'], 1, /^ringzero: saved state none.rz: no such file or folder\n$/],
      [['run', '--load', 'monitor.rz', '--memory', '1G'], 2, /^ringzero: --memory with --load: the saved state says so itself\n$/],
    ];
    for (const [args, status, message] of cases) {
      const outcome = await folder.ringzero(args);
      expect([outcome.status, outcome.stdout]).toEqual([status, '']);
      expect(outcome.stderr).toMatch(message);
    }
  });
});
