#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Makes the packages of the command `spoor` in dist/: a .deb, a tarball, a bill of materials, and checksums.
#
#   scripts/package.sh
#
# The program has Swift's standard library inside. The libraries that it needs from the system are those of the Debian
# release on which it is built. The maintainer's name and address are taken from SPOOR_MAINTAINER. The same commit gives
# the same bytes, as far as the compiler does.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3 dpkg-dev binutils gzip

scratch=Tools/.build-package
build=(--package-path Tools --scratch-path "$scratch" -c release --product spoor --static-swift-stdlib --disable-local-rpath)
say 'Building spoor (release, static standard library); the first time takes some minutes'
swift build "${build[@]}"
program=$(swift build "${build[@]}" --show-bin-path)/spoor
version=$("$program" --version)
architecture=$(dpkg --print-architecture)
maintainer=${SPOOR_MAINTAINER:-The Spoor contributors <maintainers@spoor.invalid>}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
umask 022
rm -rf dist
mkdir -p dist
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

say "The files of spoor $version for $architecture"
install -D -m 755 "$program" "$root/usr/bin/spoor"
strip --remove-section=.comment "$root/usr/bin/spoor"
completions() { "$program" --generate-completion-script "$1"; }
install -d "$root"/usr/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,man/man1}
# Without the first line, which is for programs.
completions bash | sed '1{/^#!/d}' >"$root/usr/share/bash-completion/completions/spoor"
completions zsh >"$root/usr/share/zsh/vendor-completions/_spoor"
completions fish >"$root/usr/share/fish/vendor_completions.d/spoor.fish"
python3 scripts/packaging/manual.py "$program" "$root/usr/share/man/man1" "$date"
gzip -9n "$root"/usr/share/man/man1/*
for unit in deploy/systemd/spoor-*.service; do
  # Only units whose command this build has.
  command=$(sed -n 's|^ExecStart=/usr/bin/spoor \([a-z]*\).*|\1|p' "$unit")
  if "$program" help "$command" | grep -q "spoor $command"; then
    install -D -m 644 "$unit" "$root/lib/systemd/system/$(basename "$unit")"
  fi
done
doc=$root/usr/share/doc/spoor
install -d "$doc"
gzip -9nc CHANGELOG.md >"$doc/NEWS.gz"
gzip -9nc >"$doc/changelog.gz" <<END
spoor ($version) unstable; urgency=medium

  * NEWS.gz has the changes.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
cat >"$doc/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: spoor

Files: *
Copyright: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y) The Spoor contributors
License: Apache-2.0
 On Debian systems, the full text is in /usr/share/common-licenses/Apache-2.0.
 The licences of the packages that are linked in are with the packages that spoor.cdx.json lists.
END

say 'What it needs from the system'
work=$(mktemp -d)
# dpkg-shlibdeps expects the layout of a Debian source package.
mkdir -p "$work"/debian/spoor/{DEBIAN,usr/bin}
printf 'Source: spoor\nPackage: spoor\nArchitecture: %s\n' "$architecture" >"$work/debian/control"
cp "$root/usr/bin/spoor" "$work/debian/spoor/usr/bin"
depends=$(cd "$work" && dpkg-shlibdeps -O debian/spoor/usr/bin/spoor | sed 's/^shlibs:Depends=//')
rm -rf "$work"
echo "$depends"
python3 scripts/packaging/sbom.py "$version" Tools/Package.resolved "$depends" "$SOURCE_DATE_EPOCH" >"$doc/spoor.cdx.json"

install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: spoor
Version: $version
Section: devel
Priority: optional
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: ca-certificates
Suggests: bash-completion
Description: collector and terminal tools for traces, logs and journals
 A small collector with a page for traces and log records (Zipkin's formats and
 OTLP), and commands that show traces, search logs, read the journals of
 services that use Spoor, and name the frames of stripped programs.
END
find "$root" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
(cd "$root" && find usr lib -type f -print0 2>/dev/null | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
touch -d "@$SOURCE_DATE_EPOCH" "$root/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz --build "$root" dist >/dev/null

say 'The tarball'
name=spoor-$version-linux-$(uname -m)
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --transform="s|^usr|$name|" --transform="s|^lib|$name/lib|" -C "$root" usr lib | gzip -9n >"dist/$name.tar.gz"
cp "$doc/spoor.cdx.json" "dist/spoor-$version.cdx.json"
(cd dist && sha256sum -- *.deb *.tar.gz *.cdx.json >SHA256SUMS && cat SHA256SUMS)
ls -l dist
