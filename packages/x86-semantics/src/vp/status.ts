/** The access or instruction completed. */
export const STATUS_OK = 0;
/** A guest exception is recorded in the VP (`faultVector`, `faultError`); nothing of the instruction took effect. */
export const STATUS_FAULT = 1;
/** A device answered with a promise; the instruction is executed again when it settles (vp/io-gateway.ts). */
export const STATUS_SUSPEND = 2;
/** The instruction must be dispatched again at the same RIP (one chunk of a REP string instruction is done). */
export const STATUS_REPEAT = 3;
/** The instruction completed and wrote RIP itself (far transfer, task switch, IRET, exception entry). */
export const STATUS_BRANCHED = 4;
/** The processor shut down: an exception could not be delivered even as a double fault (vol. 3A §6.15, #DF). */
export const STATUS_SHUTDOWN = 5;
/**
 * The instruction must be executed alone, from the run loop: it touches a device, a watched page or code that is decoded.
 * Nothing of it took effect; with `vp.io.live` it goes through.
 */
export const STATUS_ALONE = 6;
