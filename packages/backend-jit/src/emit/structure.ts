import { edgeKey, type ControlFlow } from '../region/control-flow.ts';

/** Text of one node: given how control passes on along an edge of its. */
export type NodeText = (node: number, transfer: (to: number) => string) => string;

/**
 * Structured text for a region, from its dominator tree (Ramsey, "Beyond Relooper"): a loop header is `for (;;)`, a node
 * where control merges is what follows a labelled block, anything else stands where its only edge leads to it. What a
 * loop leads out to stands behind the loop, not in it. Every path ends with a jump, so that nothing runs on by accident.
 * A dispatch node is a loop around all that goes on by the number in `state`.
 */
export class StructuredText {
  readonly #flow: ControlFlow;
  readonly #text: NodeText;
  /** Nodes that stand behind a labelled block inside or behind what the index says. */
  readonly #within: number[][];
  readonly #behind: number[][];
  readonly #isLabelled: boolean[];

  constructor(flow: ControlFlow, text: NodeText) {
    this.#flow = flow;
    this.#text = text;
    this.#within = flow.nodes.map(() => []);
    this.#behind = flow.nodes.map(() => []);
    this.#isLabelled = [...flow.isMerge];
    for (let node = 1; node < flow.nodes.length; node++) {
      const loop = this.#loopLeft(node);
      if (loop >= 0) {
        this.#isLabelled[node] = true;
        this.#behind[loop].push(node);
      } else if (this.#isLabelled[node]) this.#within[flow.dominator[node]].push(node);
    }
  }

  /** The whole region, from its entry. */
  build(): string {
    return this.#tree(0);
  }

  /** Header of the outermost loop that has the node's dominator but not the node itself, or −1. */
  #loopLeft(node: number): number {
    const above = this.#flow.dominator[node];
    for (let header = 0; header <= above; header++) {
      const members = this.#flow.loops[header];
      if (members !== undefined && members.has(above) && !members.has(node)) return header;
    }
    return -1;
  }

  #tree(node: number): string {
    const inner = (): string => this.#labelled(this.#within[node], () => this.#own(node));
    if (this.#flow.loops[node] === undefined) return inner();
    return this.#labelled(this.#behind[node], () => `L${node}: for (;;) {\n${inner()}\n}`);
  }

  #own(node: number): string {
    const { nodes, targets } = this.#flow;
    if (nodes[node].end !== 'dispatch') return this.#text(node, (to) => this.#transfer(node, to));
    const [entry, ...others] = targets.map(({ order }) => this.#transfer(node, order));
    return `switch (state) {\n${others.map((text, i) => `case ${i + 1}: {\n${text}\n}`).join('\n')}\ndefault: {\n${entry}\n}\n}`;
  }

  /** `body`, with `nodes` (in reverse postorder) behind it, each reached by leaving a labelled block. */
  #labelled(nodes: readonly number[], body: () => string): string {
    // Text is made in reverse postorder: what comes first is made first.
    let text = body();
    for (const node of nodes) text = `B${node}: {\n${text}\n}\n${this.#tree(node)}`;
    return text;
  }

  #transfer(from: number, to: number): string {
    const { dispatched, nodes, targets } = this.#flow;
    if (dispatched.has(edgeKey(from, to))) return `state = ${targets.indexOf(nodes[to])}; continue L0;`;
    if (to <= from) return `continue L${to};`;
    return this.#isLabelled[to] ? `break B${to};` : this.#tree(to);
  }
}
