import { OptionReader } from '../bus/device-options.ts';
import type { Device } from '../bus/device.ts';
import type { DeviceOptions, DeviceSlot, DeviceType } from '../bus/slot.ts';
import { hostEntropy, seededEntropy, type EntropySource } from './entropy.ts';
import { interfaceOptions, VIRTIO_OPTIONS } from './interface-options.ts';
import type { QueueShape, VirtioModel } from './transport.ts';
import { VirtioPci, type VirtioPciOptions, type VirtioPciState } from './virtio-pci.ts';

/** How a {@link VirtioRng} is wired and set up. */
export interface VirtioRngOptions extends VirtioPciOptions {
  readonly entropy: EntropySource;
}

/** What a save of {@link VirtioRng} keeps. */
export interface VirtioRngState {
  readonly pci: VirtioPciState;
  readonly entropy?: readonly number[];
}

/** What a buffer is given at most: drivers ask again. */
const MOST_BYTES = 4096;

/** An entropy source (virtio 1.2 §5.4): it fills what the driver offers. */
export class VirtioRng implements Device<VirtioRngState>, VirtioModel {
  readonly kind = 4;
  readonly classCode = 0x00ff00;
  readonly queues: readonly QueueShape[] = [{ size: 64, maxChainBytes: 1 << 20 }];
  readonly features: readonly number[] = [];
  readonly config: Uint8Array = new Uint8Array(0);
  readonly #entropy: EntropySource;
  readonly #pci: VirtioPci;

  constructor(slot: DeviceSlot, options: VirtioRngOptions) {
    this.#entropy = options.entropy;
    this.#pci = new VirtioPci(slot, this, options);
  }

  process(): void {
    const { transport } = this.#pci;
    for (let chain = transport.pop(0); chain !== undefined; chain = transport.pop(0)) {
      const bytes = new Uint8Array(Math.min(MOST_BYTES, chain.writableBytes));
      this.#entropy.fill(bytes);
      chain.write(0, bytes);
      transport.complete(0, chain.head, bytes.length);
    }
  }

  driverReset(): void {
    // Nothing is in flight: buffers are filled at once.
  }

  reset(): void {
    this.#pci.reset();
  }

  save(): VirtioRngState {
    const entropy = this.#entropy.save();
    return { pci: this.#pci.save(), ...(entropy === undefined ? {} : { entropy }) };
  }

  restore(state: VirtioRngState): void {
    this.#pci.restore(state.pci);
    if (state.entropy !== undefined) this.#entropy.restore(state.entropy);
  }
}

const TYPE = 'virtio-rng';

/** In virtual time the bytes follow from `seed`, so that runs repeat; in real time they are the host's. */
export const VIRTIO_RNG: DeviceType<VirtioRng> = {
  type: TYPE,
  create(slot: DeviceSlot, options: DeviceOptions): VirtioRng {
    const reader = new OptionReader(TYPE, options, ['seed', ...VIRTIO_OPTIONS]);
    const seed = reader.integer('seed', 0, 0xffff_ffff, 0);
    return new VirtioRng(slot, { entropy: slot.clock.mode === 'virtual' ? seededEntropy(seed) : hostEntropy(), ...interfaceOptions(TYPE, reader) });
  },
};
