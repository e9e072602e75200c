import { describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { Dma } from './dma.ts';

function create(): { space: PortSpace; dma: Dma } {
  const space = new PortSpace();
  const dma = new Dma();
  dma.attach(space);
  return { space, dma };
}

describe('Dma', () => {
  it('keeps addresses, counts, masks and pages', () => {
    const { space, dma } = create();
    for (const [port, value] of [[0x0d, 0], [0x04, 0x34], [0x04, 0x12], [0x05, 0xff], [0x05, 0x03], [0x81, 0x0a], [0x0a, 2]] as const) {
      void space.write(port, 1, value);
    }
    void space.write(0xd8, 1, 0);
    void space.write(0xc4, 1, 0x78);
    void space.write(0xc4, 1, 0x56);
    const copy = create();
    copy.dma.restore(throughJson(dma.save()));
    for (const machine of [space, copy.space]) {
      expect([machine.read(0x04, 1), machine.read(0x04, 1), machine.read(0x05, 1), machine.read(0x05, 1)]).toEqual([0x34, 0x12, 0xff, 0x03]);
      expect([machine.read(0xc4, 1), machine.read(0xc4, 1), machine.read(0x81, 1)]).toEqual([0x78, 0x56, 0x0a]);
      expect(machine.read(0x0f, 1)).toBe(0xfb);
    }
    void space.write(0x0d, 1, 0);
    expect([space.read(0x0f, 1), space.read(0x08, 1), space.read(0x80, 1)]).toEqual([0xff, 0, 0xff]);
  });
});
