# Sourced by the other scripts: where the project is, how to speak, and which Swift to use.
# shellcheck shell=bash
# Everything here runs on the bash 3.2 of macOS.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root

# The oldest Swift that builds the package, and the one that bootstrap installs when there is none.
minimum_swift=6.2
preferred_swift=6.3.1
export preferred_swift

# How the program is built that people run. On Linux Swift's own libraries go into the binary: loading them takes
# longer than all else at its start. macOS has them in the system. The second flag is for libTidemillArrow, which
# would bring Swift's libraries with it.
release_flags=(-c release --enable-all-traits)
[ "$(uname -s)" != Linux ] || release_flags+=(--static-swift-stdlib -Xswiftc -static-stdlib)
export release_flags

# Swift's build builds everything anew in another environment: under make it shall be the same as without.
unset MAKEFLAGS MAKELEVEL MFLAGS

say() { printf '==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    say "sudo $*"
    sudo "$@"
  else
    fail "installing packages needs root, and there is no sudo." "Run as root: $*"
  fi
}

# Whether pkg-config finds an Apache Arrow that is new enough to read and write Parquet as Tidemill does.
has_arrow() { pkg-config --exists 'arrow >= 24' 'parquet >= 24' 2>/dev/null; }

# The version that a `swift` program reports, as 6.3.1; nothing if it does not run.
swift_version() {
  "$1" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

# version_at_least 6.3.1 6.2
version_at_least() {
  local major=${1%%.*} minor needed_major=${2%%.*} needed_minor
  minor=${1#*.} minor=${minor%%.*}
  needed_minor=${2#*.} needed_minor=${needed_minor%%.*}
  [ "$major" -gt "$needed_major" ] || { [ "$major" -eq "$needed_major" ] && [ "$minor" -ge "$needed_minor" ]; }
}

# Sets swift_bin to the folder of the first Swift that is new enough: on PATH, else where installers put it;
# swift_too_old tells of one that is not.
swift_bin=
swift_too_old=
export swift_bin swift_too_old

find_swift() {
  local candidate version
  for candidate in "$(command -v swift || true)" "${SWIFTLY_BIN_DIR:-/nonexistent}/swift" \
    "$HOME/.local/share/swiftly/bin/swift" "$HOME/.swiftly/bin/swift" /opt/swift*/usr/bin/swift \
    /usr/local/swift*/usr/bin/swift /usr/libexec/swift/*/usr/bin/swift /usr/libexec/swift/usr/bin/swift; do
    [ -x "$candidate" ] || continue
    version=$(swift_version "$candidate")
    [ -n "$version" ] || continue
    if version_at_least "$version" "$minimum_swift"; then
      swift_bin=$(dirname "$candidate")
      return 0
    fi
    swift_too_old="$version in $(dirname "$candidate")"
  done
  return 1
}

# Puts the toolchain's folder at the front of PATH, for a Swift that is installed but not on it.
use_swift() {
  find_swift || fail "no Swift $minimum_swift or newer was found." "Run 'make bootstrap': it installs one or says how."
  case ":$PATH:" in
    *":$swift_bin:"*) ;;
    *) PATH="$swift_bin:$PATH" ;;
  esac
  export PATH
}
