/** A register of the stub: its number in `p` and `P` packets, and its size. */
export interface StubRegister {
  readonly number: number;
  readonly bytes: number;
}

/**
 * Registers by name, in the order of a target description ("Debugging with GDB", appendix G): numbers count on from the last one
 * unless `regnum` says otherwise.
 */
export function parseRegisters(xml: string): ReadonlyMap<string, StubRegister> {
  const registers = new Map<string, StubRegister>();
  let next = 0;
  for (const [element] of xml.matchAll(/<reg\s[^>]*>/g)) {
    const attribute = (name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];
    const name = attribute('name');
    const bits = attribute('bitsize');
    if (name === undefined || bits === undefined) throw new RangeError(`a register without name or size in the target description: ${element}`);
    const number = Number(attribute('regnum') ?? next);
    registers.set(name, { number, bytes: Math.ceil(Number(bits) / 8) });
    next = number + 1;
  }
  return registers;
}

/** Names of the documents that a target description includes. */
export function includedDocuments(xml: string): string[] {
  return [...xml.matchAll(/<xi:include\s+href="([^"]*)"/g)].map(([, href]) => href);
}
