import type { Hypervisor } from '@ringzero/processor';
import { MachineError } from './errors.ts';

/** A hypervisor, or what loads one when it is needed. */
export type BackendSource = Hypervisor | Promise<Hypervisor> | (() => Hypervisor | Promise<Hypervisor>);

/** Backends by name. The machine knows none by itself: an application says which it offers. */
export type BackendRegistry = Readonly<Record<string, BackendSource>>;

/** Whether nothing has to be loaded. */
export function isHypervisor(value: unknown): value is Hypervisor {
  const { newPartition, cpuModels } = (value ?? {}) as Partial<Hypervisor>;
  return typeof newPartition === 'function' && Array.isArray(cpuModels);
}

/** The hypervisor that a source, or a name in the registry, stands for. Rejects with a `MachineError` if there is none. */
export async function loadBackend(backend: BackendSource | string, backends: BackendRegistry): Promise<Hypervisor> {
  const source = typeof backend === 'string' ? namedBackend(backend, backends) : backend;
  const hypervisor: unknown = await (typeof source === 'function' ? source() : source);
  if (isHypervisor(hypervisor)) return hypervisor;
  throw new MachineError('invalid-config', `backend ${typeof backend === 'string' ? `"${backend}"` : `(${typeof backend})`}: it gave no hypervisor, which has newPartition and cpuModels`);
}

function namedBackend(name: string, backends: BackendRegistry): BackendSource {
  const source = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (source !== undefined) return source;
  const known = Object.keys(backends);
  throw new MachineError('invalid-config', `backend "${name}": unknown; ${known.length === 0 ? 'the machine was given no backends by name' : `known are ${known.join(', ')}`}`);
}
