import { ALIGNMENT } from './alignment.ts';
import { FAULTS } from './faults.ts';
import { SSE, X87 } from './floating-point.ts';
import { CRC, DIVIDE, ODDITIES, WIDE } from './integer.ts';
import { TIMER } from './interrupts.ts';
import { CALLS, SELF_MODIFYING, SORT } from './memory.ts';
import { PAGING } from './paging.ts';
import type { TestProgram } from './program.ts';
import { BRANCH_LIMITS, REAL_MODE } from './real-mode.ts';
import { SHARED_CODE } from './shared-code.ts';
import { SUPERVISOR_PAGES } from './supervisor-pages.ts';
import { USER_MODE } from './user-mode.ts';
import { XSAVE } from './xsave.ts';
import { VECTOR } from './vector.ts';

/** Every guest of the suite. */
export const PROGRAMS: readonly TestProgram[] = [CRC, WIDE, DIVIDE, ODDITIES, SORT, CALLS, SELF_MODIFYING, REAL_MODE, BRANCH_LIMITS, PAGING, SHARED_CODE, USER_MODE, SUPERVISOR_PAGES, FAULTS, ALIGNMENT, TIMER, X87, SSE, VECTOR, XSAVE];
