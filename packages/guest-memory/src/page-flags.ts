/** Page flag: the guest may write it. */
export const PAGE_WRITABLE = 1;
/** Page flag: decoded instructions exist for bytes of it, so writes must be looked at. */
export const PAGE_CODE = 2;
/** Page flag: written, or open to writes, since somebody last looked (`clearDirty`, `DeviceMemory.takeDirty`). */
export const PAGE_DIRTY = 4;
/** Page flag: it was dirty when a display took its dirty pages; for who saves it is dirty still. */
export const PAGE_UNSAVED = 8;
