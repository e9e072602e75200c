/*
 * Scans for REPE and REPNE, a size each, so that V8 sees one kind of access in each loop. They return the number of elements
 * looked at: up to and with the one that ends the repetition, or `count`.
 */

/** Bytes from which the host's search pays for its call. */
const LONG = 32;

function scanBytes(u8: Uint8Array, at: number, count: number, wanted: number, whileEqual: boolean): number {
  if (!whileEqual && count >= LONG) {
    const found = u8.subarray(at, at + count).indexOf(wanted);
    return found < 0 ? count : found + 1;
  }
  let done = 0;
  while (done < count) if ((u8[at + done++] === wanted) !== whileEqual) break;
  return done;
}

function scanWords(view: DataView, at: number, count: number, wanted: number, whileEqual: boolean): number {
  let done = 0;
  while (done < count) if ((view.getUint16(at + 2 * done++, true) === wanted) !== whileEqual) break;
  return done;
}

function scanDoublewords(view: DataView, at: number, count: number, wanted: number, whileEqual: boolean): number {
  let done = 0;
  while (done < count) if ((view.getInt32(at + 4 * done++, true) === wanted) !== whileEqual) break;
  return done;
}

/** SCAS: `wanted` has the element's bits alone. */
export function scan(view: DataView, u8: Uint8Array, at: number, size: number, count: number, wanted: number, whileEqual: boolean): number {
  if (size === 1) return scanBytes(u8, at, count, wanted, whileEqual);
  return size === 2 ? scanWords(view, at, count, wanted, whileEqual) : scanDoublewords(view, at, count, wanted, whileEqual);
}

/** Bytes that are equal at two places, at most `bytes`, by doublewords and then one by one. */
function equalBytes(view: DataView, u8: Uint8Array, left: number, right: number, bytes: number): number {
  let done = 0;
  while (done + 4 <= bytes && view.getInt32(left + done, true) === view.getInt32(right + done, true)) done += 4;
  while (done < bytes && u8[left + done] === u8[right + done]) done++;
  return done;
}

/** CMPS. */
export function compare(view: DataView, u8: Uint8Array, left: number, right: number, size: number, count: number, whileEqual: boolean): number {
  if (whileEqual) return Math.min(count, Math.floor(equalBytes(view, u8, left, right, size * count) / size) + 1);
  let done = 0;
  while (done < count) {
    const at = size * done++;
    if (size === 1 ? u8[left + at] === u8[right + at] : size === 2 ? view.getInt16(left + at, true) === view.getInt16(right + at, true) : view.getInt32(left + at, true) === view.getInt32(right + at, true)) break;
  }
  return done;
}
