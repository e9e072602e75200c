import type { MachineConfig } from '@ringzero/machine';
import type { DiskChoice } from './kept-disks.ts';

/** A saved state that the browser keeps. */
export interface StoredState {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly date: number;
}

/** What a state notes of the page: options as the URL has them, to load the guest again when it is reset. */
export type StateNotes = Readonly<Record<'guest' | 'scale' | 'append', string>>;

/** Where a state is. */
export type StateFile = { readonly kind: 'stored'; readonly name: string } | { readonly kind: 'file'; readonly name: string; readonly blob: Blob };

/** What is known of a state that was restored. Its notes may come from anywhere. */
export interface RestoredState {
  readonly config: MachineConfig;
  readonly notes: Readonly<Record<string, unknown>>;
  /** The kept disk in the machine. */
  readonly disk: DiskChoice | undefined;
  /** Why the machine was restored paused: the user should know before it goes on. */
  readonly warning: string | undefined;
}
