const MARKER = 'ringzero.error';

/** What an error may carry besides its message. */
export interface RingzeroErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base of every error that the host side of Ringzero throws on purpose.
 *
 * Guest exceptions are never errors: they are values in the processor state. A `RingzeroError` says that the API was
 * misused, that a configuration contradicts itself, or that a backend met a defect. Its message names the thing, the
 * value (addresses and registers in hexadecimal) and what was expected.
 *
 * | `code` | class | when |
 * |---|---|---|
 * | `configuration` | {@link ConfigurationError} | a machine cannot be made, or memory cannot be mapped, as asked |
 * | `state-access` | {@link StateAccessError} | an element is absent, or a value does not fit it |
 * | `unsupported-vtl` | {@link UnsupportedVtlError} | a VTL is named that the partition does not have |
 * | `vp-running` | {@link VpRunningError} | a stopped processor is needed |
 * | `inspect` | {@link InspectError} | no such path in the inspect tree, or the leaf is read-only |
 *
 * Use {@link RingzeroError.isInstance} rather than `instanceof`: it also holds across two copies of this package.
 */
export class RingzeroError extends Error {
  /** Stable and machine-readable: the same for every error of one kind, never translated. */
  readonly code: string;

  constructor(code: string, message: string, options: RingzeroErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    mark(this, MARKER);
    mark(this, `${MARKER}.${code}`);
  }

  /** Whether `value` is a {@link RingzeroError} of any kind, made by any copy of this package. */
  static isInstance(value: unknown): value is RingzeroError {
    return isMarked(value, MARKER);
  }
}

function mark(target: object, name: string): void {
  Object.defineProperty(target, Symbol.for(name), { value: true, enumerable: false });
}

function isMarked(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[Symbol.for(name)] === true;
}

function isOfCode(value: unknown, code: string): boolean {
  return isMarked(value, `${MARKER}.${code}`);
}

/** A configuration is malformed, contradicts itself, or asks for what the backend cannot give. */
export class ConfigurationError extends RingzeroError {
  constructor(message: string, options: RingzeroErrorOptions = {}) {
    super('configuration', message, options);
  }

  static override isInstance(value: unknown): value is ConfigurationError {
    return isOfCode(value, 'configuration');
  }
}

/** A state element could not be read or written: absent on this partition, or a value outside its type. */
export class StateAccessError extends RingzeroError {
  /** Name of the element in the state table. */
  readonly element: string;

  constructor(element: string, message: string, options: RingzeroErrorOptions = {}) {
    super('state-access', `state element ${element}: ${message}`, options);
    this.element = element;
  }

  static override isInstance(value: unknown): value is StateAccessError {
    return isOfCode(value, 'state-access');
  }
}

/** A VTL was named that this partition does not have. */
export class UnsupportedVtlError extends RingzeroError {
  readonly vtl: number;

  constructor(vtl: number, highest: number) {
    super('unsupported-vtl', `VTL ${vtl} is not supported by this partition: expected 0 to ${highest}`);
    this.vtl = vtl;
  }

  static override isInstance(value: unknown): value is UnsupportedVtlError {
    return isOfCode(value, 'unsupported-vtl');
  }
}

/** Something that needs a stopped processor was asked of a running one, or `runVp` was called twice at once. */
export class VpRunningError extends RingzeroError {
  readonly vpIndex: number;

  constructor(vpIndex: number, action: string) {
    super('vp-running', `processor ${vpIndex} is running: ${action} needs it to be stopped`);
    this.vpIndex = vpIndex;
  }

  static override isInstance(value: unknown): value is VpRunningError {
    return isOfCode(value, 'vp-running');
  }
}

/** A path of the inspect tree does not exist, or the leaf there refuses the update. */
export class InspectError extends RingzeroError {
  constructor(message: string, options: RingzeroErrorOptions = {}) {
    super('inspect', message, options);
  }

  static override isInstance(value: unknown): value is InspectError {
    return isOfCode(value, 'inspect');
  }
}
