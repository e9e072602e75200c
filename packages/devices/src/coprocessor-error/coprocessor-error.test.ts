import { expect, it } from 'vitest';
import { PortSpace } from '../bus/port-space.ts';
import { CoprocessorError } from './coprocessor-error.ts';

it('FERR# raises IRQ 13 until port F0h is written, which asserts IGNNE# until FERR# goes', () => {
  const ports = new PortSpace();
  const levels: boolean[] = [];
  const device = new CoprocessorError({ irq: { set: (level) => void (levels.at(-1) === level || levels.push(level)) } });
  device.attach(ports);
  // Nothing to ignore yet.
  ports.write(0xf0, 1, 0);
  expect(device.setFerr(true)).toBe(false);
  expect(levels).toEqual([false, true]);
  ports.write(0xf0, 1, 0);
  expect(levels).toEqual([false, true, false]);
  expect(device.setFerr(true)).toBe(true);
  const saved = device.save();
  device.setFerr(false);
  expect(device.setFerr(true)).toBe(false);
  device.restore(saved);
  expect(device.setFerr(true)).toBe(true);
});
