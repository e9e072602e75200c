import type { Codec, Json } from './codec.ts';
import { hexInteger, oneOf, optional, record, unsigned } from './codec.ts';
import type { PendingEvent } from './vp-values.ts';

type Exception = Extract<PendingEvent, { kind: 'exception' }>;
type ExternalInterrupt = Extract<PendingEvent, { kind: 'extInt' }>;

const exception = record<Exception>({ kind: oneOf('exception'), vector: unsigned(8), errorCode: optional(unsigned(32)), parameter: hexInteger(64) });
const externalInterrupt = record<ExternalInterrupt>({ kind: oneOf('extInt'), vector: unsigned(8) });

function isExternal(json: Json): boolean {
  return typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'extInt';
}

/** The pending event, told apart by its `kind`. */
export const pendingEvent: Codec<PendingEvent> = {
  encode: (value, at) => (value.kind === 'extInt' ? externalInterrupt.encode(value, at) : exception.encode(value, at)),
  decode: (json, at) => (isExternal(json) ? externalInterrupt.decode(json, at) : exception.decode(json, at)),
};
