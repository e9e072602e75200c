import type { RequestedConfig } from '../options/options.ts';
import type { InspectResult } from '@ringzero/processor';
import type { BootRequest } from './boot-request.ts';
import type { MouseReport, ScreenMode } from './screen.ts';
import type { DiskChoice, KeptDiskInfo, OnCopied } from './kept-disks.ts';
import type { RestoredState, StateFile, StateNotes, StoredState } from './saved-states.ts';
import type { CodeView, ProcessorView, RegionSummary, RegionView } from './inspection.ts';

/** The engines, by the names that `Machine` and the URL know. */
export type BackendName = 'interpreter' | 'jit';

/** What the machine is doing. */
export type MachinePhase =
  | { readonly kind: 'off' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'running' }
  | { readonly kind: 'paused' }
  /** It ended by itself: `reason` says how, for people. */
  | { readonly kind: 'ended'; readonly reason: string; readonly isFailure: boolean };

/** The last stretch of a run, in numbers. */
export interface Sample {
  /** Seconds since the machine was switched on, those when it was paused not among them. */
  readonly time: number;
  readonly backend: BackendName;
  /** Guest instructions per second, in millions. */
  readonly mips: number;
  /** Share of instructions that were executed in compiled regions, 0 to 1. */
  readonly compiledShare: number;
  /** Of the stretch: functions compiled, and times that control left one for a block outside. */
  readonly compilations: number;
  readonly exits: number;
  /** Since this engine took over. */
  readonly regionsLive: number;
  /** Since the machine was switched on. */
  readonly instructions: number;
}

/** Something that takes time. */
export interface Progress {
  readonly task: string;
  /** 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  readonly isDone: boolean;
}

/** What the worker tells the page. */
export type MachineEvent =
  | { readonly kind: 'serial'; readonly bytes: Uint8Array }
  | { readonly kind: 'phase'; readonly phase: MachinePhase }
  | { readonly kind: 'backend'; readonly backend: BackendName; readonly hasDynamicCode: boolean }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** The guest's screen is another now. */
  | { readonly kind: 'screen'; readonly mode: ScreenMode | undefined }
  | { readonly kind: 'notice'; readonly text: string };

/** Called for each event. The worker sends no more serial output until the last one has been taken. */
export type MachineListener = (event: MachineEvent) => void | Promise<void>;

/** Everything needed to switch a machine on. */
export interface StartRequest {
  readonly config: RequestedConfig;
  readonly backend: BackendName;
  readonly boot: BootRequest;
  /** A disk that the browser keeps, beside those of the boot. */
  readonly disk: DiskChoice | undefined;
}

/** The machine in its worker, as the page sees it. One call at a time takes effect; others wait. */
export interface MachineWorker {
  /** Who hears of events from now on. */
  listen(listener: MachineListener): void;
  /** Switches a machine on; one that was there is gone. */
  start(request: StartRequest): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Executes one instruction of a paused machine. */
  step(): Promise<void>;
  /** The reset button; `boot` is what a machine that was restored starts again with. */
  reset(boot: BootRequest | undefined): Promise<void>;
  /** Takes the power away. */
  powerOff(): Promise<void>;
  /** Goes on with another engine. */
  switchBackend(backend: BackendName): Promise<void>;
  /** Types on the serial console. */
  sendSerial(bytes: Uint8Array): void;
  /** Key events as set 1 scan codes. */
  sendScancodes(codes: readonly number[]): void;
  sendMouse(report: MouseReport): void;
  /** Where the screen is painted from now on. */
  attachScreen(canvas: OffscreenCanvas): void;
  /** Whether anyone sees it. */
  showScreen(isShown: boolean): void;
  /** The characters on a text screen. */
  screenText(): Promise<string>;
  /** Saves the machine into a file that the browser keeps. */
  saveState(notes: StateNotes): Promise<StoredState>;
  /** The same as a file to download. */
  exportState(notes: StateNotes): Promise<Blob>;
  /** Goes on from a saved state, on this engine. What cannot be restored leaves the machine as it is. */
  restoreState(file: StateFile, backend: BackendName): Promise<RestoredState>;
  storedStates(): Promise<readonly StoredState[]>;
  storedState(name: string): Promise<File>;
  deleteState(name: string): Promise<void>;
  /** Copies an image into the browser, under a new name. The machine goes on meanwhile. */
  keepDisk(name: string, image: Blob, onCopied: OnCopied): Promise<void>;
  /** Ends a copy that is under way: nothing of it stays. */
  cancelCopy(): void;
  /** Makes an empty disk. */
  createDisk(name: string, byteLength: number): Promise<void>;
  keptDisks(): Promise<readonly KeptDiskInfo[]>;
  /** A disk that no machine uses, as a file. */
  keptDisk(name: string): Promise<File>;
  deleteDisk(name: string): Promise<void>;
  inspect(path: string, depth: number): Promise<InspectResult>;
  processor(index: number): Promise<ProcessorView>;
  /** Instructions around RIP. */
  code(index: number): Promise<CodeView>;
  /** Keeps what the JIT compiles from now on, for the two calls below, or no longer. */
  watchRegions(isWatching: boolean): Promise<void>;
  /** Compiled regions, hottest first. */
  regions(): Promise<readonly RegionSummary[]>;
  /** Undefined when it has been forgotten meanwhile. */
  region(script: string): Promise<RegionView | undefined>;
}
