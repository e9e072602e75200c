import { byteOffset, createStateViews, lane32 } from '@ringzero/x86';
import { beforeEach, describe, expect, test } from 'vitest';
import { X87_ADD, X87_DIVIDE, X87_PI } from './constants.ts';
import { Fpu } from './fpu.ts';

const SCRATCH = byteOffset('scratch');
const ST = byteOffset('st');
let views = createStateViews();
let fpu = new Fpu(views);
let scratch = new DataView(views.buffer, SCRATCH, 128);

beforeEach(() => {
  views = createStateViews();
  fpu = new Fpu(views);
  scratch = new DataView(views.buffer, SCRATCH, 128);
  fpu.fninit();
});

function push(value: number): void {
  scratch.setFloat64(0, value, true);
  fpu.fldDouble(SCRATCH);
}

function top(): number {
  const stores = fpu.prepareStoreDouble(SCRATCH);
  expect(stores).toBe(1);
  return scratch.getFloat64(0, true);
}

describe('exceptions', () => {
  test('an unmasked division by zero is pending and leaves the operands', () => {
    fpu.fldcw(0x037b);
    push(3);
    push(0);
    fpu.binaryRegister(X87_DIVIDE, 1, 0, 1);
    expect(fpu.pending()).toBe(true);
    expect(fpu.statusWord() & 0xbfff).toBe(0xb084);
    expect(top()).toBe(0);
    fpu.fnclex();
    expect(fpu.pending()).toBe(false);
    fpu.binaryRegister(X87_ADD, 1, 0, 1);
    expect(top()).toBe(3);
  });

  test('unmasking a flag that is set makes it pending', () => {
    push(1);
    push(3);
    fpu.binaryRegister(X87_DIVIDE, 1, 0, 1);
    expect(fpu.statusWord() & 0x20).toBe(0x20);
    expect(fpu.pending()).toBe(false);
    fpu.fldcw(0x035f);
    expect(fpu.pending()).toBe(true);
    fpu.fldcw(0x037f);
    expect(fpu.pending()).toBe(false);
  });

  test('a store changes nothing until it is committed', () => {
    fpu.fldConstant(X87_PI);
    const before = views.i32.slice();
    fpu.prepareStoreSingle(SCRATCH);
    const work = lane32('x87Work');
    const changed = [...views.i32].flatMap((value, lane) => (value === before[lane] || (lane >= work && lane < work + 36) ? [] : [lane]));
    expect(changed).toEqual([SCRATCH >> 2]);
    fpu.commitStore(1);
    expect(fpu.statusWord()).toBe(0x0220);
    expect(views.i32[lane32('ftw')]).toBe(0xff);
  });
});

describe('images', () => {
  const fill = (): void => {
    push(1.5);
    push(-0);
    views.i32[lane32('fip')] = 0x12345;
    views.i32[lane32('fcs')] = 0x1008;
    views.i32[lane32('fdp')] = 0x54321;
    views.i32[lane32('fds')] = 0x2010;
    views.i32[lane32('fop')] = 0x5c1;
  };
  const words = (count: number): string[] => Array.from({ length: count }, (_, i) => scratch.getUint16(i * 2, true).toString(16));
  const lanes = (count: number): string[] => Array.from({ length: count }, (_, i) => scratch.getUint32(i * 4, true).toString(16));

  test('environment in protected mode (vol. 1 figures 8-9 and 8-11)', () => {
    views.i32[lane32('cr0')] = 1;
    fill();
    expect(fpu.prepareEnvironment(1)).toBe(28);
    expect(lanes(7)).toEqual(['ffff037f', 'ffff3000', 'ffff1fff', '12345', '5c11008', '54321', 'ffff2010']);
    expect(fpu.prepareEnvironment(0)).toBe(14);
    expect(words(7)).toEqual(['37f', '3000', '1fff', '2345', '1008', '4321', '2010']);
  });

  test('environment in real-address and virtual-8086 mode (figures 8-10 and 8-12)', () => {
    fill();
    expect(fpu.prepareEnvironment(1)).toBe(28);
    // Linear: 10080h + 12345h = 223c5h and 20100h + 54321h = 74421h.
    expect(lanes(7)).toEqual(['ffff037f', 'ffff3000', 'ffff1fff', 'ffff23c5', '25c1', 'ffff4421', '7000']);
    views.i32[lane32('cr0')] = 1;
    views.i32[lane32('rflags')] = 0x20000;
    fpu.prepareEnvironment(0);
    expect(words(7)).toEqual(['37f', '3000', '1fff', '23c5', '25c1', '4421', '7000']);
  });

  test('FNSTENV masks all exceptions, FLDENV brings them back', () => {
    views.i32[lane32('cr0')] = 1;
    push(1);
    push(0);
    fpu.fldcw(0x037b);
    fpu.binaryRegister(X87_DIVIDE, 1, 0, 1);
    fpu.prepareEnvironment(1);
    fpu.commitEnvironment();
    expect(fpu.controlWord()).toBe(0x037f);
    expect(fpu.pending()).toBe(false);
    fpu.fldenv(1);
    expect(fpu.controlWord()).toBe(0x037b);
    expect(fpu.pending()).toBe(true);
  });

  test.each([0, 1])('FNSAVE and FRSTOR keep everything (wide %i)', (wide) => {
    views.i32[lane32('cr0')] = 1;
    for (let i = 0; i < 8; i++) push(Math.sqrt(i));
    fpu.ffree(3);
    const before = views.u8.slice(ST, ST + 128);
    const fsw = fpu.statusWord();
    expect(fpu.prepareSave(wide)).toBe(wide === 1 ? 108 : 94);
    fpu.fninit();
    views.u8.fill(0, ST, ST + 128);
    expect(fpu.statusWord()).toBe(0);
    fpu.frstor(wide);
    expect(views.u8.slice(ST, ST + 128)).toEqual(before);
    expect(fpu.statusWord()).toBe(fsw);
    expect(views.i32[lane32('ftw')]).toBe(8);
  });

  test('FXSAVE and FXRSTOR keep x87, XMM and MXCSR, and refuse reserved bits', () => {
    fill();
    views.i32[lane32('mxcsr')] = 0x1f80;
    views.i32[lane32('xmm', 7) + 3] = 0x7777;
    fpu.prepareFxsave();
    const image = new DataView(fpu.image.buffer);
    expect(image.getUint16(2, true)).toBe(0x3000);
    expect(image.getUint8(4)).toBe(0xc0);
    expect(image.getUint32(24, true)).toBe(0x1f80);
    expect(image.getUint16(40, true)).toBe(0x8000);
    expect(image.getUint32(160 + 7 * 16 + 12, true)).toBe(0x7777);
    const before = views.u8.slice();
    fpu.fninit();
    views.i32[lane32('xmm', 7) + 3] = 0;
    expect(fpu.fxrstor()).toBe(1);
    expect(views.u8).toEqual(before);
    image.setUint32(24, 0x10000, true);
    expect(fpu.fxrstor()).toBe(0);
    expect(views.u8).toEqual(before);
    fpu.exportPart(160, 128);
    expect(scratch.getUint32(7 * 16 + 12, true)).toBe(0x7777);
  });
});

test('pointers take the selectors of the moment', () => {
  views.u16[(byteOffset('segSelector') >> 1) + 1] = 0x1b;
  views.u16[(byteOffset('segSelector') >> 1) + 3] = 0x23;
  fpu.setPointers(0x1000, 0xd9c0);
  fpu.setDataPointer(0x2000, 3);
  expect(['fip', 'fcs', 'fop', 'fdp', 'fds'].map((name) => views.i32[lane32(name as 'fip')])).toEqual([0x1000, 0x1b, 0x1c0, 0x2000, 0x23]);
});
