# Sourced by the scripts: what they need from the system.

readonly ROOT=$(cd "$(dirname "$0")/.." && pwd)
readonly PACKAGES="libopenblas-dev liblapacke-dev libpng-dev libjpeg62-turbo-dev libwebp-dev zlib1g-dev pkg-config"
readonly SWIFT_VERSION=6.3

# Everything that is not a result goes to standard error.
say() { printf '%s\n' "$*" >&2; }

# Runs a command as root, or says that it cannot.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "This needs root, and there is no sudo. As root, run: $*"
    return 1
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# Installs the Debian packages that are missing, and asks apt for nothing if none is.
require_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "Not a Debian system: these libraries are taken for granted: $PACKAGES"
    return 0
  fi
  missing=
  for package in $PACKAGES; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "Installing:$missing"
  # shellcheck disable=SC2086 # the list is split on purpose
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
    {
      as_root apt-get update -qq >&2
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
    }
}

# Checks that a Swift toolchain is there and new enough.
require_swift() {
  found=
  if command -v swift >/dev/null 2>&1; then
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  fi
  oldest=$(printf '%s\n%s\n' "${found:-0}" "$SWIFT_VERSION" | sort -V | head -n 1)
  [ "$oldest" != "$SWIFT_VERSION" ] || return 0
  say "Swift $SWIFT_VERSION or newer is needed, ${found:-none} was found."
  say "Get it from https://www.swift.org/install/linux/ (on Debian: the swiftly installer, or the tarball"
  say "unpacked to /opt/swift with /opt/swift/usr/bin in PATH), then run this again."
  return 1
}

# Builds the release binary, with Swift's libraries inside, and sets BINARY to its path.
build_release() {
  log=$(mktemp)
  [ -x "$ROOT/.build/release/cnnzoo" ] || say "Building cnnzoo; the first time this takes a few minutes."
  if ! swift build --package-path "$ROOT" -c release --static-swift-stdlib --product cnnzoo >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  BINARY=$(swift build --package-path "$ROOT" -c release --static-swift-stdlib --show-bin-path)/cnnzoo
}
