import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createMachine, type MachineOptions } from '@ringzero/machine';
import { describe, expect, it } from 'vitest';
import { Dice, diceType } from '../src/dice.ts';

function rolls(dice: Dice, count: number): number[] {
  return Array.from({ length: count }, () => dice.read());
}

describe('dice', () => {
  it('roll from 1 to the number of sides, each of them', () => {
    const seen = new Set(rolls(new Dice(1, 6), 200));
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('go on after a restore as if nothing had been, through JSON', () => {
    const dice = new Dice(7, 20);
    rolls(dice, 10);
    const copy = new Dice(1, 20);
    copy.restore(JSON.parse(JSON.stringify(dice.save())));
    expect(copy.rolls).toBe(10);
    expect(rolls(copy, 10)).toEqual(rolls(dice, 10));
  });

  it('begin again at a reset', () => {
    const dice = new Dice(7, 20);
    const first = rolls(dice, 5);
    dice.reset();
    expect(rolls(dice, 5)).toEqual(first);
  });
});

describe('dice in a machine', () => {
  // mov dx, 300h; in al, dx; out F4h, al
  const image = Uint8Array.of(0xba, 0x00, 0x03, 0xec, 0xe6, 0xf4);
  const options: MachineOptions = {
    backend: createInterpreterHypervisor,
    memory: '1M',
    clock: 'virtual',
    debugExitPort: 0xf4,
    boot: { kind: 'flat', image, address: 0x7c00 },
    deviceTypes: [diceType],
  };

  it('are at the port that the configuration names', async () => {
    await using machine = await createMachine({ ...options, devices: [{ type: 'dice', id: 'luck', sides: 1 }] });
    expect(await machine.run()).toEqual({ kind: 'debugExit', status: 3 });
    expect((machine.device('luck') as Dice).rolls).toBe(1);
  });

  it('are refused with options that make no sense', async () => {
    await expect(createMachine({ ...options, devices: [{ type: 'dice', sides: 0 }] })).rejects.toThrow('dice: sides 0, expected an integer from 1 to 255');
    await expect(createMachine({ ...options, devices: [{ type: 'dice', port: 0x60 }] })).rejects.toThrow('Port 0x60 is already claimed');
  });
});
