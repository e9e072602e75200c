import { IDE, VGA, VIRTIO_BLOCK, VIRTIO_CONSOLE, VIRTIO_RNG, type DeviceType } from '@ringzero/devices';
import type { DeviceConfig } from '../config.ts';
import { MachineError } from '../errors.ts';
import type { ConfiguredDevice } from './chipset.ts';

/** The kinds of devices that every machine knows. */
export const BUILT_IN_DEVICE_TYPES: readonly DeviceType[] = [IDE, VGA, VIRTIO_BLOCK, VIRTIO_CONSOLE, VIRTIO_RNG];

/** The types of configured devices; `more` win over built-in ones. Throws a `MachineError` for a type that is unknown. */
export function findDeviceTypes(devices: readonly DeviceConfig[], more: readonly DeviceType[]): readonly ConfiguredDevice[] {
  const types = [...more, ...BUILT_IN_DEVICE_TYPES];
  return devices.map((config) => {
    const type = types.find((candidate) => candidate.type === config.type);
    if (type === undefined) {
      throw new MachineError('invalid-config', `device type "${config.type}": unknown; known are ${types.map((known) => known.type).join(', ') || 'none'}`);
    }
    return { config, type };
  });
}
