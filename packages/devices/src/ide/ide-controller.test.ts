import { describe, expect, it } from 'vitest';
import { ArrayDisk, BUS_MASTER, IdeMachine, numberedSectors } from '../../test/ide-driver.ts';
import { throughJson } from '../../test/manual-clock.ts';

const media = { a: new ArrayDisk(numberedSectors(100)), b: new ArrayDisk(numberedSectors(200)), iso: new ArrayDisk(numberedSectors(40), true) };

function create(...disks: readonly object[]): IdeMachine {
  return new IdeMachine({ disks }, media);
}

/** What libata does to see whether there is a drive: two values must stay in two registers. */
function answers(machine: IdeMachine, device: number): boolean {
  machine.set(6, device);
  for (const [count, low] of [[0x55, 0xaa], [0xaa, 0x55], [0x55, 0xaa]] as const) {
    machine.set(2, count);
    machine.set(3, low);
  }
  return machine.get(2) === 0x55 && machine.get(3) === 0xaa;
}

describe('the PCI function', () => {
  it('is the IDE function of a PIIX3, with bus master registers where software puts them', () => {
    const machine = create({ kind: 'disk', medium: 'a' });
    expect([machine.configuration(0), machine.configuration(8) >>> 8, machine.configuration(0x40) >>> 0]).toEqual([0x70108086, 0x010180, 0x80008000]);
    void machine.ports.write(BUS_MASTER + 4, 4, 0x12345677);
    void machine.ports.write(BUS_MASTER + 12, 4, 0xabcdef00);
    expect([machine.ports.read(BUS_MASTER + 4, 4), machine.ports.read(BUS_MASTER + 12, 2), machine.ports.read(BUS_MASTER + 6, 1)]).toEqual([0x12345674, 0xef00, 0x34]);
    machine.configure(0x20, 0xd000);
    expect([machine.ports.read(0xd004, 4), machine.ports.read(BUS_MASTER + 4, 4)]).toEqual([0x12345674, 0xffffffff]);
  });

  it('decodes a channel only while its timing register says so', () => {
    const machine = create({ kind: 'disk', medium: 'a' });
    machine.configure(0x40, 0x8000_0000);
    expect([machine.get(7), machine.ports.read(0x1f0, 2), machine.alternateStatus]).toEqual([0xff, 0xffff, 0xff]);
    machine.command28(0xec);
    machine.configure(0x40, 0x8000_8000);
    expect(machine.get(7)).toBe(0x50);
  });
});

describe('drives that are not there', () => {
  it('leave the bus to its resistors where nobody is', () => {
    const machine = create({ kind: 'disk', medium: 'a' }).use(1);
    expect([answers(machine, 0xa0), answers(machine, 0xb0), machine.get(7), machine.alternateStatus, machine.ports.read(0x170, 2), machine.ports.read(0x170, 4)]).toEqual([false, false, 0x7f, 0x7f, 0xff7f, 0xff7fff7f]);
    machine.command28(0xec);
    machine.command28(0x90);
    expect([machine.get(7), machine.line.rises]).toEqual([0x7f, 0]);
  });

  it('are answered for with zeros by drive 0', () => {
    const machine = create({ kind: 'disk', medium: 'a' });
    expect([answers(machine, 0xa0), answers(machine, 0xb0)]).toEqual([true, false]);
    expect([machine.get(7), machine.alternateStatus, machine.ports.read(0x1f0, 2)]).toEqual([0, 0, 0]);
    machine.command28(0xec, 0, 0, 0xb0);
    expect([machine.get(7), machine.line.rises]).toEqual([0, 0]);
  });

  it('leave drive 1 alone on its cable', () => {
    const machine = create({ kind: 'disk', medium: 'b', channel: 0, unit: 1 });
    expect([answers(machine, 0xa0), answers(machine, 0xb0), machine.get(7)]).toEqual([false, true, 0x50]);
  });
});

describe('two drives on a cable', () => {
  const both = (): IdeMachine => create({ kind: 'disk', medium: 'a' }, { kind: 'disk', medium: 'b' });

  it('are selected by DEV, and only the selected one interrupts', () => {
    const machine = both();
    machine.command28(0xec, 0, 0, 0xf0);
    expect(machine.line.level).toBe(true);
    machine.read16(60);
    expect(machine.read16(1)[0]).toBe(200);
    machine.read16(195);
    machine.set(6, 0xe0);
    expect(machine.line.level).toBe(false);
    machine.command28(0xec, 0, 0, 0xe0);
    machine.read16(60);
    expect(machine.read16(1)[0]).toBe(100);
    machine.read16(195);
    machine.get(7);
    // Drive 1 was never acknowledged.
    machine.set(6, 0xf0);
    expect(machine.line.level).toBe(true);
  });

  it('both reset and diagnose themselves, and drive 0 is selected', () => {
    const machine = both();
    machine.set(6, 0xb0);
    machine.control(4);
    machine.control(0);
    expect([machine.get(6), machine.get(7)]).toEqual([0xa0, 0x50]);
    machine.set(6, 0xb0);
    machine.set(7, 0x90);
    expect([machine.get(6), machine.line.level]).toEqual([0xa0, true]);
    machine.set(6, 0xb0);
    expect([machine.get(1), machine.get(2), machine.get(7), machine.line.level]).toEqual([1, 1, 0x50, false]);
  });

  it('work on both channels at once, and save both', () => {
    const machine = create({ kind: 'disk', medium: 'a' }, { kind: 'disk', medium: 'b', channel: 1 });
    machine.command28(0x20, 3, 1);
    machine.use(1).command28(0x20, 150, 1);
    const state = throughJson(machine.ide.save());
    const copy = create({ kind: 'disk', medium: 'a' }, { kind: 'disk', medium: 'b', channel: 1 });
    copy.ide.restore(state);
    for (const one of [machine, copy]) expect([one.use(0).readAll().bytes[1], one.use(1).readAll().bytes[1], one.lines[14]!.rises, one.lines[15]!.rises]).toEqual([3, 150, 1, 1]);
  });
});

describe('options', () => {
  it('place drives in their order where they name no place', () => {
    const machine = create({ kind: 'cd' }, { kind: 'disk', medium: 'a', channel: 0, unit: 0 }, { kind: 'cd', medium: 'iso' }, { kind: 'cd', channel: 1 });
    expect([machine.ide.cd(0, 0), machine.ide.cd(0, 1)?.medium, machine.ide.cd(1, 0)?.medium, machine.ide.cd(1, 1)?.medium]).toEqual([undefined, undefined, media.iso, undefined]);
    expect(machine.ide.cds.length).toBe(3);
  });

  it.each([
    [{ disk: [] }, 'ide: option "disk": expected disks'],
    [{ disks: 5 }, 'ide: disks 5: expected a list'],
    [{ disks: [7] }, 'ide: disks[0] 7: expected an object'],
    [{ disks: [{ kind: 'floppy' }] }, 'ide: disks[0].kind "floppy": expected disk or cd'],
    [{ disks: [{ kind: 'disk' }] }, 'ide: disks[0].medium undefined: expected the name of a medium'],
    [{ disks: [{ kind: 'cd', medium: 5 }] }, 'ide: disks[0].medium 5: expected the name of a medium'],
    [{ disks: [{ kind: 'cd', unit: 2 }] }, 'ide: disks[0].unit 2: expected 0 or 1'],
    [{ disks: [{ kind: 'cd', chanel: 1 }] }, 'ide: disks[0]: field "chanel": expected one of channel, unit'],
    [{ disks: [{ kind: 'cd', model: '' }] }, 'ide: disks[0].model "": expected 1 to 40 characters of ASCII'],
    [{ disks: [{ kind: 'cd', serial: 'x'.repeat(21) }] }, 'expected 1 to 20 characters of ASCII'],
    [{ disks: [{ kind: 'cd', channel: 0, unit: 0 }, { kind: 'cd', channel: 0, unit: 0 }] }, 'ide: disks[1] "channel 0, unit 0": expected a free place'],
    [{ disks: [1, 2, 3, 4, 5].map(() => ({ kind: 'cd' })) }, 'ide: disks[4] "channel any, unit any": expected a free place'],
  ])('%j is refused', (options, message) => {
    expect(() => new IdeMachine(options, media)).toThrow(message);
  });
});
