import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Runs one of the workspace's sources in a process of its own, with flags for V8. Its output comes through pipes, its messages may hold anything that can be cloned. */
export function forkSource(file: URL, flags: readonly string[] = [], args: readonly string[] = []): ChildProcess {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(file, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'advanced', execArgv: ['--import', loader, '--conditions=@ringzero/source', ...flags] });
}
