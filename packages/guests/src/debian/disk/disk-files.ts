import { GRUB_TERMINALS } from '../rescue-menu.ts';

/** Changes whenever the disk's content does, so that an old one in the cache is not used. */
export const DISK_REVISION = 1;

/** The disk's size in bytes. The file has holes where nothing is. */
export const DISK_BYTES: number = 1024 * 1024 * 1024;
/** Where the only partition begins: before it there is room for GRUB. */
export const PARTITION_OFFSET: number = 1024 * 1024;

/** What shows that the shell is up. */
export const DISK_READY_TEXT = 'root@ringzero:~#';

/** What is installed besides the essential packages; a minus sign keeps an alternative out. */
// prettier-ignore
export const DISK_PACKAGES: readonly string[] = [
  'apt', 'sysvinit-core', 'initscripts', 'usr-is-merged', 'usrmerge-', 'kmod', 'procps',
  'python3', 'gcc', 'libc6-dev', 'make', 'nano', 'less',
  'grub-pc-bin', 'grub-common',
];

/** Modules of the kernel that the initial RAM disk loads, with what they depend on: both kinds of disk, the root's file system, and a source of random numbers, for which the system would else wait. */
// prettier-ignore
export const BOOT_MODULES: readonly string[] = [
  'crc32c_generic', 'virtio_pci', 'virtio_blk', 'virtio_rng', 'ata_piix', 'sd_mod', 'ext4',
];

/** Folders and files of the kernel's modules that the disk has besides. */
// prettier-ignore
export const DISK_MODULES: readonly string[] = [
  'arch', 'crypto', 'lib', 'fs/ext4', 'fs/jbd2', 'fs/isofs', 'fs/udf', 'fs/fat', 'fs/nls', 'fs/overlayfs', 'fs/squashfs', 'fs/9p', 'fs/fuse',
  'drivers/block', 'drivers/ata', 'drivers/cdrom', 'drivers/virtio', 'drivers/char', 'drivers/input', 'drivers/scsi/sd_mod.ko', 'drivers/scsi/sr_mod.ko',
  'drivers/scsi/sg.ko', 'drivers/scsi/scsi_mod.ko', 'drivers/scsi/scsi_common.ko', 'drivers/net/virtio_net.ko', 'drivers/net/net_failover.ko',
  'drivers/net/mii.ko', 'drivers/net/ethernet/8390', 'drivers/net/ethernet/realtek', 'drivers/net/ethernet/intel/e1000', 'net/core', 'net/9p', 'net/packet',
];

const INITTAB = `id:2:initdefault:
si::sysinit:/etc/init.d/rcS
~~:S:wait:/sbin/sulogin --force
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l6:6:wait:/etc/init.d/rc 6
ca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now
T0:2:respawn:/sbin/agetty --autologin root --keep-baud 115200 ttyS0 vt100
1:2:respawn:/sbin/agetty --autologin root --noclear tty1 linux
`;

const GRUB_MENU = `${GRUB_TERMINALS}set timeout=2
set default=0
menuentry 'Debian' {
  linux /boot/vmlinuz root=LABEL=debian console=tty0 console=ttyS0,115200 nokaslr cryptomgr.notests
  initrd /boot/initrd.img
}
`;

/** Text files of the disk that no package brings, by path. */
export function diskFiles(release: string): ReadonlyMap<string, string> {
  return new Map([
    ['etc/inittab', INITTAB],
    ['etc/fstab', 'LABEL=debian / ext4 errors=remount-ro 0 0\n'],
    ['etc/hostname', 'ringzero\n'],
    ['etc/hosts', '127.0.0.1 localhost ringzero\n'],
    ['etc/default/rcS', 'UTC=yes\nFSCKFIX=no\n'],
    ['etc/apt/sources.list', `deb http://deb.debian.org/debian ${release} main\ndeb http://deb.debian.org/debian-security ${release}-security main\n`],
    ['boot/grub/grub.cfg', GRUB_MENU],
  ]);
}

/** The program `init` of the initial RAM disk: finds the root and goes on there. */
export const DISK_INIT = `#!/bin/busybox sh
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs devtmpfs /dev
root=LABEL=debian init=/sbin/init
for word in $($busybox cat /proc/cmdline); do
  case $word in
    root=*) root=\${word#root=};;
    init=*) init=\${word#init=};;
  esac
done
while read -r module; do $busybox insmod /modules/$module; done < /modules/order
tries=0
while :; do
  case $root in
    *=*) device=$($busybox findfs $root 2>/dev/null);;
    *) device=$root;;
  esac
  [ -b "$device" ] && break
  tries=$((tries+1))
  if [ $tries -gt 100 ]; then
    echo "ringzero: no disk with root $root; a shell instead"
    exec $busybox setsid $busybox cttyhack $busybox sh
  fi
  $busybox usleep 100000
done
$busybox mount -t ext4 $device /new
for folder in dev proc sys; do $busybox mount --move /$folder /new/$folder; done
exec $busybox switch_root /new $init
`;
