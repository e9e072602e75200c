import { signal, type Signal } from '@preact/signals';
import type { CatalogueEntry } from '../guests/catalogue.ts';
import type { Options } from '../options/options.ts';
import type { BackendName, MachinePhase, Progress, Sample } from '../protocol/machine-worker.ts';
import type { KeptDiskInfo } from '../protocol/kept-disks.ts';
import type { ScreenMode } from '../protocol/screen.ts';
import type { StoredState } from '../protocol/saved-states.ts';

/** Colours: as the system has it, or as the user chose. */
export type Theme = 'system' | 'light' | 'dark';

/** What the middle of the page shows. */
export type StageTab = 'serial' | 'screen';

/** A message that stays until it is dismissed. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
}

/** All that the page shows. Components read it; the controller changes it. */
export interface Store {
  readonly options: Signal<Options>;
  readonly guests: Signal<readonly CatalogueEntry[]>;
  readonly phase: Signal<MachinePhase>;
  /** The engine that executes, or executed last. */
  readonly backend: Signal<BackendName>;
  readonly hasDynamicCode: Signal<boolean>;
  /** Name of the guest that is in the machine. */
  readonly bootedGuest: Signal<string | undefined>;
  readonly samples: Signal<readonly Sample[]>;
  readonly progress: Signal<Progress | undefined>;
  /** The guest's screen; undefined for a machine without one. */
  readonly screen: Signal<ScreenMode | undefined>;
  readonly stageTab: Signal<StageTab>;
  /** What the browser keeps, newest first. */
  readonly states: Signal<readonly StoredState[]>;
  /** Disks that the browser keeps, by name. */
  readonly keptDisks: Signal<readonly KeptDiskInfo[]>;
  /** Disk images that the user opened last, which may be kept. */
  readonly droppedDisks: Signal<readonly File[]>;
  /** A copy of a disk that is under way. */
  readonly diskCopy: Signal<{ readonly name: string; readonly fraction: number } | undefined>;
  readonly notices: Signal<readonly Notice[]>;
  /** What a screen reader is told. */
  readonly announcement: Signal<string>;
  readonly theme: Signal<Theme>;
}

export function createStore(options: Options): Store {
  return {
    options: signal(options),
    guests: signal([]),
    phase: signal({ kind: 'off' }),
    backend: signal(options.backend),
    hasDynamicCode: signal(true),
    bootedGuest: signal(undefined),
    samples: signal([]),
    progress: signal(undefined),
    screen: signal(undefined),
    stageTab: signal('serial'),
    states: signal([]),
    keptDisks: signal([]),
    droppedDisks: signal([]),
    diskCopy: signal(undefined),
    notices: signal([]),
    announcement: signal(''),
    theme: signal('system'),
  };
}
