# Multiboot header, entry point, interrupt stubs, and the few things C cannot say.
# Every guest starts here: 32-bit protected mode, paging off (Multiboot 0.6.96 §3.2).
        .intel_syntax noprefix

        .set MULTIBOOT_MAGIC, 0x1BADB002
        .set MULTIBOOT_FLAGS, 0x3               # align modules, give memory information

        .section .multiboot, "a"
        .align 4
        .long MULTIBOOT_MAGIC
        .long MULTIBOOT_FLAGS
        .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        .section .text
        .globl _start
_start:
        cld
        mov     esp, offset boot_stack_top
        push    0                               # EFLAGS: interrupts off
        popfd
        sub     esp, 8                          # the compiler expects 16-byte alignment at calls
        push    ebx                             # multiboot information
        push    eax                             # loader's magic
        call    boot_main
halt_forever:
        cli
        hlt
        jmp     halt_forever

# One 16-byte stub per vector: isr_stubs + 16 * vector. Vectors to which the CPU
# pushes an error code (SDM vol. 3A table 6-1) push none of their own.
        .align  16
        .globl  isr_stubs
isr_stubs:
        .set    vector, 0
        .rept   0x82
        .align  16
        .if     (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
        .else
        push    0
        .endif
        push    vector
        jmp     isr_common
        .set    vector, vector + 1
        .endr

# Saves a struct frame, runs trap_dispatch(frame), and resumes the frame it returns:
# a scheduler switches tasks by returning another task's frame.
        .align  16
isr_common:
        pushad
        push    ds
        push    es
        mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        cld
        push    esp
        call    trap_dispatch
        mov     esp, eax
        .globl  isr_return
isr_return:
        pop     es
        pop     ds
        popad
        add     esp, 8
        iretd

# void load_tables(const void *gdtr, const void *idtr)
        .globl  load_tables
load_tables:
        mov     eax, [esp + 4]
        lgdt    [eax]
        mov     eax, [esp + 8]
        lidt    [eax]
        mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     0x08:1f
1:      mov     eax, 0x28
        ltr     ax
        ret

# int run_guarded(void (*function)(void)): 0 if the function returned,
# 1 if it raised an exception (the dispatcher resumes at guard_landing).
        .globl  run_guarded
run_guarded:
        mov     eax, [esp + 4]
        push    ebp
        push    ebx
        push    esi
        push    edi
        mov     guard_stack, esp
        call    eax
        xor     eax, eax
        jmp     1f
        .globl  guard_landing
guard_landing:
        mov     esp, guard_stack
        mov     eax, 1
1:      mov     dword ptr guard_stack, 0
        pop     edi
        pop     esi
        pop     ebx
        pop     ebp
        ret

        .section .bss
        .globl  guard_stack
        .align  4
guard_stack:
        .skip   4
        .align  16
        .skip   16384
        .globl  boot_stack_top
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
