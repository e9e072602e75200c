/** A number with three digits and a unit: 1.23 billion. */
export function formatCount(value: number): string {
  const units = [[1e12, ' trillion'], [1e9, ' billion'], [1e6, ' million'], [1e3, ' thousand']] as const;
  for (const [size, unit] of units) if (value >= size) return `${(value / size).toPrecision(3)}${unit}`;
  return String(Math.round(value));
}

/** Guest instructions per second, from millions of them. */
export function formatSpeed(mips: number): string {
  return `${mips >= 100 ? mips.toFixed(0) : mips.toPrecision(2).replace(/e.*/, '')} MIPS`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function formatBytes(bytes: number): string {
  return bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(bytes >= 100 * 2 ** 20 ? 0 : 1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
