/**
 * Writes src/generated/: one interpreter handler per form and shape, from the IR of x86-semantics.
 * `pnpm --filter @ringzero/backend-interpreter generate`; with a folder as argument it writes there (CI compares).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMS } from '@ringzero/x86';
import { analyze, createSemanticsTable, Emitter, InterpreterTarget, SEMANTICS_FAMILIES, SequenceTarget } from '@ringzero/x86-semantics';
import { generateHelpers } from './generate-helpers.ts';
import { generateSwitch } from './generate-switch.ts';
import { CONTEXT, HEADER, indent, PURE } from './generated-text.ts';
import { SEQUENCES } from './sequences.ts';

const SHAPES = [
  { name: '16r', operandSize: 16, isMemory: false },
  { name: '16m', operandSize: 16, isMemory: true },
  { name: '32r', operandSize: 32, isMemory: false },
  { name: '32m', operandSize: 32, isMemory: true },
] as const;

interface Generated {
  readonly text: string;
  readonly ends: boolean;
}

function handler(form: (typeof FORMS)[number], shape: (typeof SHAPES)[number], table: ReturnType<typeof createSemanticsTable>): Generated | undefined {
  // A ModRM operand that must be memory has no meaning in a register, and the other way round.
  if (!shapeExists(form.operands, shape.isMemory)) return undefined;
  const program = table.build(form, shape);
  if (program === undefined) return undefined;
  const body = new Emitter(new InterpreterTarget()).statements(program.statements);
  const { endsBlock } = analyze(program);
  return { text: endsBlock ? body : `${body}\nreturn op.next;`.trimStart(), ends: endsBlock };
}

/** One handler for a sequence of {@link SEQUENCES}: each instruction's text in a scope of its own, `op` the one that it is about. */
function sequenceHandler(sequence: string, table: ReturnType<typeof createSemanticsTable>): string {
  const emitter = new Emitter(new SequenceTarget());
  const parts = sequence.split(' ').map((element, i, all) => {
    const [name, memory] = element.split('.');
    const form = FORMS.find((candidate) => candidate.name === name);
    const program = form && table.build(form, { operandSize: 32, isMemory: memory === 'm' });
    if (program === undefined) throw new Error(`sequence ${sequence}: no handler for ${element}`);
    const { endsBlock } = analyze(program);
    const isLast = i === all.length - 1;
    if (endsBlock && !isLast) throw new Error(`sequence ${sequence}: ${element} ends a block`);
    const text = emitter.statements(program.statements);
    return `{\n${text}\n}${endsBlock ? '' : isLast ? '\nreturn op.next;' : '\nop = op.next;'}`;
  });
  return `    ['${sequence}', function ${sequence.replace(/[ .]/g, '_')}(op) {\n${indent(parts.join('\n'))}\n    }],`;
}

/** Sequences per file. */
const SEQUENCES_PER_FILE = 60;

function generateSequences(folder: string, table: ReturnType<typeof createSemanticsTable>): void {
  const calls: string[] = [];
  for (let first = 0; first < SEQUENCES.length; first += SEQUENCES_PER_FILE) {
    const number = first / SEQUENCES_PER_FILE + 1;
    const rows = SEQUENCES.slice(first, first + SEQUENCES_PER_FILE).map((sequence) => sequenceHandler(sequence, table));
    writeFileSync(join(folder, `sequences-${number}.ts`), file(rows.join('\n'), `Handlers of sequences, part ${number}.`, `sequences${number}`, 'SequenceRow'));
    calls.push(`sequences${number}`);
  }
  const lines = [HEADER + calls.map((name, i) => `import { ${name} } from './sequences-${i + 1}.ts';`).join('\n')];
  lines.push(`import type { HandlerContext, SequenceRow } from '../handlers/handler-context.ts';`, '', '/** Every handler of a sequence. */');
  lines.push('export function createSequences(context: HandlerContext): SequenceRow[] {', `  return [${calls.map((name) => `...${name}(context)`).join(', ')}];`, '}', '');
  writeFileSync(join(folder, 'sequences.ts'), lines.join('\n'));
}

/** A file with a function that makes `rows`. */
function file(rows: string, description: string, name: string, type: string): string {
  const pure = PURE.filter((each) => new RegExp(`\\b${each}\\(`).test(rows));
  const context = CONTEXT.filter((each) => new RegExp(`(?<![.'\\w])${each}\\b`).test(rows));
  const imports = [...(pure.length > 0 ? [`import { ${pure.join(', ')} } from '@ringzero/x86-semantics';`] : []), `import type { HandlerContext, ${type} } from '../handlers/handler-context.ts';`];
  return [HEADER + imports.join('\n'), '', `/** ${description} */`, `export function ${name}(context: HandlerContext): ${type}[] {`, `  const { ${context.join(', ')} } = context;`, '  return [', rows, '  ];', '}', ''].join('\n');
}

/** Memory-only codes (M, O) have no register shape; register-only ones (R, U, N) no memory shape; without either, both shapes are one. */
function shapeExists(operands: readonly string[], isMemory: boolean): boolean {
  const isMemoryOnly = operands.some((code) => /^[MO][a-z]*$/.test(code));
  const isRegisterOnly = operands.some((code) => /^[RUN][a-z]+$/.test(code));
  const isEither = operands.some((code) => /^[EWQ][a-z]+(32)?$/.test(code));
  if (isMemoryOnly) return isMemory;
  if (isRegisterOnly) return !isMemory;
  return isEither || !isMemory;
}

function generate(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const table = createSemanticsTable();
  const covered = new Set<string>();
  const transferring: string[] = [];
  const families: string[] = [];
  for (const family of SEMANTICS_FAMILIES) {
    const rows: string[] = [];
    const names = new Set(family.forms);
    for (const form of FORMS) {
      if (!names.has(form.name)) continue;
      covered.add(form.name);
      const byText = new Map<string, string[]>();
      for (const shape of SHAPES) {
        const generated = handler(form, shape, table);
        if (generated === undefined) continue;
        byText.set(generated.text, [...(byText.get(generated.text) ?? []), shape.name]);
        if (generated.ends && !transferring.includes(form.name)) transferring.push(form.name);
      }
      for (const [text, shapes] of byText) rows.push(`    ['${form.name}', '${shapes.join(' ')}', function ${form.name}(op) {\n${indent(text)}\n    }],`);
    }
    if (rows.length === 0) continue;
    families.push(family.name);
    writeFileSync(join(folder, `${family.name}.ts`), file(rows.join('\n'), `Handlers of the ${family.name} instructions.`, `${camel(family.name)}Handlers`, 'HandlerRow'));
  }
  generateSequences(folder, table);
  generateSwitch(folder, table);
  generateHelpers(folder);
  const missing = table.names().filter((name) => !covered.has(name));
  if (missing.length > 0) console.warn(`semantics without a form in the opcode map: ${missing.join(' ')}`);
  const index = [
    HEADER + families.map((name) => `import { ${camel(name)}Handlers } from './${name}.ts';`).join('\n'),
    `import type { HandlerContext, HandlerRow } from '../handlers/handler-context.ts';`,
    '',
    '/** Every generated handler. */',
    'export function createGeneratedHandlers(context: HandlerContext): HandlerRow[] {',
    `  return [${families.map((name) => `...${camel(name)}Handlers(context)`).join(', ')}];`,
    '}',
    '',
    '/** Forms whose handlers transfer control, and so end a block. */',
    `export const TRANSFERRING_FORMS: readonly string[] = [\n${transferring.map((name) => `  '${name}',`).join('\n')}\n];`,
    '',
  ];
  writeFileSync(join(folder, 'handlers.ts'), index.join('\n'));
  console.log(`${covered.size} forms in ${families.length} families to ${folder}`);
}

function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

generate(process.argv[2] ?? join(import.meta.dirname, '../src/generated'));
