import { RingzeroError } from '@ringzero/processor';

/** Files by name. */
export type FwCfgFiles = ReadonlyMap<string, Uint8Array>;

/** Selector of the directory. */
export const FW_CFG_FILE_DIRECTORY = 0x19;

const FIRST_FILE = 0x20;
/** Bit 14 of a selector has another meaning. */
const MOST_FILES = 0x4000 - FIRST_FILE;
const COUNT_BYTES = 4;
const ENTRY_BYTES = 64;
const NAME_OFFSET = 8;
const NAME_BYTES = 56;

/** The items that files are: each under a selector of its own in the order of their names, and the directory of big-endian entries. */
export function fileItems(files: FwCfgFiles): Map<number, Uint8Array> {
  if (files.size > MOST_FILES) throw new RingzeroError('fw-cfg-file', `${files.size} firmware files: expected ${MOST_FILES} at most`);
  const directory = new Uint8Array(COUNT_BYTES + ENTRY_BYTES * files.size);
  const view = new DataView(directory.buffer);
  const items = new Map<number, Uint8Array>([[FW_CFG_FILE_DIRECTORY, directory]]);
  view.setUint32(0, files.size);
  [...files].sort(([a], [b]) => (a < b ? -1 : 1)).forEach(([name, content], index) => {
    // A zero byte must follow it.
    if (!/^[\x21-\x7e]+$/.test(name) || name.length >= NAME_BYTES) {
      throw new RingzeroError('fw-cfg-file', `firmware file "${name}": expected a name of 1 to ${NAME_BYTES - 1} ASCII characters`);
    }
    const at = COUNT_BYTES + ENTRY_BYTES * index;
    view.setUint32(at, content.length);
    view.setUint16(at + 4, FIRST_FILE + index);
    directory.set(Array.from(name, (letter) => letter.charCodeAt(0)), at + NAME_OFFSET);
    items.set(FIRST_FILE + index, content);
  });
  return items;
}
