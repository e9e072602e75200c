function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** Throws where the browser says that it has less room left for this page than a disk takes. */
export function requireRoom(name: string, bytes: number, { quota, usage = 0 }: StorageEstimate): void {
  if (quota === undefined) return;
  const left = Math.max(0, quota - usage);
  if (bytes > left) throw new Error(`${name} takes ${megabytes(bytes)}, but the browser has ${megabytes(left)} left for this page: delete kept disks or saved states, or free space on this computer.`);
}
