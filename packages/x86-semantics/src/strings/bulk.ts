/*
 * Runs of string instructions over bytes of the buffer. Most are short, a few doublewords or a name: calls of the host's own
 * functions pay only from a hundred bytes on.
 */

/** Bytes up to which our own loops are faster than a call of the host's. */
const SHORT = 128;

/** One element of `size` bytes. */
export function elementAt(view: DataView, offset: number, size: number): number {
  return size === 4 ? view.getInt32(offset, true) : size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
}

/** Copies so that overlapping bytes are read before they are written. */
export function copy(view: DataView, u8: Uint8Array, from: number, to: number, bytes: number): void {
  if (bytes > SHORT || (to > from && to - from < bytes)) {
    u8.copyWithin(to, from, from + bytes);
    return;
  }
  if (bytes < 4) {
    for (let at = 0; at < bytes; at++) u8[to + at] = u8[from + at];
    return;
  }
  // The last ones overlap those before, rather than that the host has to guess how many single bytes are left.
  const end = bytes - 4;
  const last = view.getInt32(from + end, true);
  for (let at = 0; at < end; at += 4) view.setInt32(to + at, view.getInt32(from + at, true), true);
  view.setInt32(to + end, last, true);
}

/** `value` in each byte, or each pair of bytes, of 32 bits. */
function repeated(value: number, size: number): number {
  return size === 4 ? value : size === 2 ? Math.imul(value & 0xffff, 0x10001) : Math.imul(value & 0xff, 0x1010101);
}

/** STOS: elements of `size` bytes, `bytes` altogether. */
export function fill(view: DataView, u8: Uint8Array, to: number, bytes: number, value: number, size: number): void {
  const pattern = repeated(value, size);
  if (bytes > SHORT && pattern === repeated(pattern, 1)) {
    u8.fill(pattern & 0xff, to, to + bytes);
    return;
  }
  if (bytes < 4) {
    for (let at = 0; at < bytes; at++) u8[to + at] = pattern >>> (8 * at);
    return;
  }
  // The last ones are whole elements, with which the pattern begins anew.
  const end = bytes - 4;
  for (let at = 0; at < end; at += 4) view.setInt32(to + at, pattern, true);
  view.setInt32(to + end, pattern, true);
}

/*
 * Scans for REPE and REPNE, a size each, so that V8 sees one kind of access in each loop. They return the number of elements
 * looked at: up to and with the one that ends the repetition, or `count`.
 */

function scanBytes(view: DataView, u8: Uint8Array, at: number, count: number, wanted: number, whileEqual: boolean): number {
  let done = 0;
  if (!whileEqual) {
    if (count > SHORT) {
      const found = u8.subarray(at, at + count).indexOf(wanted);
      return found < 0 ? count : found + 1;
    }
    const pattern = repeated(wanted, 1);
    for (; done + 4 <= count; done += 4) {
      const zeros = zerosOf(view.getInt32(at + done, true) ^ pattern);
      // The lowest: those above may be there for a borrow.
      if (zeros !== 0) return done + ((39 - Math.clz32(zeros & -zeros)) >>> 3);
    }
  }
  while (done < count) if ((u8[at + done++] === wanted) !== whileEqual) break;
  return done;
}

/** The highest bits of bytes that are zero, and perhaps of others above the first that is: only there is a byte whose decrement borrows although its highest bit is clear. */
function zerosOf(bytes: number): number {
  return (bytes - 0x1010101) & ~bytes & -0x7f7f7f80;
}

function scanWords(view: DataView, at: number, count: number, wanted: number, whileEqual: boolean): number {
  let done = 0;
  while (done < count) if ((view.getUint16(at + 2 * done++, true) === wanted) !== whileEqual) break;
  return done;
}

function scanDoublewords(view: DataView, at: number, count: number, wanted: number, whileEqual: boolean): number {
  let done = 0;
  if (whileEqual) for (; done + 4 <= count && areDoublewords(view, at + 4 * done, wanted); done += 4);
  while (done < count) if ((view.getInt32(at + 4 * done++, true) === wanted) !== whileEqual) break;
  return done;
}

/** Whether four doublewords are all the one that is wanted. */
function areDoublewords(view: DataView, at: number, wanted: number): boolean {
  return ((view.getInt32(at, true) ^ wanted) | (view.getInt32(at + 4, true) ^ wanted) | (view.getInt32(at + 8, true) ^ wanted) | (view.getInt32(at + 12, true) ^ wanted)) === 0;
}

/** SCAS: `wanted` has the element's bits alone. */
export function scan(view: DataView, u8: Uint8Array, at: number, size: number, count: number, wanted: number, whileEqual: boolean): number {
  if (size === 1) return scanBytes(view, u8, at, count, wanted, whileEqual);
  return size === 2 ? scanWords(view, at, count, wanted, whileEqual) : scanDoublewords(view, at, count, wanted, whileEqual);
}

/** Bytes that are equal at two places, at most `bytes`, by doublewords and then one by one. */
function equalBytes(view: DataView, u8: Uint8Array, left: number, right: number, bytes: number): number {
  let done = 0;
  while (done + 8 <= bytes && ((view.getInt32(left + done, true) ^ view.getInt32(right + done, true)) | (view.getInt32(left + done + 4, true) ^ view.getInt32(right + done + 4, true))) === 0) done += 8;
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
