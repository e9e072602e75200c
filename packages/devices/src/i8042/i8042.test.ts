import { beforeEach, describe, expect, it } from 'vitest';
import { RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { I8042 } from './i8042.ts';
import { Keyboard } from './keyboard.ts';
import { toSet1, toSet2 } from './scan-codes.ts';

let irq: RecordingLine;
let mouseIrq: RecordingLine;
let a20: boolean[];
let resets: number;
let space: PortSpace;
let controller: I8042;

function make(): I8042 {
  return new I8042({ irq, mouseIrq, onA20: (enabled) => void a20.push(enabled), onReset: () => void resets++ });
}

beforeEach(() => {
  irq = new RecordingLine();
  mouseIrq = new RecordingLine();
  a20 = [];
  resets = 0;
  space = new PortSpace();
  controller = make();
  controller.attach(space);
});

const command = (value: number): void => void space.write(0x64, 1, value);
const data = (value: number): void => void space.write(0x60, 1, value);
const mouse = (value: number): void => (command(0xd4), data(value));
const status = (): number => space.read(0x64, 1) as number;

function drain(): number[] {
  const bytes: number[] = [];
  while ((status() & 1) !== 0 && bytes.length < 100) bytes.push(space.read(0x60, 1) as number);
  return bytes;
}

describe('I8042', () => {
  it('tests itself and keeps its command byte', () => {
    command(0xaa);
    expect(drain()).toEqual([0x55]);
    expect(status() & 4).toBe(4);
    command(0x60);
    data(0x65);
    command(0x20);
    expect(drain()).toEqual([0x65]);
    command(0xab);
    expect(drain()).toEqual([0]);
  });

  it('shows that there is an auxiliary port, as drivers look for it', () => {
    command(0x60);
    data(0x46);
    command(0xd3);
    data(0x5a);
    expect([status() & 0x21, mouseIrq.level, irq.level]).toEqual([0x21, true, false]);
    expect(drain()).toEqual([0x5a]);
    expect([status() & 0x21, mouseIrq.level]).toEqual([0, false]);
    command(0xa9);
    expect(drain()).toEqual([0]);
    command(0xa7);
    command(0x20);
    expect(drain()[0]! & 0x20).toBe(0x20);
    command(0xa8);
    command(0x20);
    expect(drain()[0]! & 0x20).toBe(0);
  });

  it('sends to the mouse, and gives its bytes with the auxiliary flag and interrupt', () => {
    command(0x60);
    data(0x67);
    mouse(0xf2);
    expect([status() & 0x20, mouseIrq.level]).toEqual([0x20, true]);
    expect(drain()).toEqual([0xfa, 0x00]);
    // What is sent to it turns its interface on.
    command(0x20);
    expect(drain()).toEqual([0x47]);
    expect([mouseIrq.rises, irq.rises]).toEqual([2, 0]);
  });

  it('has one output buffer for three: nothing that is in it is lost', () => {
    command(0x60);
    data(0x47);
    mouse(0xf4);
    expect(drain()).toEqual([0xfa]);
    expect(controller.sendMouse({ dx: 1 })).toBe(true);
    controller.sendScancodes([0x1e, 0x9e]);
    command(0xab);
    const bytes: string[] = [];
    while ((status() & 1) !== 0) bytes.push(`${(status() & 0x20) !== 0 ? 'mouse' : 'other'} ${(space.read(0x60, 1) as number).toString(16)}`);
    // The mouse's first byte was there; then the controller, the keyboard, and the mouse again.
    expect(bytes).toEqual(['mouse 8', 'other 0', 'other 1e', 'other 9e', 'mouse 1', 'mouse 0']);
    command(0xa7);
    controller.sendMouse({ dx: 1 });
    expect(status() & 1).toBe(0);
    command(0xa8);
    expect(drain()).toEqual([8, 1, 0]);
    controller.sendMouse({ dx: 1 });
    command(0xd0);
    expect(drain()[1]! & 0x30).toBe(0x20);
  });

  it('answers keyboard commands, translated as a PC sees them', () => {
    data(0xff);
    expect(drain()).toEqual([0xfa, 0xaa]);
    data(0xf2);
    expect(drain()).toEqual([0xfa, 0xab, 0x41]);
    data(0xed);
    data(0x05);
    expect(drain()).toEqual([0xfa, 0xfa]);
    expect(controller.leds).toBe(5);
    data(0xee);
    expect(drain()).toEqual([0xee]);
    data(0x01);
    expect(drain()).toEqual([0xfe]);
    data(0xfe);
    expect(drain()).toEqual([0xfe]);
  });

  it('delivers key events with one edge per byte', () => {
    expect(controller.sendScancodes([0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8, 0x41])).toBe(true);
    expect(irq.level).toBe(true);
    expect(drain()).toEqual([0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8, 0x41]);
    expect([irq.level, irq.rises]).toEqual([false, 7]);
  });

  it('sends set 2 when translation is off, and nothing when disabled', () => {
    command(0x60);
    data(0x01);
    controller.sendScancodes([0x1e, 0x9e]);
    expect(drain()).toEqual([0x1c, 0xf0, 0x1c]);
    command(0xad);
    controller.sendScancodes([0x1e]);
    expect(drain()).toEqual([]);
    command(0xae);
    expect(drain()).toEqual([0x1c]);
    data(0xf5);
    drain();
    expect(controller.sendScancodes([0x1e])).toBe(false);
  });

  it('bounds its buffer', () => {
    let accepted = 0;
    while (controller.sendScancodes([0x1e, 0x9e]) && accepted < 1000) accepted++;
    expect(accepted).toBeLessThan(1000);
    expect(drain().length).toBe(accepted * 2);
  });

  it('switches A20 by the output port and by port 92h', () => {
    command(0xd1);
    data(0xdf);
    expect(a20).toEqual([true]);
    command(0xd0);
    expect(drain()[0]! & 2).toBe(2);
    void space.write(0x92, 1, 0);
    expect(space.read(0x92, 1)).toBe(0);
    command(0xdf);
    command(0xdd);
    expect(a20).toEqual([true, false, true, false]);
    expect(resets).toBe(0);
  });

  it('resets the processor in three ways', () => {
    command(0xfe);
    command(0xd1);
    data(0x02);
    void space.write(0x92, 1, 3);
    command(0xff);
    expect(resets).toBe(3);
  });

  it('saves and restores with keys waiting', () => {
    controller.sendScancodes([0x1e, 0x9e]);
    space.read(0x60, 1);
    const state = throughJson(controller.save());
    const copy = make();
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    expect(copy.read(0x60)).toBe(0x9e);
    expect(copy.read(0x64) & 1).toBe(0);
    copy.reset();
    expect(irq.level).toBe(false);
  });

  it('saves and restores with an answer and a packet waiting', () => {
    mouse(0xf4);
    drain();
    controller.sendMouse({ dx: -3, dy: 4, buttons: 1 });
    command(0xaa);
    const copy = make();
    copy.restore(throughJson(controller.save()));
    expect(copy.save()).toEqual(controller.save());
    expect(mouseIrq.level).toBe(false);
    expect([1, 2, 3, 4].map(() => copy.read(0x60))).toEqual([0x39, 0x55, 0x55, 0x55]);
    // The self-test turned the mouse's interface off.
    copy.write(0x64, 1, 0xa8);
    expect([1, 2].map(() => copy.read(0x60))).toEqual([0xfd, 0xfc]);
  });

  it('translates every make code there and back', () => {
    for (let code = 1; code < 0x7f; code++) if (toSet2(code) !== code) expect(toSet1(toSet2(code))).toBe(code);
  });
});

describe('keys before anybody reads', () => {
  it('wait in no more bytes than a driver throws away, and leave room for answers', () => {
    const keyboard = new Keyboard();
    let taken = 0;
    while (taken < 100 && keyboard.press([0x1e, 0x9e])) taken++;
    expect(taken).toBe(4);
    keyboard.command(0xf2);
    const bytes: number[] = [];
    while (keyboard.hasOutput) bytes.push(keyboard.next());
    expect(bytes.length).toBeLessThanOrEqual(17);
    expect(bytes.slice(-3)).toEqual([0xfa, 0xab, 0x83]);
  });
});
