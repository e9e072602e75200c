import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One hash over the names and contents of everything the images are compiled from. */
export function hashSources(root: string): string {
  const hash = createHash('sha256');
  for (const folder of ['benchmarks', 'linux', 'monitor', 'runtime']) {
    for (const file of readdirSync(join(root, folder)).sort()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(root, folder, file))).update('\0');
    }
  }
  return hash.digest('hex');
}
