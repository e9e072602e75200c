/** How an engine is run. `jit`: options are those of createJitHypervisor. */
export type EngineDefinition =
  | { readonly kind: 'interpreter'; readonly description: string }
  | { readonly kind: 'jit'; readonly description: string; readonly options: Readonly<Record<string, number | string>> }
  | { readonly kind: 'v86' | 'qemu' | 'native'; readonly description: string };

/** Everything that runs guests, in the order of the table's columns. */
// prettier-ignore
export const ENGINE_TABLE = {
  interpreter: { kind: 'interpreter', description: 'our interpreter' },
  'jit-blocks': { kind: 'jit', description: 'our JIT, one function for each basic block', options: { unit: 'block' } },
  jit: { kind: 'jit', description: 'our JIT as it comes, one function for each region of hot blocks', options: {} },
  v86: { kind: 'v86', description: 'v86 from npm' },
  qemu: { kind: 'qemu', description: 'QEMU TCG, as installed' },
  native: { kind: 'native', description: 'the same C, compiled for 32-bit programs of the host' },
} as const satisfies Record<string, EngineDefinition>;

export type EngineName = keyof typeof ENGINE_TABLE;

export const ENGINES: readonly EngineName[] = Object.keys(ENGINE_TABLE) as EngineName[];

/** The engine that the others are compared with. */
export const REFERENCE: EngineName = 'v86';

export function engineDefinition(engine: EngineName): EngineDefinition {
  return ENGINE_TABLE[engine];
}

/** Engines of ours: they can be profiled. */
export function isOurs(engine: EngineName): boolean {
  const { kind } = engineDefinition(engine);
  return kind === 'interpreter' || kind === 'jit';
}
