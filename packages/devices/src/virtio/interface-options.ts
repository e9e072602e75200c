import { failOption, type OptionReader } from '../bus/device-options.ts';
import type { VirtioPciOptions } from './virtio-pci.ts';

/** Options that all virtio devices have. */
export const VIRTIO_OPTIONS: readonly string[] = ['disableModern', 'disableLegacy'];

/** Which interfaces a device is to have. */
export function interfaceOptions(type: string, reader: OptionReader): VirtioPciOptions {
  const options = { disableModern: reader.boolean('disableModern'), disableLegacy: reader.boolean('disableLegacy') };
  if (options.disableModern && options.disableLegacy) failOption(type, 'disableLegacy', true, 'one of the two interfaces to remain');
  return options;
}
