import { fetchSeabios, GuestError } from '@ringzero/guests/node';
import { describe, expect, it } from 'vitest';
import { Folder } from './process.ts';

const folder = new Folder();

/** mov al, 41h; mov dx, 3F8h; out dx, al; mov al, 15h; out F4h, al: an "A" on the serial port, and the end. */
const CODE = [0xb0, 0x41, 0xba, 0xf8, 0x03, 0xee, 0xb0, 0x15, 0xe6, 0xf4];

function bootableDisk(): string {
  const disk = new Uint8Array(1 << 20);
  disk.set(CODE);
  disk.set([0x55, 0xaa], 510);
  return folder.file('disk.img', disk);
}

/** Why SeaBIOS cannot be had; undefined where it can. */
async function reason(): Promise<string | undefined> {
  try {
    await fetchSeabios();
    return undefined;
  } catch (error) {
    if (GuestError.isInstance(error)) return error.message;
    throw error;
  }
}

const missing = await reason();
if (missing !== undefined) console.warn(`booting from disks is not tested: ${missing}`);

describe.skipIf(missing !== undefined)('a disk alone', () => {
  it.each(['jit', 'interpreter'])('is booted by SeaBIOS, which shows its messages in the terminal, on the %s', async (backend) => {
    const { status, stdout, stderr } = await folder.ringzero(['run', '--disk', `${bootableDisk()},snapshot`, '--debug-exit', '0xf4', '--clock', 'virtual', '--debug-console', 'stderr', '--backend', backend]);
    expect(stderr).toContain('enter handle_19');
    expect(stdout).toMatch(/SeaBIOS \(version[^]*Booting from Hard Disk[^]*A$/);
    expect(status).toBe(0x2b);
  });
});
