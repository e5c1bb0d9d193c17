#!/bin/bash
# Builds the image of PostgreSQL that the tests run, from the files of this Debian: `build.sh NAME [MAJOR]`. Nothing is pulled; takes some 3 s.
set -euo pipefail
name=$1
major=${2:-15}
here=$(cd "$(dirname "$0")" && pwd)
server=/usr/lib/postgresql/$major
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

tools=(sh dash cat chmod chown cp env id ls mkdir rm sleep sync setpriv sed)
programs=(postgres initdb pg_ctl pg_isready psql createdb)
mkdir -p "$root"/{tmp,etc,proc,sys,dev,run/postgresql,usr/local/bin,usr/lib/locale,usr/share}
mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
for place in bin sbin lib lib64; do ln -s "usr/$place" "$root/$place"; done
mkdir -p "$root/var"
ln -s /run "$root/var/run"
chmod 1777 "$root/tmp" "$root/run/postgresql"

mkdir -p "$root$server/bin" "$root/usr/share/postgresql"
for program in "${programs[@]}"; do cp "$server/bin/$program" "$root$server/bin/"; done
# psql and createdb are scripts of Debian in /usr/bin only; those in $server are the programs.
cp -r "$server/lib" "$root$server/lib"
rm -rf "$root$server/lib/bitcode" "$root$server"/lib/llvmjit*
cp -r "/usr/share/postgresql/$major" "$root/usr/share/postgresql/"
cp -rL /usr/share/zoneinfo "$root/usr/share/zoneinfo"
rm -rf "$root"/usr/share/zoneinfo/{posix,right}
cp -r /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
for tool in "${tools[@]}"; do cp -L "$(command -v "$tool")" "$root/usr/bin/$tool"; done

# Whatever these need at run time.
# ldd complains of scripts.
{ find "$root/usr" -type f \( -perm -u+x -o -name '*.so' \) -exec ldd {} + 2> /dev/null || true; } \
  | sed -n 's/^.* => \(\/[^ ]*\) .*$/\1/p; s/^\t\(\/lib[^ ]*\/ld-[^ ]*\) .*$/\1/p' | sort -u \
  | while read -r library; do
      mkdir -p "$root$(dirname "$library")"
      cp -L "$library" "$root$library"
    done

printf 'root:x:0:0::/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\npostgres:x:999:\n' > "$root/etc/group"
cp "$here/entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
mkdir -p "$root/var/lib/postgresql/data"
chown -R 999:999 "$root/var/lib/postgresql"

tar --create --directory "$root" --exclude=./dev --exclude=./proc --exclude=./sys . | docker import \
  --change "ENV PATH=$server/bin:/usr/local/bin:/usr/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8 PG_MAJOR=$major" \
  --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["postgres"]' --change 'EXPOSE 5432' \
  --change 'VOLUME ["/var/lib/postgresql/data"]' - "$name"
