import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMS, FS } from '@ringzero/x86';
import { analyze, BUDGET, CASE_SHIFT, Emitter, MODE_USER, RIP, SEG_BASE, SEG_WRITE_LIMIT, SwitchTarget, TLB_USER, type createSemanticsTable } from '@ringzero/x86-semantics';
import { BRANCH, BRANCH_ENTRIES, BRANCH_HASH_SHIFT, BRANCH_SIZE, ROW, ROW_GS_SHIFT, ROW_SIZE } from '../src/blocks/row-layout.ts';
import { CONTEXT, HEADER, indent, PURE } from './generated-text.ts';
import { SWITCH_FORMS, SWITCH_PAIRS } from './switch-forms.ts';

/** A case of the dispatch switch. */
interface SwitchCase {
  readonly text: string;
  /** Whether it accesses a memory operand of its (first) instruction. */
  readonly hasOperand: boolean;
}

/** The case of one of {@link SWITCH_FORMS}, or of {@link SWITCH_PAIRS}. */
function switchCase(elements: string, number: number, table: ReturnType<typeof createSemanticsTable>): SwitchCase {
  const target = new SwitchTarget();
  const emitter = new Emitter(target);
  const all = elements.split(' ');
  const parts = all.map((element, i) => {
    const [name, memory] = element.split('.');
    const form = FORMS.find((candidate) => candidate.name === name);
    const program = form && table.build(form, { operandSize: 32, isMemory: memory === 'm' });
    if (program === undefined) throw new Error(`switch: no handler for ${element}`);
    const text = inRow(element, emitter.statements(program.statements));
    const { endsBlock } = analyze(program);
    if (text.includes(NEXT_IP) && !isLinking(text)) throw new Error(`switch: ${element} reads nextIp, which only rows with links have`);
    if (endsBlock && i < all.length - 1) throw new Error(`switch: ${element} ends a block`);
    target.goOn();
    const operands = i > 0 && /\bw\b/.test(text) ? `w = ${OPERANDS};\n` : '';
    return `${operands}${text}${endsBlock ? '' : i < all.length - 1 ? `\np = p + ${ROW_SIZE};\n` : `\npc = p + ${ROW_SIZE};\ncontinue;`}`;
  });
  // Cases share their variables: V8 gives each a register, and names those beyond the first hundred in twice the bytes.
  const text = parts.join('').replace(/\b(?:const|let) (?=\w+ =)/g, '');
  return { text: `case ${number}: {\n// ${elements}\n${text}\n}`, hasOperand: target.hasOperand };
}

/** Declares the variables that cases share. */
function sharedVariables(cases: readonly string[]): string {
  const names = new Set(cases.flatMap((text) => [...text.matchAll(/^\s*([qet]\d+) =/gm)].map(([, name]) => name)));
  return `let ${[...names].sort().map((name) => `${name} = 0`).join(', ')};`;
}

/** Elements of the row at `p`. */
const OPERANDS = `C[p + ${ROW.operands}]`;
const DISPLACEMENT = `C[p + ${ROW.displacement}]`;
const IMMEDIATE = `C[p + ${ROW.immediate}]`;
const NEXT_IP = `C[p + ${ROW.nextIp}]`;

/** A case's text, with the operation's fields from its row. */
function inRow(element: string, text: string): string {
  if (/\b(return|vp|fail|refuse)\b/.test(text)) throw new Error(`switch: ${element} does more than a case can`);
  const result = text.replaceAll('op.operands', 'w').replaceAll('op.displacement', DISPLACEMENT).replaceAll('op.immediate', IMMEDIATE).replaceAll('op.nextIp', NEXT_IP);
  if (/\bop\./.test(result)) throw new Error(`switch: ${element} needs more of its operation than its row has`);
  // Where it leads is in the same places.
  if (isLinking(result) && (/\b(w|ea)\b/.test(result) || result.includes(DISPLACEMENT) || result.includes(IMMEDIATE))) throw new Error(`switch: ${element} has operands, and goes on by links`);
  if (/\bbreak NEXT;/.test(result) && result.includes(NEXT_IP)) throw new Error(`switch: ${element} reads nextIp, and goes on by \`next\``);
  return result;
}

/**
 * What nearly every case needs, before the switch: registers of its operands, and the linear address of one in memory. It is in a flat
 * segment, or in FS or GS if nothing of that is beyond its limit; so it is in Linux's data of each processor, and of each thread.
 */
const OPERAND_OF_ROW = `w = ${OPERANDS};
ea = R[w >> 16 & 63] + (R[w >> 22 & 63] << (w >> 28 & 3)) + ${DISPLACEMENT} | 0;
if (w < 0) {
if (F[${SEG_WRITE_LIMIT + FS} + (w >> ${ROW_GS_SHIFT} & 1)] < ${0xffff_ffff}) break SLOW;
ea = ea + R[${SEG_BASE + 2 * FS} + (w >> ${ROW_GS_SHIFT - 1} & 2)] | 0;
}`;

function isLinking(text: string): boolean {
  return /\bbreak (TAKEN|NEXT);/.test(text);
}

/** Goes on by a link of the row, directly or through its gate; else as the operation's own link and its handler say. */
function follow(side: 'taken' | 'next', leave: string): string {
  const isTaken = side === 'taken';
  const [link, page, entry] = isTaken ? [ROW.taken, ROW.takenPage, ROW.takenEntry] : [ROW.next, ROW.nextPage, ROW.nextEntry];
  return `let to = C[p + ${link}];
if (to < 0 && TC[C[p + ${page}]] === C[p + ${entry}]) to = -to;
if (to > 0) {
const budget = R[${BUDGET}] - C[(to & mask) + ${ROW.count}] | 0;
if (budget >= 0) {
R[${BUDGET}] = budget;
pc = to;
break LINKED;
}
}
op = OPS[p >>> ${Math.log2(ROW_SIZE)}];
const { ${side} } = op;
if ((R[${BUDGET}] -= ${side}.count) < 0) op = ${leave}(op);
else op = ${side};
break MOVED;`;
}

/** Goes on with the block at `target`, where the table of computed branches has it; see `BranchTable`, and `find` in the transfers. */
const COMPUTED = `const at = ((target ^ target >>> ${BRANCH_HASH_SHIFT}) & ${BRANCH_ENTRIES - 1}) << ${Math.log2(BRANCH_SIZE)};
const { mode } = vp;
if (L[at + ${BRANCH.linear}] === target && L[at + ${BRANCH.mode}] === mode && TC[(target >>> 12) + ((mode & ${MODE_USER}) << ${Math.log2(TLB_USER / MODE_USER)})] === L[at + ${BRANCH.entry}]) {
const to = L[at + ${BRANCH.row}];
const budget = R[${BUDGET}] - C[(to & mask) + ${ROW.count}] | 0;
if (budget >= 0) {
R[${BUDGET}] = budget;
pc = to;
break LINKED;
}
}
op = indirect(exit, target);
break MOVED;`;

/** How control goes on behind a case; see `SwitchTarget`. */
const SWITCH_TAILS = `}
}
op = OPS[p >>> ${Math.log2(ROW_SIZE)}];
op = op.h(op);
break MOVED;
}
${follow('taken', 'leaveTaken')}
}
${COMPUTED}
}
${follow('next', 'leaveNext')}
}
pc = op.row;
if (op === exit) {
leftOver = left;
return op;
}
}
if (--left <= 0) {
leftOver = left;
return pc === 0 ? op : OPS[pc >>> ${Math.log2(ROW_SIZE)}];
}
}`;

/**
 * A way out of compiled code: what its handler does, as long as nobody wants to hear of it. Its `taken` is the block's last
 * operation, `immediate` counts how often it was taken, `addressMask` says how often that is its handler's affair.
 */
function linkedExit(side: 'taken' | 'next'): string {
  return `const { ${side} } = op.taken;
const budget = R[${BUDGET}] - ${side}.count | 0;
if (budget < 0 || op.immediate >= op.addressMask) break;
op.immediate = op.immediate + 1 | 0;
R[${BUDGET}] = budget;
op = ${side};
break MOVED;`;
}

/** The same of one that is computed; its handler looks at one in so many. */
const COMPUTED_EXIT = `if ((op.immediate + 1 & op.addressMask) === 0) break;
op.immediate = op.immediate + 1 | 0;
target = R[${RIP}];
break COMPUTED;`;

/** Cases that are no instructions, by name. All but the end of a block are of operations without rows. */
const SPECIAL_CASES: Readonly<Record<string, string>> = {
  gate: '',
  fallThrough: 'break NEXT;',
  exitTaken: linkedExit('taken'),
  exitNext: linkedExit('next'),
  exitComputed: COMPUTED_EXIT,
};

/** The case of the row that is nobody's: `op` is what to execute. */
function rowless(): string {
  const ways = Object.entries(SPECIAL_CASES).map(([name, text], i) => (name.startsWith('exit') ? `case ${i + 1}: {\n// ${name}\n${text}\n}` : ''));
  return `case 1: {\n// gate, ways out of compiled code, and all else that has no row\nswitch (op.switchCase) {\n${ways.filter(Boolean).join('\n')}\n}\nop = op.h(op);\nbreak MOVED;\n}`;
}

/** Writes the dispatch switch: a case for each of {@link SWITCH_FORMS} and {@link SWITCH_PAIRS}. */
export function generateSwitch(folder: string, table: ReturnType<typeof createSemanticsTable>): void {
  const special = Object.keys(SPECIAL_CASES);
  const fallThrough = special.indexOf('fallThrough') + 1;
  const instructions = SWITCH_FORMS.map((element, i) => switchCase(element, special.length + 1 + i, table));
  const firstPair = special.length + 1 + instructions.length;
  const pairs = SWITCH_PAIRS.map((elements, i) => switchCase(elements, firstPair + i, table));
  const texts = [...instructions, ...pairs].map(({ text }) => text);
  const cases = [rowless(), `case ${fallThrough}: {\n// fallThrough\n${SPECIAL_CASES.fallThrough}\n}`, ...texts];
  const those = (are: (one: SwitchCase) => boolean): number[] => instructions.flatMap((one, i) => (are(one) ? [special.length + 1 + i] : []));
  const linking = [fallThrough, ...those(({ text }) => isLinking(text))];
  const opening = ['let op = start;', 'let pc = op.row;', 'let left = most;', 'let target = 0;', 'let w = 0, ea = 0;', sharedVariables(texts), 'for (;;) {', 'let p = pc & mask;', 'LINKED: {', 'MOVED: {', 'NEXT: {', 'COMPUTED: {', 'TAKEN: {', 'SLOW: {', OPERAND_OF_ROW, `switch (C[p + ${ROW.case}]) {`];
  const body = [...opening, ...cases, SWITCH_TAILS].join('\n');
  const used = (names: readonly string[]): string[] => names.filter((each) => new RegExp(`(?<![.'\\w])${each}\\b`).test(body));
  const lines = [
    `${HEADER}import { ${used(PURE).join(', ')}, type Operation } from '@ringzero/x86-semantics';`,
    `import type { DispatchSwitch, SwitchContext } from '../handlers/handler-context.ts';`,
    '',
    '/** What has a case, in their order: the gate between pages, the end of a block that goes on, ways out of compiled code, then instructions. */',
    `export const SWITCH_CASES: readonly string[] = [\n${[...Object.keys(SPECIAL_CASES), ...SWITCH_FORMS].map((name) => `  '${name}',`).join('\n')}\n];`,
    '',
    '/** Cases that go on by links. */',
    `export const LINKING_CASES: readonly number[] = [${linking.join(', ')}];`,
    '',
    '/** Cases of instructions that access their memory operand. */',
    `export const OPERAND_CASES: readonly number[] = [${those(({ hasOperand }) => hasOperand).join(', ')}];`,
    '',
    '/** Cases of pairs, behind those: of two of them, the second behind the first in a block. */',
    `export const SWITCH_PAIRS: readonly string[] = [\n${SWITCH_PAIRS.map((name) => `  '${name}',`).join('\n')}\n];`,
    '',
    '/** The dispatch loop that executes frequent instructions itself. */',
    'export function createSwitch(context: SwitchContext): DispatchSwitch {',
    `  const { ${used([...CONTEXT, 'TC', 'L', 'C', 'OPS', 'mask', 'exit']).join(', ')} } = context;`,
    '  let leftOver = 0;',
    '  function dispatchSwitch(start: Operation, most: number): Operation {',
    indent(body, 2),
    '  }',
    '  return { run: dispatchSwitch, leftOver: () => leftOver };',
    '}',
    '',
  ];
  writeFileSync(join(folder, 'dispatch-switch.ts'), lines.join('\n').replace('op.switchCase', `op.numbers >> ${CASE_SHIFT}`));
}
