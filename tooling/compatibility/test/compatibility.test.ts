import { readFileSync } from 'node:fs';
import { listGuests } from '@ringzero/guests';
import { BUILT_IN_DEVICE_TYPES } from '@ringzero/machine';
import { describe, expect, it } from 'vitest';
import { CHECKS, ENGINES, WAYS } from '../src/checks.ts';
import { readPasses, renderTables, TABLES, updatePasses } from '../src/results.ts';
import { runCheck } from '../src/run-check.ts';

describe('the checks', () => {
  it('are one for each guest of the catalogue, and name devices that there are', () => {
    expect(CHECKS.filter((check) => !WAYS.includes(check)).map(({ guest }) => guest).sort()).toEqual(listGuests().map(({ name }) => name).sort());
    const types = BUILT_IN_DEVICE_TYPES.map(({ type }) => type);
    for (const { devices } of CHECKS) for (const type of devices) expect(types).toContain(type);
  });

  it('have as their table what docs/compatibility.md says (else run: pnpm compatibility)', () => {
    expect(readFileSync(TABLES, 'utf8')).toBe(renderTables(readPasses()));
  });

  it('take back what does not pass any more', () => {
    const passes = updatePasses({ monitor: { jit: '2026-01-01', interpreter: '2026-01-01' } }, [{ guest: 'monitor', engine: 'jit', seconds: 1, problem: 'ended with status 3' }], '2026-01-02');
    expect(passes).toEqual({ monitor: { interpreter: '2026-01-01' } });
  });

  const short = CHECKS.filter(({ isLong }) => !isLong);
  for (const check of short) {
    // Longer than the check's own limit, which says what did not come.
    it.each(ENGINES)(`${check.guest} on the %s: ${check.shows}`, { timeout: (check.patience + 60) * 1000 }, async (engine) => {
      expect(await runCheck(check, engine)).not.toHaveProperty('problem');
      expect(readPasses()[check.guest], 'docs/compatibility.md says that it was not seen; run pnpm compatibility').toHaveProperty(engine);
    });
  }

  it('see a guest that answers otherwise', async () => {
    // It powers off, so that nobody waits for what never comes.
    const wrong = { ...short[0]!, steps: [{ await: '> ', type: 'cpuid' }, { await: '> ', type: 'poweroff' }, { await: 'AuthenticAMD' }] };
    expect((await runCheck(wrong, 'jit')).problem).toMatch(/^"AuthenticAMD" did not come; last: /);
  });
});
