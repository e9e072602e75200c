import { loadBios } from './bios.ts';
import type { BootSource } from './boot-source.ts';
import { loadElf } from './elf.ts';
import { loadFlat } from './flat.ts';
import { loadLinux } from './linux.ts';
import { loadMultiboot } from './multiboot.ts';
import type { LoadTarget } from './target.ts';

/** Loads a guest. Throws a `MachineError` before anything is written when the image or its place is wrong. */
export function loadGuest(source: BootSource, target: LoadTarget): void {
  switch (source.kind) {
    case 'linux':
      return loadLinux(source, target);
    case 'multiboot':
      return loadMultiboot(source, target);
    case 'elf':
      return loadElf(source, target);
    case 'flat':
      return loadFlat(source, target);
    case 'bios':
      return loadBios(source, target);
  }
}
