import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** What an example prints, run as a program of its own. Rejects if it fails. */
function output(name: string): Promise<string> {
  const file = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', LOADER, '--conditions=@ringzero/source', file], (error, stdout, stderr) => {
      if (error === null && stderr === '') resolve(stdout);
      else reject(new Error(`${name}: ${error?.message ?? ''}\n${stderr}`));
    });
  });
}

describe('the examples', () => {
  it('boot a kernel and talk to it', async () => {
    const text = await output('boot-a-kernel');
    expect(text).toContain('Ringzero monitor');
    expect(text).toContain('GenuineIntel');
    expect(text).toMatch(/The guest ended with powerOff after \d{5,} instructions\.\n$/);
  });

  it('write a device', async () => {
    const text = await output('write-a-device');
    const rolled = /^The guest rolled ([1-6]{10}) and halted; the device counted 10 rolls\.\n$/.exec(text)?.[1];
    expect(new Set(rolled).size).toBeGreaterThan(1);
  });

  it('write a backend', async () => {
    expect(await output('write-a-backend')).toMatch(/^Hello from eight instructions\nThe tiny backend ended with stopped, at \d+ ns of the guest's time\.\n$/);
  });

  it('compare engines', async () => {
    const lines = (await output('compare-engines')).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    const results = lines.slice(0, 3).map((line) => line.slice(22).split(', on the '));
    expect(results[0]?.[0]).toMatch(/^ \d{7,} instructions, final state [0-9a-f]{16}$/);
    expect(new Set(results.map(([result]) => result)).size).toBe(1);
    expect(results.map(([, engine]) => engine)).toEqual(['interpreter', 'jit', 'jit']);
    expect(lines[3]).toBe('All the same.');
  });

  it('debug a program', async () => {
    const lines = (await output('debugger')).trimEnd().split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines).toEqual([
      '7c03 inc word ptr [0x600] cx=3 [600h]=0',
      expect.stringMatching(/^7c07 loop .* cx=3 \[600h\]=1$/),
      '7c03 inc word ptr [0x600] cx=2 [600h]=1',
      expect.stringMatching(/^7c07 loop .* cx=2 \[600h\]=2$/),
      'Done: [600h]=3',
    ]);
  });
});
