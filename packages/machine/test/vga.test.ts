import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { Vga } from '@ringzero/devices';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

const BACKENDS: readonly (readonly [string, () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor()],
  ['jit', () => createJitHypervisor({ threshold: 0 })],
];
const CONFIG: MachineConfig = { memoryBytes: 4 << 20, clock: 'virtual', haltExit: true, devices: [{ type: 'vga', id: 'screen', memory: 1 << 20 }] };

/** Text: two cells, a copy of the row through device memory, a cell that is incremented in place. */
// prettier-ignore
const TEXT = [
  'fc', // cld
  'b800b8', '8ec0', '8ed8', // mov ax, B800h; mov es, ax; mov ds, ax
  '31ff', // xor di, di
  'b8481f', 'ab', // mov ax, 1F48h; stosw
  'b8692e', 'ab', // mov ax, 2E69h; stosw
  '31f6', 'bfa000', 'b95000', 'f3a5', // xor si, si; mov di, 160; mov cx, 80; rep movsw
  'bad403', 'b80a20', 'ef', // mov dx, 3D4h; mov ax, 200Ah; out dx, ax
  '26c7069e0f2040', // mov word [es:3998], 4020h
  '26fe069e0f', // inc byte [es:3998]
  'f4', // hlt
];

/** Planes: half of each byte of a line by write mode 2, then the line copied by way of the latches. */
// prettier-ignore
const PLANES = [
  'fc', 'b800a0', '8ec0', '8ed8', // cld; mov ax, A000h; mov es, ax; mov ds, ax
  'bace03', 'b80605', 'ef', 'b80502', 'ef', 'b8080f', 'ef', // 3CEh: 06 05, 05 02, 08 0F
  'bac403', 'b8020f', 'ef', 'b80406', 'ef', // 3C4h: 02 0F, 04 06
  'b00c', '31ff', 'b92800', // mov al, 0Ch; xor di, di; mov cx, 40
  '8a25', '8805', '47', 'e2f9', // l: mov ah, [di]; mov [di], al; inc di; loop l
  'bace03', 'b80501', 'ef', // 3CEh: 05 01
  '31f6', 'bf5000', 'b92800', 'f3a4', // xor si, si; mov di, 80; mov cx, 40; rep movsb
  'f4', // hlt
];

/** Bochs VBE: BAR 0 to E0000000h, 320 by 200 with 32 bits, a pixel of each column and line, and one by the window at A0000h. */
// prettier-ignore
const LINEAR = [
  'b810100080', '66baf80c', 'ef', 'b8000000e0', '66bafc0c', 'ef', // CF8h: 80001010h; CFCh: E0000000h
  'be5d001000', 'ad', '83f8ff', '740e', // mov esi, table; n: lodsd; cmp eax, -1; je draw
  '66bace01', '66ef', 'c1e810', '42', '66ef', 'ebec', // mov dx, 1CEh; out dx, ax; shr eax, 16; inc edx; out dx, ax; jmp n
  'bf000000e0', '31c9', // draw: mov edi, E0000000h; xor ecx, ecx
  '31db', '89c8', 'c1e010', '88dc', 'b040', 'ab', // y: xor ebx, ebx; x: mov eax, ecx; shl eax, 16; mov ah, bl; mov al, 40h; stosd
  '43', '81fb40010000', '72ed', // inc ebx; cmp ebx, 320; jb x
  '41', '81f9c8000000', '72e2', // inc ecx; cmp ecx, 200; jb y
  'c70500000a0056341200', 'f4', // mov dword [A0000h], 123456h; hlt
  '01004001', '0200c800', '03002000', '04004100', 'ffffffff', // XRES 320, YRES 200, BPP 32, ENABLE 41h
];

async function run(create: () => Hypervisor, code: readonly string[], address: number): Promise<{ readonly machine: Machine; readonly vga: Vga }> {
  const machine = new Machine(CONFIG, create());
  machine.load({ kind: 'flat', image: new Uint8Array(Buffer.from(code.join(''), 'hex')), address });
  expect(await machine.run()).toEqual({ kind: 'halted' });
  return { machine, vga: machine.device('screen') as Vga };
}

/** The picture, and a pixel of it as RRGGBB. */
function paint({ display }: Vga): { readonly width: number; readonly height: number; at(x: number, y: number): string } {
  const { width, height } = display;
  const pixels = new Uint32Array(width * height);
  display.render(pixels);
  return { width, height, at: (x, y) => [0, 8, 16].map((shift) => ((pixels[y * width + x]! >> shift) & 0xff).toString(16).padStart(2, '0')).join('') };
}

describe.each(BACKENDS)('a guest’s screen on the %s', (_name, create) => {
  it('shows text that was written to B8000h', async () => {
    const { machine, vga } = await run(create, TEXT, 0x7c00);
    expect(vga.display.text().split('\n').slice(0, 3)).toEqual(['Hi', 'Hi', '']);
    const { width, height, at } = paint(vga);
    expect([width, height]).toEqual([720, 400]);
    // Backgrounds blue, green and red, and the middle of the H's bar.
    expect([at(8, 0), at(17, 16), at(711, 384), at(10, 32)]).toEqual(['0000aa', '00aa00', 'aa0000', '000000']);
    expect([at(3, 6), at(3, 22)]).toEqual(['ffffff', 'ffffff']);
    expect(machine.memory.readBytes(0x449, 2)).toEqual(Uint8Array.of(3, 80));
  });

  it('shows planes that were written through the graphics controller', async () => {
    const { at } = paint((await run(create, PLANES, 0x7c00)).vga);
    // The text mode's geometry: 16 lines of each row of addresses. Colour 12 in the right half of each byte, in two rows; the left
    // half is what the text mode left.
    expect([at(4, 0), at(7, 0), at(316, 0), at(319, 15)]).toEqual(Array.from({ length: 4 }, () => 'ff5555'));
    expect([at(4, 16), at(7, 16), at(316, 31), at(319, 31)]).toEqual(Array.from({ length: 4 }, () => 'ff5555'));
  });

  it('shows what Bochs VBE has in linear memory, and text after a reset', async () => {
    const { machine, vga } = await run(create, LINEAR, 0x10_0000);
    const picture = paint(vga);
    expect([picture.width, picture.height, picture.at(0, 0)]).toEqual([320, 200, '123456']);
    for (const [x, y] of [[1, 0], [319, 0], [0, 199], [77, 133]] as const) {
      expect(picture.at(x, y)).toBe(`${y.toString(16).padStart(2, '0')}${(x & 0xff).toString(16).padStart(2, '0')}40`);
    }
    expect(vga.display.isText).toBe(false);
    machine.reset();
    expect([vga.display.isText, machine.memory.isMemory(0xa_0000)]).toEqual([true, false]);
  });

  it('goes on from a snapshot, in the same mode with the same picture', async () => {
    const { machine, vga } = await run(create, LINEAR, 0x10_0000);
    const copy = new Machine(CONFIG, BACKENDS[1]![1]());
    copy.restore(machine.save());
    const restored = copy.device('screen') as Vga;
    const pictures = [vga, restored].map(({ display }) => {
      const pixels = new Uint32Array(display.width * display.height);
      display.render(pixels);
      return Buffer.from(pixels.buffer);
    });
    expect(restored.display.width).toBe(320);
    expect(Buffer.compare(pictures[0]!, pictures[1]!)).toBe(0);
    // The window at A0000h is where it was, and goes with its mode.
    copy.memory.writeBytes(0xa_0004, Uint8Array.of(0x21, 0x43, 0x65));
    expect(paint(restored).at(1, 0)).toBe('654321');
    copy.reset();
    expect([copy.memory.isMemory(0xa_0000), restored.display.isText]).toEqual([false, true]);
  });

  it('is the same at the same time on another engine', async () => {
    const states = await Promise.all([create, BACKENDS[0]![1]].map(async (make) => JSON.stringify((await run(make, LINEAR, 0x10_0000)).machine.save().chipset)));
    expect(states[1]).toBe(states[0]);
  });
});

describe('what firmware would have left', () => {
  it('describes the screen to those who start without one, if there is a VGA', () => {
    const areas = [CONFIG, { ...CONFIG, devices: [] }].map((config) => {
      const machine = new Machine(config, createInterpreterHypervisor());
      machine.load({ kind: 'flat', image: Uint8Array.of(0xf4), address: 0x7c00 });
      return machine.memory;
    });
    const [withVga, without] = areas.map((memory) => ({ mode: memory.readBytes(0x449, 1)[0], equipment: memory.readBytes(0x410, 1)[0], port: memory.readBytes(0x463, 2), rows: memory.readBytes(0x484, 2) }));
    expect(withVga).toEqual({ mode: 3, equipment: 0x26, port: Uint8Array.of(0xd4, 3), rows: Uint8Array.of(24, 16) });
    expect(without).toEqual({ mode: 0, equipment: 0x06, port: Uint8Array.of(0, 0), rows: Uint8Array.of(0, 0) });
  });
});
