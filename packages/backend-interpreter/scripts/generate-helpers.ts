import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHelpers, type Helpers } from '@ringzero/x86-semantics';
import { HEADER } from './generated-text.ts';

/** How a handler goes on behind a helper that has completed its instruction. What may have changed translations makes the next one be fetched anew. */
const GOES_ON = 'return goesOn(op) ? goOn(op) : leave(op);';
const FETCHES = 'return goesOn(op) ? indirect(op, op.nextIp) : leave(op);';

function handler(name: string, { continues, repeats }: Helpers): string {
  if (repeats.has(name) && !continues.has(name)) throw new Error(`${name} is repeated, and may change translations`);
  const lines = [
    `function ${name}Helper(op) {`,
    `  const status = ${name}(vp, op);`,
    '  if (status !== STATUS_OK) return otherwise(op, status);',
    ...(repeats.has(name) ? ['  endRepetition();'] : []),
    `  ${continues.has(name) ? GOES_ON : FETCHES}`,
    '}',
  ];
  return `    ['${name}', ALL_SHAPES, ${lines.join('\n    ')}],`;
}

/** Writes handlers of helpers, each a function of its own: of one that is given its helper, V8 would not know what it calls. */
export function generateHelpers(folder: string): void {
  const helpers = createHelpers();
  const names = Object.keys(helpers.run);
  const text = [
    `${HEADER}import { STATUS_OK, type Helpers } from '@ringzero/x86-semantics';`,
    "import { ALL_SHAPES, type HandlerRow, type HelperContext } from '../handlers/handler-context.ts';",
    '',
    '/** Handlers of helpers: each runs one, and leaves for the run loop whenever something there must be looked at. */',
    "export function createHelperRows(run: Helpers['run'], context: HelperContext): HandlerRow[] {",
    '  const { vp, goesOn, goOn, leave, otherwise, endRepetition, indirect } = context;',
    `  const { ${names.join(', ')} } = run;`,
    '  return [',
    ...names.map((name) => handler(name, helpers)),
    '  ];',
    '}',
    '',
  ];
  writeFileSync(join(folder, 'helpers.ts'), text.join('\n'));
}
