; Two processors: the first starts the second, then sends it an interrupt and waits for its own timer of 10 ms, 3,000 times; the
; second waits between the interrupts. Debug exit at port F4h. Assembled for two-processors.test.ts: nasm -f bin
bits 16
org 0x7c00
bsp:
 cli
 xor ax,ax
 mov ds,ax
 lgdt [gdtr]
 lidt [idtr]
 mov eax,cr0
 or al,1
 mov cr0,eax
 jmp 8:bsp32
bits 32
bsp32:
 mov ax,16
 mov ds,ax
 mov es,ax
 mov ss,ax
 mov esp,0x7000
 ; copy trampoline to 0x8000
 mov esi,tramp
 mov edi,0x8000
 mov ecx,trend-tramp
 cld
 rep movsb
 ; IDT at 0x9000 entries
 mov eax,h41
 mov edi,0x9000+0x41*8
 call setg
 mov eax,h42
 mov edi,0x9000+0x42*8
 call setg
 mov ebx,0xfee00000
 mov dword [ebx+0xf0],0x1ff
 mov dword [ebx+0x310],0x01000000
 mov dword [ebx+0x300],0x4500
 mov ecx,2000
.d: loop .d
 mov dword [ebx+0x310],0x01000000
 mov dword [ebx+0x300],0x4608
.w: pause
 cmp dword [0x620],1
 jne .w
 mov dword [ebx+0x3e0],0xb
 mov dword [ebx+0x320],0x20042
 mov dword [ebx+0x380],1000000
 mov esi,3000
.l:
 rdtsc
 mov [0x610],eax
 mov dword [ebx+0x310],0x01000000
 mov dword [ebx+0x300],0x4041
 sti
 hlt
 cli
 dec esi
 jnz .l
 rdtsc
 mov [0x614],eax
 mov [0x618],edx
 mov al,1
 out 0xf4,al
 jmp $
setg:
 mov [edi],ax
 mov word [edi+2],8
 mov word [edi+4],0x8e00
 shr eax,16
 mov [edi+6],ax
 ret
h41:
 push eax
 push edx
 rdtsc
 sub eax,[0x610]
 inc dword [0x600]
 add [0x608],eax
 cmp eax,[0x604]
 jbe .n
 mov [0x604],eax
.n:
 cmp eax,100000
 jb .m
 inc dword [0x60c]
.m:
 mov eax,0xfee000b0
 mov dword [eax],0
 pop edx
 pop eax
 iret
h42:
 push eax
 mov eax,0xfee000b0
 mov dword [eax],0
 pop eax
 iret
ap32:
 mov ax,16
 mov ds,ax
 mov es,ax
 mov ss,ax
 mov esp,0x6000
 mov ebx,0xfee00000
 mov dword [ebx+0xf0],0x1ff
 mov dword [0x620],1
.h: sti
 hlt
 jmp .h
bits 16
tramp:
 cli
 xor ax,ax
 mov ds,ax
 lgdt [gdtr]
 lidt [idtr]
 mov eax,cr0
 or al,1
 mov cr0,eax
 jmp dword 8:ap32
trend:
align 8
gdt: dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr: dw 23
 dd gdt
idtr: dw 0x7ff
 dd 0x9000
