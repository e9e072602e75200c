import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** mov eax, 0; mov ecx, 100; L: add eax, ecx; loop L; out F4h, eax; hlt. */
export const SUM: readonly number[] = [0xb8, 0, 0, 0, 0, 0xb9, 100, 0, 0, 0, 0x01, 0xc8, 0xe2, 0xfc, 0xe7, 0xf4, 0xf4];

/** Runs a TypeScript file in a process that refuses to make functions from text, and returns what it printed. */
export function runWithoutDynamicCode(file: URL): string {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return execFileSync(process.execPath, ['--disallow-code-generation-from-strings', '--import', loader, '--conditions=@ringzero/source', fileURLToPath(file)], { encoding: 'utf8' });
}

/** Name of the error with which this process refuses to make a function from text. */
export function refusal(): string {
  try {
    return String(Reflect.construct(Function, ['return 1']));
  } catch (error) {
    return (error as Error).name;
  }
}
