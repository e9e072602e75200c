import type { Plugin } from 'esbuild';

export interface ConstantInliner {
  /** The text of a TypeScript module with numbers where its constants were used, its own and those that it imports. */
  text(file: string): string;
}

export function createConstantInliner(): Promise<ConstantInliner>;
/** Whether a file is the source of one of our packages. */
export function isOurSource(file: string): boolean;
/** For esbuild and tsup. */
export function inlineConstantsPlugin(): Plugin;
/** For Vite. */
export function inlineConstantsForVite(): { name: string; enforce: 'pre'; apply: 'build'; load(id: string): Promise<string | null> };
