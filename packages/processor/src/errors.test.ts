import { describe, expect, it } from 'vitest';
import { ConfigurationError, RingzeroError, StateAccessError, UnsupportedVtlError, VpRunningError } from './errors.ts';

describe('errors', () => {
  it('have a code, a name, a message and a cause', () => {
    const cause = new Error('below');
    const error = new StateAccessError('xcr', 'absent', { cause });
    expect(error).toMatchObject({ code: 'state-access', name: 'StateAccessError', element: 'xcr', cause });
    expect(error.message).toBe('state element xcr: absent');
    expect('cause' in new ConfigurationError('plain')).toBe(false);
  });

  it('are told apart by marker', () => {
    const error = new UnsupportedVtlError(2, 0);
    expect(UnsupportedVtlError.isInstance(error)).toBe(true);
    expect(RingzeroError.isInstance(error)).toBe(true);
    expect(VpRunningError.isInstance(error)).toBe(false);
    expect(RingzeroError.isInstance(new Error('plain'))).toBe(false);
    expect(RingzeroError.isInstance(undefined)).toBe(false);
    // As made by another copy of the package.
    expect(VpRunningError.isInstance({ [Symbol.for('ringzero.error.vp-running')]: true })).toBe(true);
    expect(new VpRunningError(3, 'reading state').message).toContain('processor 3');
  });
});
