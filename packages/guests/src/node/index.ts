export { listGuests } from '../embedded.ts';
export type { BootSource, GuestInfo, GuestOptions } from '../boot-source.ts';
export { GuestError } from '../guest-error.ts';
export { fetchDebian } from './debian.ts';
export type { DebianFiles, FetchDebianOptions } from './debian.ts';
export { fetchSeabios } from './firmware.ts';
export type { Firmware } from './firmware.ts';
export { resolveGuest } from './resolve-guest.ts';
export type { ResolveGuestOptions } from './resolve-guest.ts';
