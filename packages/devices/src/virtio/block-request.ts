import { SECTOR_BYTES } from '../block/block-backend.ts';
import type { Chain } from './chain.ts';

/** What a request asks for (virtio 1.2 §5.2.6). */
export type BlockRequest =
  | { readonly kind: 'read' | 'write'; readonly offset: number; readonly length: number }
  | { readonly kind: 'zeroes'; readonly offset: number; readonly length: number }
  | { readonly kind: 'flush' | 'id' }
  /** It cannot be done; `reason` is for the log. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export const STATUS_OK = 0;
export const STATUS_IO_ERROR = 1;
export const STATUS_UNSUPPORTED = 2;
/** Bytes that a request may move. */
export const MOST_REQUEST_BYTES: number = 1 << 20;
/** Most sectors of a request to write zeroes. */
export const MOST_ZERO_SECTORS: number = MOST_REQUEST_BYTES / SECTOR_BYTES;
export const ID_BYTES = 20;
/** Type, reserved, sector: a request's data follows. */
export const BLOCK_HEADER_BYTES = 16;

const TYPE_READ = 0;
const TYPE_WRITE = 1;
const TYPE_FLUSH = 4;
const TYPE_ID = 8;
const TYPE_WRITE_ZEROES = 13;
const RANGE_BYTES = 16;
const RANGE_UNMAP = 1;

export interface BlockLimits {
  readonly byteLength: number;
  readonly isReadOnly: boolean;
}

/** Reads a request. Undefined where the buffer has no room for a header or a status: nothing can be answered. */
export function parseBlockRequest(chain: Chain, limits: BlockLimits): BlockRequest | undefined {
  if (chain.readableBytes < BLOCK_HEADER_BYTES || chain.writableBytes < 1) return undefined;
  const header = viewOf(chain.read(0, BLOCK_HEADER_BYTES));
  const type = header.getUint32(0, true);
  // Beyond 2^53 the number is not exact, and out of range.
  const sector = header.getUint32(8, true) + header.getUint32(12, true) * 2 ** 32;
  switch (type) {
    case TYPE_READ:
      return transfer('read', sector, chain.writableBytes - 1, limits);
    case TYPE_WRITE:
      return transfer('write', sector, chain.readableBytes - BLOCK_HEADER_BYTES, limits);
    case TYPE_FLUSH:
      return { kind: 'flush' };
    case TYPE_ID:
      return { kind: 'id' };
    case TYPE_WRITE_ZEROES:
      return zeroes(chain, limits);
    default:
      return { kind: 'refused', status: STATUS_UNSUPPORTED, reason: `request type ${type} is unknown` };
  }
}

function transfer(kind: 'read' | 'write' | 'zeroes', sector: number, length: number, limits: BlockLimits): BlockRequest {
  const offset = sector * SECTOR_BYTES;
  if (kind !== 'read' && limits.isReadOnly) return refuse(`a write at sector ${sector} of a read-only disk`);
  if (length % SECTOR_BYTES !== 0) return refuse(`${length} bytes at sector ${sector}: expected whole sectors`);
  if (length > MOST_REQUEST_BYTES) return refuse(`${length} bytes at sector ${sector}: expected ${MOST_REQUEST_BYTES} at most`);
  if (offset + length > limits.byteLength) return refuse(`${length} bytes at sector ${sector} are beyond the disk's ${limits.byteLength} bytes`);
  return { kind, offset, length };
}

/** One range at a time, as the configuration space says. */
function zeroes(chain: Chain, limits: BlockLimits): BlockRequest {
  const bytes = chain.readableBytes - BLOCK_HEADER_BYTES;
  if (bytes !== RANGE_BYTES) return { kind: 'refused', status: STATUS_UNSUPPORTED, reason: `${bytes} bytes of ranges to fill with zeroes: expected ${RANGE_BYTES}` };
  const range = viewOf(chain.read(BLOCK_HEADER_BYTES, RANGE_BYTES));
  const sectors = range.getUint32(8, true);
  if ((range.getUint32(12, true) & ~RANGE_UNMAP) !== 0 || sectors > MOST_ZERO_SECTORS) {
    return { kind: 'refused', status: STATUS_UNSUPPORTED, reason: `zeroes for ${sectors} sectors with flags ${range.getUint32(12, true)}: expected ${MOST_ZERO_SECTORS} at most and no flag but unmap` };
  }
  return transfer('zeroes', range.getUint32(0, true) + range.getUint32(4, true) * 2 ** 32, sectors * SECTOR_BYTES, limits);
}

function refuse(reason: string): BlockRequest {
  return { kind: 'refused', status: STATUS_IO_ERROR, reason };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
