import { FORM_IDS } from '@ringzero/x86';
import type { Handler, Operation } from '@ringzero/x86-semantics';
import type { SequenceRow } from './handler-context.ts';
import type { HandlerTable } from './handler-table.ts';
import { FLAT_STACK } from './switch-table.ts';

/** Handlers that follow a handler, and the one that executes the sequence so far. */
interface Node {
  readonly following: Map<Handler, Node>;
  handler: Handler | undefined;
}

/** Instructions in a block at most, and one. */
const MOST = 64;

/** Finds where one handler can execute several instructions of a block. */
export class SequenceTable {
  readonly #root: Node = { following: new Map(), handler: undefined };
  readonly #dispatches: Uint8Array = new Uint8Array(MOST);
  readonly #best: (Handler | undefined)[] = new Array<Handler | undefined>(MOST).fill(undefined);
  readonly #length: Uint8Array = new Uint8Array(MOST);

  constructor(rows: readonly SequenceRow[], handlers: HandlerTable) {
    for (const [forms, handler] of rows) {
      let node = this.#root;
      for (const element of forms.split(' ')) {
        const [form, memory] = element.split('.');
        const single = handlers.find(FORM_IDS[form as keyof typeof FORM_IDS], 32, memory === 'm');
        if (single === undefined) throw new Error(`sequence ${forms}: no handler for ${element}`);
        let next = node.following.get(single);
        if (next === undefined) node.following.set(single, (next = { following: new Map(), handler: undefined }));
        node = next;
      }
      node.handler = handler;
    }
  }

  /** Gives the first operation of each sequence its handler, so that the block takes the fewest dispatches; entered elsewhere it runs as before. */
  apply(operations: readonly Operation[], count: number, mode: number): void {
    if ((mode & FLAT_STACK) !== FLAT_STACK) return;
    const dispatches = this.#dispatches;
    dispatches[count] = 0;
    for (let i = count - 1; i >= 0; i--) {
      dispatches[i] = 1 + dispatches[i + 1];
      this.#best[i] = undefined;
      this.#length[i] = 1;
      let node: Node | undefined = this.#root;
      for (let end = i; end < count; end++) {
        const op = operations[end];
        if (op.checkedSegment >= 0 || op.addressMask !== -1) break;
        node = node.following.get(op.h);
        if (node === undefined) break;
        if (node.handler === undefined || 1 + dispatches[end + 1] >= dispatches[i]) continue;
        dispatches[i] = 1 + dispatches[end + 1];
        this.#best[i] = node.handler;
        this.#length[i] = end - i + 1;
      }
    }
    for (let i = 0; i < count; i += this.#length[i]) {
      const handler = this.#best[i];
      if (handler !== undefined) operations[i].h = handler;
    }
  }
}
