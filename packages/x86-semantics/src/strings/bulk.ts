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
  let at = 0;
  for (; at + 4 <= bytes; at += 4) view.setInt32(to + at, view.getInt32(from + at, true), true);
  for (; at < bytes; at++) u8[to + at] = u8[from + at];
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
  let at = 0;
  for (; at + 4 <= bytes; at += 4) view.setInt32(to + at, pattern, true);
  // What is left are whole elements, with which the pattern begins anew.
  for (; at < bytes; at++) u8[to + at] = pattern >>> (8 * (at & 3));
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
    for (; done + 4 <= count; done += 4) if (hasZero(view.getInt32(at + done, true) ^ pattern)) break;
  }
  while (done < count) if ((u8[at + done++] === wanted) !== whileEqual) break;
  return done;
}

/** Whether one of the four bytes is zero: only then is there one whose decrement borrows although its highest bit is clear. */
function hasZero(bytes: number): boolean {
  return ((bytes - 0x1010101) & ~bytes & -0x7f7f7f80) !== 0;
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
  if (size === 1) return scanBytes(view, u8, at, count, wanted, whileEqual);
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
