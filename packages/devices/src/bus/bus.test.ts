import { describe, expect, it } from 'vitest';
import { IrqRouter } from './irq.ts';
import { MmioSpace } from './mmio-space.ts';
import { PortSpace } from './port-space.ts';
import type { PortHandler } from './port-space.ts';
import { ticksAt, timeOfTick } from './ticks.ts';

function recorder(log: string[], answer = 0): PortHandler {
  return {
    read: (port, size) => {
      log.push(`r${size}@${port.toString(16)}`);
      return answer;
    },
    write: (port, size, value) => void log.push(`w${size}@${port.toString(16)}=${value.toString(16)}`),
  };
}

describe('PortSpace', () => {
  it('reads all ones and ignores writes where nobody answers', () => {
    const space = new PortSpace();
    expect([space.read(0x1234, 1), space.read(0x1234, 2), space.read(0xffff, 4)]).toEqual([0xff, 0xffff, 0xffffffff]);
    expect(space.write(0x1234, 4, 1)).toBeUndefined();
  });

  it('splits accesses wider than a device decodes, low half first', () => {
    const space = new PortSpace();
    const log: string[] = [];
    space.claim({ base: 0x10, count: 4 }, recorder(log, 0x5a));
    expect(space.read(0x12, 4)).toBe(0xffff5a5a);
    space.write(0x10, 2, 0x1234);
    expect(log).toEqual(['r1@12', 'r1@13', 'w1@10=34', 'w1@11=12']);
  });

  it('keeps claims per width, so that CF8h and CF9h live together', () => {
    const space = new PortSpace();
    const log: string[] = [];
    space.claim({ base: 0xcf8, count: 4, sizes: [4] }, recorder(log));
    space.claim({ base: 0xcf9, count: 1 }, recorder(log));
    space.write(0xcf8, 4, 0x80000000);
    space.write(0xcf9, 1, 6);
    expect(log).toEqual(['w4@cf8=80000000', 'w1@cf9=6']);
  });

  it('refuses overlapping claims and takes ports back', () => {
    const space = new PortSpace();
    const claim = space.claim({ base: 0x60, count: 1 }, recorder([], 7));
    expect(() => space.claim({ base: 0x5f, count: 2 }, recorder([]))).toThrow(/Port 0x60/);
    expect(() => space.claim({ base: 0xffff, count: 2 }, recorder([]))).toThrow(/0x0-0xffff/);
    claim.release();
    claim.release();
    expect(space.read(0x60, 1)).toBe(0xff);
    space.claim({ base: 0x60, count: 1 }, recorder([], 9));
    expect(space.read(0x60, 1)).toBe(9);
  });

  it('waits for a device that answers with a promise before it asks for the other half', async () => {
    const space = new PortSpace();
    const log: string[] = [];
    space.claim({ base: 0x10, count: 2 }, {
      read: async (port) => {
        log.push(`begin ${port}`);
        await Promise.resolve();
        log.push(`end ${port}`);
        return port;
      },
      write: async (port, _size, value) => {
        await Promise.resolve();
        log.push(`${port}=${value}`);
      },
    });
    expect(await space.read(0x10, 2)).toBe(0x1110);
    await space.write(0x10, 2, 0x0201);
    expect(log).toEqual(['begin 16', 'end 16', 'begin 17', 'end 17', '16=1', '17=2']);
  });
});

describe('MmioSpace', () => {
  it('routes by address with offsets, and reads all ones between ranges', () => {
    const space = new MmioSpace();
    space.claim({ base: 0xfec00000, size: 0x1000 }, { read: (offset) => offset, write: () => undefined });
    const claim = space.claim({ base: 0x1000, size: 0x10 }, { read: () => 5, write: () => undefined });
    expect([space.read(0xfec00010, 4), space.read(0x1004, 1), space.read(0x1010, 2)]).toEqual([0x10, 5, 0xffff]);
    expect(() => space.claim({ base: 0x100f, size: 1 }, { read: () => 0, write: () => undefined })).toThrow(/overlaps/);
    expect(space.ranges.map((range) => range.base)).toEqual([0x1000, 0xfec00000]);
    claim.release();
    expect(space.has(0x1004)).toBe(false);
  });
});

describe('IrqRouter', () => {
  it('fans lines out, with IRQ 0 on pin 2, and ORs shared sources', () => {
    const log: string[] = [];
    const router = new IrqRouter({
      pic: (input, level) => void log.push(`pic${input}=${Number(level)}`),
      ioApic: (pin, level) => void log.push(`pin${pin}=${Number(level)}`),
    });
    router.line(0).set(true);
    const first = router.line(9);
    const second = router.line(9);
    first.set(true);
    second.set(true);
    first.set(false);
    expect(router.level(9)).toBe(true);
    second.set(false);
    expect(log).toEqual(['pic0=1', 'pin2=1', 'pic9=1', 'pin9=1', 'pic9=0', 'pin9=0']);
    expect(() => router.line(2)).toThrow(/cascade/);
  });
});

describe('ticks', () => {
  it('is exact over days and inverts', () => {
    expect(ticksAt(1e9, 1193182)).toBe(1193182);
    expect(ticksAt(86_400e9 * 100 - 1, 1193182)).toBe(86_400 * 100 * 1193182 - 1);
    for (const tick of [1, 2, 1193181, 1193182, 987654321]) {
      const time = timeOfTick(tick, 1193182);
      expect([ticksAt(time, 1193182), ticksAt(time - 1, 1193182)]).toEqual([tick, tick - 1]);
    }
  });
});
