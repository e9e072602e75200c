/** What the user asked for cannot be done as asked: one line, and exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
