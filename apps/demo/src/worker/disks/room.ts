function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** Throws where the browser has less room left for this page than a disk takes. */
export async function requireRoom(name: string, bytes: number): Promise<void> {
  const { quota, usage = 0 } = await navigator.storage.estimate();
  if (quota === undefined) return;
  const left = Math.max(0, quota - usage);
  if (bytes > left) throw new Error(`${name} takes ${megabytes(bytes)}, but the browser has ${megabytes(left)} left for this page: delete kept disks or saved states, or free space on this computer.`);
}
