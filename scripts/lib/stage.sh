# Sourced by scripts/install and scripts/package, after setup.sh and build_release.

# Writes the stripped binary, man pages and completions below a folder that stands for the prefix:
#   stage FOLDER ZSH_FOLDER     where zsh looks for functions, below FOLDER
stage() {
  mkdir -p "$1/bin" "$1/share/man/man1" "$1/share/bash-completion/completions" "$1/$2" \
    "$1/share/fish/vendor_completions.d"
  # Without names of functions, which only a debugger needs, it is half as large.
  strip --remove-section=.comment --remove-section=.note -o "$1/bin/cnnzoo" "$BINARY"
  "$BINARY" completion bash >"$1/share/bash-completion/completions/cnnzoo"
  "$BINARY" completion zsh >"$1/$2/_cnnzoo"
  "$BINARY" completion fish >"$1/share/fish/vendor_completions.d/cnnzoo.fish"
  "$ROOT/scripts/manual" "$BINARY" "$1/share/man/man1"
}
