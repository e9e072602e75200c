/** The names in a module's `depends` field (kernel documentation, "modinfo"): other modules that must be loaded before it. */
export function moduleDependencies(module: Uint8Array): string[] {
  const key = '\0depends=';
  const text = latin1(module);
  const at = text.indexOf(key);
  if (at < 0) return [];
  const end = text.indexOf('\0', at + key.length);
  return text.slice(at + key.length, end).split(',').filter((name) => name !== '').map(moduleName);
}

function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  const piece = 0x8000;
  for (let at = 0; at < bytes.length; at += piece) parts.push(String.fromCharCode(...bytes.subarray(at, at + piece)));
  return parts.join('');
}

/** A module's name as the kernel writes it, from a file's or an alias of it. */
export function moduleName(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_');
}

/**
 * The modules and all that they depend on, each after what it needs.
 *
 * @param read gives a module's content, or undefined where there is no file: it is part of the kernel then.
 */
export function loadOrder(names: readonly string[], read: (name: string) => Uint8Array | undefined): Map<string, Uint8Array> {
  const order = new Map<string, Uint8Array>();
  const visit = (name: string, path: readonly string[]): void => {
    if (order.has(name) || path.includes(name)) return;
    const content = read(name);
    if (content === undefined) return;
    for (const dependency of moduleDependencies(content)) visit(dependency, [...path, name]);
    order.set(name, content);
  };
  for (const name of names) visit(name, []);
  return order;
}
