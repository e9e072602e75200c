import type { Device, DeviceOptions, DeviceSlot, DeviceType, PortHandler } from '@ringzero/devices';
import { RingzeroError } from '@ringzero/processor';

/** What a save keeps: whatever decides what the device does next, as plain data. */
export interface DiceState {
  readonly random: number;
  readonly rolls: number;
}

/**
 * Dice on one port: each read is a roll, from 1 to the number of sides. They roll the same after a restore, and on every engine, since
 * all that they do depends on their state.
 */
export class Dice implements Device<DiceState>, PortHandler {
  readonly #seed: number;
  readonly #sides: number;
  #random = 0;
  #rolls = 0;

  constructor(seed: number, sides: number) {
    this.#seed = seed;
    this.#sides = sides;
    this.reset();
  }

  /** For the host: how often the guest has rolled. */
  get rolls(): number {
    return this.#rolls;
  }

  read(): number {
    this.#rolls++;
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + Math.floor((this.#random / 2 ** 32) * this.#sides);
  }

  /** A write changes nothing. */
  write(): void {}

  reset(): void {
    this.#random = this.#seed;
    this.#rolls = 0;
  }

  save(): DiceState {
    return { random: this.#random, rolls: this.#rolls };
  }

  restore({ random, rolls }: DiceState): void {
    this.#random = random;
    this.#rolls = rolls;
  }
}

/** What a configuration names: `devices: [{ type: 'dice', port: 0x300, sides: 6 }]`. */
export const diceType: DeviceType<Dice> = {
  type: 'dice',
  create(slot: DeviceSlot, options: DeviceOptions): Dice {
    const dice = new Dice(numberOf(options, 'seed', 1, 0xffff_ffff), numberOf(options, 'sides', 6, 255));
    slot.ports.claim({ base: numberOf(options, 'port', 0x300, 0xffff), count: 1 }, dice);
    return dice;
  },
};

function numberOf(options: DeviceOptions, name: string, otherwise: number, most: number): number {
  const value = options[name] ?? otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RingzeroError('invalid-option', `dice: ${name} ${JSON.stringify(value)}, expected an integer from 1 to ${most}`);
}
