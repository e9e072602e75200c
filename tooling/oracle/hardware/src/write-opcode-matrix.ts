/** `pnpm opcode-matrix`: writes docs/opcode-matrix.md. */
import { writeFileSync } from 'node:fs';
import { opcodeMatrix, PAGE } from './matrix/page.ts';

writeFileSync(PAGE, opcodeMatrix());
console.log(`wrote ${PAGE}`);
