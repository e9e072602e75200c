import { expressionsOf, visitExpression, visitStatements, type Operation, type Statement } from '@ringzero/x86-semantics';

/** An access of an operand in memory. */
export interface Access {
  readonly writes: boolean;
  /** In bytes. */
  readonly size: number;
  /** Bits that are 0 in its address, where it is an element of an array: as `BlockTarget` reaches it. */
  readonly mask: number;
}

/** Statements are made once for each form and pair of registers. */
const known = new WeakMap<readonly Statement[], ReadonlyMap<number, Access>>();

/** How an instruction uses an address, if only for one access, apart from storing to what it has loaded for that. */
export function accessOf(op: Operation, statements: readonly Statement[], address: number): Access | undefined {
  let accesses = known.get(statements);
  if (accesses === undefined) known.set(statements, (accesses = accessesOf(statements)));
  const access = accesses.get(address);
  return access === undefined || !op.isMisaligned ? access : { ...access, mask: 0 };
}

function accessesOf(statements: readonly Statement[]): ReadonlyMap<number, Access> {
  const found = new Map<number, Access>();
  const used = new Set<number>();
  const forget = (address: number): void => {
    used.add(address);
    found.delete(address);
  };
  visitStatements(statements, (s) => {
    for (const e of expressionsOf(s)) visitExpression(e, (each) => void (each.k === 'linear' && forget(each.address)));
    if (!('address' in s) || (s.k === 'store' && s.checked)) return;
    // Not one that an `if` may skip.
    const access = used.has(s.address) || !statements.includes(s) ? undefined : accessBy(s);
    forget(s.address);
    if (access !== undefined) found.set(s.address, access);
  });
  return found;
}

function accessBy(s: Statement): Access | undefined {
  switch (s.k) {
    case 'load':
    case 'loadForWrite':
    case 'store':
      return { writes: s.k !== 'load', size: s.width >> 3, mask: (s.width >> 3) - 1 };
    case 'loadPair':
    case 'storePair':
      return { writes: s.k === 'storePair', size: 8, mask: 0 };
    case 'loadDoubles':
      return { writes: false, size: 8 * s.ids.length, mask: 0 };
    case 'storeDoubles':
      return { writes: true, size: 8 * s.count, mask: 0 };
    default:
      return undefined;
  }
}
