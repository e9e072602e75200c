/**
 * Builds the disk's root file system and image. Runs with root's rights, or as root of a user namespace, on a host that can execute
 * i386 programs. Takes from the environment: ARCHIVES (folder of packages), ROOT (to be made), KERNEL (the unpacked kernel package),
 * MODULES (what of its modules to take), VERSION, OVERLAY (files to lay over), IMAGE, IMAGE_BYTES and PARTITION_OFFSET. Steps go to
 * descriptor 3.
 *
 * Packages are unpacked before dpkg runs, because its maintainer scripts need a system to run in; dpkg then installs them properly.
 */
export const DISK_BUILD_SCRIPT = `set -eu
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
umask 022
step() { echo "step:$1" >&3; }
release() {
  umount "$ROOT/proc" "$ROOT/dev/null" "$ROOT/dev/zero" "$ROOT/dev/urandom" 2>/dev/null || :
}
# Files of a namespace's users can be removed in it alone.
trap 'release; rm -rf "$ROOT"' EXIT

step 'unpacking packages'
mkdir -p "$ROOT/usr/bin" "$ROOT/usr/sbin" "$ROOT/usr/lib" "$ROOT/dev" "$ROOT/packages"
for folder in bin sbin lib; do ln -s usr/$folder "$ROOT/$folder"; done
for archive in "$ARCHIVES"/*.deb; do
  dpkg-deb --fsys-tarfile "$archive" | tar -x -p --keep-directory-symlink -C "$ROOT"
  cp "$archive" "$ROOT/packages"
done
mkdir -p "$ROOT/var/lib/dpkg/info" "$ROOT/var/lib/dpkg/updates" "$ROOT/var/lib/dpkg/triggers" "$ROOT/var/lib/dpkg/alternatives"
: > "$ROOT/var/lib/dpkg/status"
: > "$ROOT/var/lib/dpkg/available"
ln -sf mawk "$ROOT/usr/bin/awk"
# No service is started while it is installed.
printf '#!/bin/sh\\nexit 101\\n' > "$ROOT/usr/sbin/policy-rc.d"
chmod 755 "$ROOT/usr/sbin/policy-rc.d"
for device in null zero urandom; do
  : > "$ROOT/dev/$device"
  mount --bind /dev/$device "$ROOT/dev/$device"
done
mkdir -p "$ROOT/proc"
mount -t proc proc "$ROOT/proc" || mount --bind /proc "$ROOT/proc"

step 'installing packages'
chroot "$ROOT" /bin/sh -c '
  set -e
  cd /packages
  dpkg --force-unsafe-io --force-depends --install base-passwd_*.deb
  dpkg --force-unsafe-io --force-depends --install base-files_*.deb
  dpkg --force-unsafe-io --force-depends --unpack *.deb
  dpkg --force-unsafe-io --configure -a
  passwd --delete root
'
rm -r "$ROOT/packages" "$ROOT/usr/sbin/policy-rc.d"

step 'kernel and boot loader'
modules=lib/modules/$VERSION
for path in $MODULES; do
  [ -e "$KERNEL/$modules/kernel/$path" ] || continue
  mkdir -p "$ROOT/$modules/kernel/$(dirname "$path")"
  cp -r "$KERNEL/$modules/kernel/$path" "$ROOT/$modules/kernel/$path"
done
cp "$KERNEL/$modules"/modules.* "$ROOT/$modules"
cp -r "$OVERLAY/." "$ROOT"
chroot "$ROOT" depmod "$VERSION"
chroot "$ROOT" grub-mkimage --format=i386-pc --prefix='(hd0,msdos1)/boot/grub' --output=/boot/grub/core.img biosdisk part_msdos ext2 linux normal configfile echo serial terminal ls cat search minicmd iorw test reboot halt
release
rm -rf "$ROOT/dev" "$ROOT/tmp" "$ROOT/run" && mkdir "$ROOT/dev" "$ROOT/run" && mkdir -m 1777 "$ROOT/tmp"

step 'disk image'
sectors=$((IMAGE_BYTES / 512)) first=$((PARTITION_OFFSET / 512))
mke2fs -q -F -t ext4 -L debian -E offset="$PARTITION_OFFSET" -d "$ROOT" "$IMAGE" $(((IMAGE_BYTES - PARTITION_OFFSET) / 1024))k
truncate -s "$IMAGE_BYTES" "$IMAGE"
# GRUB's boot sector loads the rest of it from the sectors that follow; at its end is the partition table.
dd if="$ROOT/usr/lib/grub/i386-pc/boot.img" of="$IMAGE" bs=440 count=1 conv=notrunc status=none
dd if="$ROOT/boot/grub/core.img" of="$IMAGE" bs=512 seek=1 conv=notrunc status=none
[ "$(stat -c %s "$ROOT/boot/grub/core.img")" -le $((PARTITION_OFFSET - 512)) ]
`;

const ACTIVE = 0x80;
const LINUX = 0x83;

/** The partition table of the first sector, from offset 446 on: one active Linux partition up to the end of the disk. */
export function partitionTable(diskBytes: number, offset: number): Uint8Array {
  const table = new Uint8Array(66);
  const view = new DataView(table.buffer);
  const sector = 512;
  table[0] = ACTIVE;
  // Cylinder, head and sector beyond what they can say.
  table.set([0xfe, 0xff, 0xff], 1);
  table[4] = LINUX;
  table.set([0xfe, 0xff, 0xff], 5);
  view.setUint32(8, offset / sector, true);
  view.setUint32(12, (diskBytes - offset) / sector, true);
  table.set([0x55, 0xaa], 64);
  return table;
}
