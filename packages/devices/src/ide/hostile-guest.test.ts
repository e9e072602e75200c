import { describe, expect, it } from 'vitest';
import { ArrayDisk, BUS_MASTER, IdeMachine, numberedSectors } from '../../test/ide-driver.ts';
import { throughJson } from '../../test/manual-clock.ts';
import { SECTOR_COMMANDS } from './ata-definitions.ts';

const STEPS = 20_000;
const DISKS = [{ kind: 'disk', medium: 'a' }, { kind: 'cd', medium: 'iso' }, { kind: 'disk', medium: 'late', channel: 1, unit: 1 }];
const COMMANDS = [...Object.keys(SECTOR_COMMANDS).map(Number), 0x08, 0x90, 0x91, 0xa0, 0xa0, 0xa0, 0xa1, 0xc6, 0xe5, 0xe7, 0xec, 0xef];
const PACKETS = [0x00, 0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x28, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbd, 0xbe];

/** Numbers that repeat (xorshift). */
function random(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function create(): { readonly machine: IdeMachine; readonly late: ArrayDisk } {
  const late = new ArrayDisk(numberedSectors(3000));
  const media = { a: new ArrayDisk(numberedSectors(3000)), iso: new ArrayDisk(numberedSectors(400), true), late };
  return { machine: new IdeMachine({ disks: DISKS }, media), late };
}

describe('a guest that does anything', () => {
  it.each([1, 2, 3, 4])('does the host no harm (seed %i)', async (seed) => {
    const next = random(seed);
    const { machine, late } = create();
    let current = machine;
    let reads = 0;
    for (let step = 0; step < STEPS; step++) {
      current.use(next(2) as 0 | 1);
      switch (next(14)) {
        case 0:
        case 1:
          current.set(1 + next(6), next(4) === 0 ? next(256) : next(3));
          break;
        case 2:
        case 3:
          current.set(7, COMMANDS[next(COMMANDS.length)]!);
          break;
        case 4: {
          const words = Uint8Array.from({ length: 2 * next(300) }, () => next(256));
          current.write16(words);
          break;
        }
        case 5:
          reads += current.read16(next(1200)).length;
          break;
        case 6:
          current.clock.advanceBy(next(5000));
          break;
        case 7:
          if (next(8) === 0) current.control(next(256) & ~4);
          if (next(40) === 0) current.control(4);
          break;
        case 8:
          void current.ports.write(BUS_MASTER + next(16), ([1, 2, 4] as const)[next(3)]!, next(2) === 0 ? next(16) : (next(2 ** 31) * 2) >>> 0);
          break;
        case 9:
          current.table(next(0x10000) & ~3, [[(next(2 ** 31) * 2) >>> 0, next(0x10000)], [next(0x180000), next(3)]], next(2) === 0);
          current.start(next(2) === 0);
          break;
        case 10:
          current.packet([PACKETS[next(PACKETS.length)]!, ...Array.from({ length: 11 }, () => (next(3) === 0 ? next(256) : 0))], { limit: next(0x10000), dma: next(2) === 0, device: 0xa0 | (next(2) << 4) });
          break;
        case 11:
          if (next(20) === 0) late.hold();
          else await late.release();
          break;
        case 12:
          current.command28(COMMANDS[next(COMMANDS.length)]!, next(3100), next(256), 0xe0 | (next(2) << 4));
          break;
        default:
          if (next(100) !== 0) break;
          await late.release();
          {
            const state = throughJson(current.ide.save());
            const copy = create().machine;
            copy.clock.advanceTo(current.clock.now());
            copy.ide.restore(state);
            expect(throughJson(copy.ide.save())).toEqual(state);
            current = copy;
          }
      }
    }
    expect(reads).toBeGreaterThan(0);
    // A reset always gives a working disk.
    await late.release();
    current.use(0).control(4);
    current.control(0);
    current.stop();
    current.command28(0x20, 0x21, 1);
    expect(current.readAll().bytes.length).toBe(512);
  });
});
