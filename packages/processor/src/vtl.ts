/**
 * A virtual trust level. 0 is where an ordinary guest runs; 1 and 2 are more privileged levels of the same guest
 * (Hyper-V TLFS, "Virtual Secure Mode").
 *
 * A level is enabled by hypercall, entered by VTL call, interrupt or intercept, and left by VTL return; the highest
 * runnable level runs. Memory protection is per level.
 *
 * - Shared between levels: general registers but RSP, XCR0, CR2, DR0–DR3, x87 and SSE registers, MTRRs.
 * - Private to each: RIP, RSP, RFLAGS, segments and tables, CR0, CR3, CR4, CR8, EFER, DR6, DR7, the SYSENTER, STAR,
 *   LSTAR, CSTAR and SFMASK registers, KERNEL_GS_BASE, PAT, the APIC, the synthetic interrupt controller, the VP
 *   assist page, the hypercall page, and the activity state.
 */
export type Vtl = 0 | 1 | 2;

/** Every VTL, lowest first. */
export const VTLS: readonly Vtl[] = [0, 1, 2];
