export const SYSTEM_HELPERS: Record<string, { run: (vp: never, op: never) => number }> = {};
