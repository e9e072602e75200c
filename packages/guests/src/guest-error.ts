const MARKER = Symbol.for('ringzero.guest-error');

/** What went wrong with a guest: no guest of that name, a tool that is missing, a download or its verification that failed. */
export type GuestErrorCode = 'unknown-guest' | 'invalid-option' | 'no-apt' | 'apt-failed' | 'bad-package' | 'cache-unusable' | 'no-compiler' | 'build-failed';

/** A guest cannot be provided. The message is one line for people. */
export class GuestError extends Error {
  readonly code: GuestErrorCode;

  constructor(code: GuestErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'GuestError';
    this.code = code;
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** True also for an error from another copy of this package. */
  static isInstance(value: unknown): value is GuestError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}
