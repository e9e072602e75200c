import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { VgaBoard } from '../../test/vga-board.ts';

const FRAME_BUFFER = 0xe000_0000;
const REGISTERS = 0xfebf_0000;
const ROM = 0xfebe_0000;
let board: VgaBoard;
beforeEach(() => void (board = new VgaBoard()));

function configuration(offset: number, size: 1 | 2 | 4, value?: number): number {
  void board.ports.write(0xcf8, 4, (0x8000_0000 | (2 << 11) | (offset & 0xfc)) >>> 0);
  if (value !== undefined) void board.ports.write(0xcfc + (offset & 3), size, value);
  return board.ports.read(0xcfc + (offset & 3), size) as number;
}

describe('a VGA on PCI', () => {
  it('is what drivers of QEMU’s standard VGA look for', () => {
    expect([configuration(0, 4), configuration(8, 4) >>> 8, configuration(4, 2)]).toEqual([0x11111234, 0x030000, 3]);
    expect([configuration(0x10, 4, 0xffffffff), configuration(0x14, 4, 0xffffffff), configuration(0x18, 4, 0xffffffff)]).toEqual([0xffe00008, 0, 0xfffff000]);
    expect(configuration(0x30, 4, 0xffffffff)).toBe(0);
  });

  it('has linear memory where BAR 0 says', () => {
    configuration(0x10, 4, FRAME_BUFFER);
    board.memory.writeBytes(FRAME_BUFFER + 0x1f_fffe, Uint8Array.of(0x12, 0x34, 0x56));
    expect([...board.video.subarray(-2)]).toEqual([0x12, 0x34]);
    configuration(4, 2, 0);
    expect(board.memory.isMemory(FRAME_BUFFER)).toBe(false);
  });

  it('has its registers where BAR 2 says', () => {
    configuration(0x18, 4, REGISTERS);
    const { mmio } = board;
    expect([mmio.read(REGISTERS + 0x500, 2), mmio.read(REGISTERS + 0x514, 4), mmio.read(REGISTERS + 0x501, 1)]).toEqual([0xb0c5, 32, 0xb0]);
    void mmio.write(REGISTERS + 0x502, 4, 0x0180_0200);
    void mmio.write(REGISTERS + 0x506, 2, 16);
    void mmio.write(REGISTERS + 0x508, 1, 0xff);
    void mmio.write(REGISTERS + 0x508, 2, 0x41);
    expect([board.vga.display.width, board.vga.display.height, board.vbeGet(4)]).toEqual([512, 384, 0x41]);
    // Index and data of the sequencer at once; the mask of the DAC; the status.
    void mmio.write(REGISTERS + 0x404, 2, 0x0502);
    void mmio.write(REGISTERS + 0x406, 1, 0x3f);
    expect([board.get(0x3c4, 2), mmio.read(REGISTERS + 0x404, 2), board.in(0x3c6), (mmio.read(REGISTERS + 0x41a, 1) as number) & 0xf6]).toEqual([5, 0x0502, 0x3f, 0]);
    expect([mmio.read(REGISTERS, 4), mmio.read(REGISTERS + 0x600, 4)]).toEqual([0, 0]);
  });

  it('shows its BIOS in the expansion ROM', () => {
    board = new VgaBoard({ memory: 1 << 20, rom: 'bios' }, { bios: Uint8Array.from({ length: 0x1200 }, (_, i) => (i === 0 ? 0x55 : i === 1 ? 0xaa : i & 0xff)) });
    expect(configuration(0x30, 4, 0xffffffff)).toBe(0xffffe001);
    configuration(0x30, 4, ROM | 1);
    expect([board.mmio.read(ROM, 2), board.mmio.read(ROM + 0x11fe, 2), board.mmio.read(ROM + 0x1200, 1)]).toEqual([0xaa55, 0xfffe, 0xff]);
  });

  it('says what is wrong with its options', () => {
    const make = (options: Readonly<Record<string, unknown>>) => () => new VgaBoard(options, { slow: new Uint8Array(512), empty: new Uint8Array(), large: new Uint8Array(0x20000) });
    expect(make({ memory: 3 << 20 })).toThrow('vga: memory 3145728: expected a power of two from 1048576 (1 MB) to 67108864 (64 MB)');
    expect(make({ memory: '16M' })).toThrow('vga: memory "16M"');
    expect(make({ rom: 5 })).toThrow('vga: rom 5: expected the name of a medium');
    expect(make({ rom: 'empty' })).toThrow('vga: rom "empty" of 0 bytes');
    expect(make({ rom: 'large' })).toThrow('vga: rom "large" of 131072 bytes');
    expect(make({ rom: 'slow' })).toThrow('vga: rom "slow" takes time to read');
  });

  it('is in a text mode with a font after reset, whatever was before', () => {
    board.enterMode13();
    board.vbe({ 1: 640, 2: 480, 3: 32, 4: 0x61 });
    board.poke(0xa0000, 1, 2, 3);
    board.vga.reset();
    const { display } = board.vga;
    expect([display.width, display.height, display.isText, display.text().trim()]).toEqual([720, 400, true, '']);
    expect(board.memory.isMemory(0xa0000)).toBe(false);
    board.poke(0xb8000, 0x48, 0x07, 0x69, 0x07);
    expect(display.text()).toBe(`Hi${'\n'.repeat(24)}`);
  });

  it('saves and restores everything but memory, in the middle of what a driver does', () => {
    board.enterMode13();
    board.out(0x3c8, 9);
    board.out(0x3c9, 0x11);
    board.out(0x3c9, 0x22);
    board.in(0x3da);
    board.out(0x3c0, 0x33);
    board.out(0x3c4, 2);
    board.out(0x3ce, 8);
    board.out(0x3d4, 0x0c);
    board.peek(0xa0003);
    const state = throughJson(board.vga.save());
    const copy = new VgaBoard();
    copy.video.set(board.video);
    copy.vga.restore(state);
    expect(copy.vga.save()).toEqual(state);
    expect(copy.memory.isMemory(0xa0000)).toBe(true);
    copy.out(0x3c9, 0x33);
    copy.out(0x3c7, 9);
    expect([1, 2, 3].map(() => copy.in(0x3c9))).toEqual([0x11, 0x22, 0x33]);
    copy.out(0x3c0, 0x07);
    copy.out(0x3cf, 0x5a);
    expect([copy.in(0x3c1), copy.get(0x3ce, 8), copy.in(0x3d4)]).toEqual([0x07, 0x5a, 0x0c]);
  });

  it('saves and restores latches and a VBE mode with its bank', () => {
    board.enterMode12();
    board.video.set([9, 8, 7, 6]);
    board.peek(0xa0000);
    const latched = new VgaBoard();
    latched.vga.restore(throughJson(board.vga.save()));
    latched.graphics({ 5: 1 });
    latched.poke(0xa0001, 0);
    expect(latched.planes(1)).toEqual([9, 8, 7, 6]);

    board.vbe({ 1: 640, 2: 480, 3: 8, 4: 0x61, 5: 4, 9: 7 });
    const copy = new VgaBoard();
    copy.vga.restore(throughJson(board.vga.save()));
    copy.memory.writeBytes(0xa0000, Uint8Array.of(0x99));
    expect([copy.video[0x40000], copy.vbeGet(9), copy.vga.display.width]).toEqual([0x99, 7, 640]);
    copy.vga.restore(throughJson(new VgaBoard().vga.save()));
    expect([copy.memory.isMemory(0xa0000), copy.vga.display.isText]).toEqual([false, true]);
  });
});
