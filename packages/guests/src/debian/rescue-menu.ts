/** Changes whenever the CD's content does, so that an old one in the cache is not used. */
export const RESCUE_REVISION = 1;

/** What shows that GRUB waits for commands. */
export const RESCUE_READY_TEXT = 'grub> ';

/**
 * Lines of a GRUB configuration that choose where it prints: the serial port, and the screen if there is one. Without a VGA its
 * port reads as ones, and firmware sends what is meant for the screen to the serial port as well: everything would come twice.
 */
export const GRUB_TERMINALS = `serial --unit=0 --speed=115200
inb -v vga 0x3cc
if [ "$vga" = ff ]; then
  terminal_input serial
  terminal_output serial
else
  terminal_input serial console
  terminal_output serial console
fi
`;

/** The CD's configuration: no menu but a prompt, with commands of its own. */
export const RESCUE_CONFIGURATION: string = `insmod iorw
${GRUB_TERMINALS}
function debian {
  linux /boot/vmlinuz console=tty0 console=ttyS0,115200 nokaslr cryptomgr.notests $*
  initrd /boot/initrd.img
  boot
}
function memtest {
  linux /boot/memtest.bin console=ttyS0,115200 $*
  boot
}
function disk {
  set root=(hd0)
  chainloader +1
  boot
}
`;
