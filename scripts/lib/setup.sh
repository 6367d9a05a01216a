# Sourced by the other scripts: what they need from the system.

readonly ROOT=$(cd "$(dirname "$0")/.." && pwd)
# Needed to build cnnzoo.
readonly BUILD_PACKAGES="libopenblas-dev liblapacke-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libtiff-dev zlib1g-dev nettle-dev libcurl4-openssl-dev pkg-config"
# Loaded by cnnzoo to write PNG, and the font of its drawings.
readonly DRAWING_PACKAGES="librsvg2-2 fonts-dejavu-core"
# Needed as well to build and run it on several processes.
readonly MPI_PACKAGES="libopenmpi-dev openmpi-bin"
# Needed to check a change as well.
readonly CHECK_PACKAGES="clang-format jq man-db groff tmux bash-completion zsh fish cmark-gfm $DRAWING_PACKAGES"
readonly SWIFT_VERSION=6.3

# Prints to standard error: standard output is for results.
say() { printf '%s\n' "$*" >&2; }

# Runs a command as root, or fails and says which command needs it.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "This needs root, and sudo is not installed. As root, run: $*"
    return 1
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# Installs the Debian packages among the arguments that are missing; if none is, apt is not called.
require_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is not a Debian system; the equivalents of these packages have to be installed: $*"
    return 0
  fi
  missing=
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "Installing:$missing"
  log=$(mktemp)
  # A fresh image has no package lists and an old one has stale lists. If updating them fails, those that
  # exist may still do.
  as_root apt-get update >"$log" 2>&1 || true
  # shellcheck disable=SC2086 # the list is split on purpose
  if ! as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "Could not install:$missing"
    return 1
  fi
  rm -f "$log"
}

# Checks that a Swift toolchain is installed and new enough.
require_swift() {
  found=
  if command -v swift >/dev/null 2>&1; then
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  fi
  oldest=$(printf '%s\n%s\n' "${found:-0}" "$SWIFT_VERSION" | sort -V | head -n 1)
  [ "$oldest" != "$SWIFT_VERSION" ] || return 0
  say "Swift $SWIFT_VERSION or newer is required; found ${found:-none}."
  say "Install it from https://www.swift.org/install/linux/ (on Debian with swiftly, or by unpacking the"
  say "tarball to /opt/swift and adding /opt/swift/usr/bin to PATH), then run this script again."
  return 1
}

# Builds the release binary with Swift's libraries linked statically, and sets BINARY to its path:
#   build_release [OPTION]...     options of `swift build`
build_release() {
  log=$(mktemp)
  [ -x "$ROOT/.build/release/cnnzoo" ] || say "Building cnnzoo. The first build takes a few minutes."
  if ! swift build --package-path "$ROOT" -c release --static-swift-stdlib --product cnnzoo "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  BINARY=$(swift build --package-path "$ROOT" -c release --static-swift-stdlib --show-bin-path "$@")/cnnzoo
}

# Builds the release binary for several processes, in a folder of its own, and sets BINARY to its path.
build_mpi() {
  # shellcheck disable=SC2086 # the list is split on purpose
  require_packages $MPI_PACKAGES
  build_release --traits MPI --scratch-path "$ROOT/.build/mpi"
}
