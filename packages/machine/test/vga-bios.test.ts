import { createJitHypervisor } from '@ringzero/backend-jit';
import type { Vga } from '@ringzero/devices';
import { fetchSeabios, GuestError, type Firmware } from '@ringzero/guests/node';
import { describe, expect, it } from 'vitest';
import { Machine } from '../src/index.ts';
import { mediumOf } from './boot-media.ts';

/** Sets each mode of a table, prints two letters in colour 15, hides the text cursor and writes to port 190h. */
// prettier-ignore
const PROGRAM = [
  '31c0', '8ed8', '8ed0', 'bc007c', 'fc', 'be3c7c', // DS = SS = 0; mov sp, 7C00h; cld; mov si, table
  'ad', '83f8ff', '7426', // next: lodsw; cmp ax, -1; je end
  '89c3', '84e4', '7403', 'b8024f', 'cd10', // mov bx, ax; test ah, ah; jz set; mov ax, 4F02h; set: int 10h
  'bf0200', 'b8480e', 'bb0f00', 'cd10', '4f', '75f5', // mov di, 2; l: mov ax, 0E48h; mov bx, 0Fh; int 10h; dec di; jnz l
  'b401', 'b90020', 'cd10', 'ba9001', 'ee', 'ebd4', // mov ah, 1; mov cx, 2000h; int 10h; mov dx, 190h; out dx, al; jmp next
  'fa', 'f4', '90', // end: cli; hlt; align
];
const LOG_PORT = 0x190;

/** A BIOS mode, or a VESA one from 100h on: the picture, dots to a pixel, dots of a character, the colour of the letters. */
const MODES = [
  { mode: 0x01, width: 720, height: 400, dots: 2, cell: 18, color: 'aaaaaa' },
  { mode: 0x03, width: 720, height: 400, dots: 1, cell: 9, color: 'aaaaaa' },
  { mode: 0x04, width: 640, height: 400, dots: 2, cell: 16, color: 'ffffff' },
  { mode: 0x06, width: 640, height: 400, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x0d, width: 640, height: 400, dots: 2, cell: 16, color: 'ffffff' },
  { mode: 0x0e, width: 640, height: 400, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x10, width: 640, height: 350, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x12, width: 640, height: 480, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x13, width: 640, height: 400, dots: 2, cell: 16, color: 'ffffff' },
  { mode: 0x101, width: 640, height: 480, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x102, width: 800, height: 600, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x105, width: 1024, height: 768, dots: 1, cell: 8, color: 'ffffff' },
  { mode: 0x107, width: 1280, height: 1024, dots: 1, cell: 8, color: 'ffffff' },
];
const SECTOR = 512;

function bootDisk(): Uint8Array {
  const disk = new Uint8Array(1 << 20);
  const program = Buffer.from(PROGRAM.join(''), 'hex');
  disk.set(program);
  const table = new Uint8Array(Uint16Array.from([...MODES.map(({ mode }) => mode), 0xffff]).buffer);
  disk.set(table, program.length);
  disk.set([0x55, 0xaa], SECTOR - 2);
  return disk;
}

async function findFirmware(): Promise<Firmware | string> {
  try {
    return await fetchSeabios();
  } catch (error) {
    if (GuestError.isInstance(error)) return error.message;
    throw error;
  }
}

const found = await findFirmware();
const firmware = typeof found === 'string' ? undefined : found;
if (typeof found === 'string') console.warn(`The VGA BIOS is not tested: ${found}`);

/** A line of an H in the VGA BIOS's fonts, where there is no bar: two stems of two pixels. */
const STEMS = /^## {2,3}## {1,2}$/;
const LETTER_LINES = 14;

describe.skipIf(firmware === undefined)('the VGA BIOS', () => {
  it('sets its modes, and prints in them', async () => {
    const devices = [{ type: 'vga', id: 'screen', rom: 'vga-bios' }, { type: 'ide', disks: [{ kind: 'disk', medium: 'disk' }] }];
    const media = { disk: mediumOf(bootDisk(), false), 'vga-bios': mediumOf(firmware!.vgaBios, true) };
    const machine: Machine = new Machine({ memoryBytes: 16 << 20, clock: 'virtual', haltExit: true, logPorts: [LOG_PORT], devices }, createJitHypervisor(), { media, onLog: () => machine.stop() });
    machine.load({ kind: 'bios', image: firmware!.bios256k });
    machine.clock.schedule(60e9, () => machine.stop());
    const { display } = machine.device('screen') as Vga;
    for (const { mode, width, height, dots, cell, color } of MODES) {
      expect(await machine.run()).toEqual({ kind: 'stopped' });
      expect({ mode, width: display.width, height: display.height, isText: display.isText }).toEqual({ mode, width, height, isText: mode < 4 });
      const pixels = new Uint32Array(width * height);
      display.render(pixels);
      const stems = (from: number, y: number): string => Array.from({ length: 8 }, (_, i) => ((pixels[y * width + from + i * dots]! & 0xffffff) === 0 ? ' ' : '#')).join('');
      const y = Array.from({ length: LETTER_LINES }, (_, line) => line).find((line) => STEMS.test(stems(0, line)) && STEMS.test(stems(cell, line)));
      expect({ mode, y }).toEqual({ mode, y: expect.any(Number) as number });
      expect({ mode, color: [0, 8, 16].map((shift) => ((pixels[y! * width]! >> shift) & 0xff).toString(16).padStart(2, '0')).join('') }).toEqual({ mode, color });
      if (mode < 4) expect(display.text().trimEnd()).toBe('HH');
    }
    expect(await machine.run()).toEqual({ kind: 'halted' });
  });
});
