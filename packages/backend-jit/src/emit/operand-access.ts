import { expressionsOf, visitExpression, visitStatements, type Operation, type Statement } from '@ringzero/x86-semantics';

/** An access of an operand in memory. */
export interface Access {
  readonly writes: boolean;
  /** In bytes. */
  readonly size: number;
  /** Bits that are 0 in its address, where it is an element of an array: as `BlockTarget` reaches it. */
  readonly mask: number;
}

/** How an instruction uses an address, if only for one access, apart from storing to what it has loaded for that. */
export function accessOf(op: Operation, statements: readonly Statement[], address: number): Access | undefined {
  let found: Access | undefined;
  let uses = 0;
  visitStatements(statements, (s) => {
    for (const e of expressionsOf(s)) visitExpression(e, (each) => void (each.k === 'linear' && each.address === address && (uses = Infinity)));
    if (!('address' in s) || s.address !== address || (s.k === 'store' && s.checked)) return;
    uses++;
    // Not one that an `if` may skip.
    if (statements.includes(s)) found = accessBy(op, s);
  });
  return uses === 1 ? found : undefined;
}

function accessBy(op: Operation, s: Statement): Access | undefined {
  switch (s.k) {
    case 'load':
    case 'loadForWrite':
    case 'store':
      return { writes: s.k !== 'load', size: s.width >> 3, mask: op.isMisaligned ? 0 : (s.width >> 3) - 1 };
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
