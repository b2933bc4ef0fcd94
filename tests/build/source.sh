#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # the rules are called by name
# source.sh - conventions that every file of the repository keeps. Each rule has to object to a planted violation too.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
cd "$top_srcdir" || exit 1
[[ -e .git ]] || tap_skip_all "not a git checkout"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Files that can't carry a comment, or are somebody else's text.
data='^LICENSE$|^tests/(golden|fuzz/corpus)/|\.(npz|npy|pnn|h5|fw|jsonl|json|list|expected|pem)$'
generated='(^|/)(configure|config\.h\.in|aclocal\.m4|Makefile\.in|Makefile|build-aux/.*|autom4te\.cache/.*|.*\.(o|a|trs|log|gcno|gcda))$'

# The checkout may belong to somebody else than root.
repository()
{
  git -c safe.directory='*' "$@"
}

mapfile -t files < <(repository ls-files --cached --others --exclude-standard)
existing=()
for file in "${files[@]}"; do
  [[ ! -f $file ]] || existing+=("$file")
done
files=("${existing[@]}")

# select_files REGEX [EXEMPT]
select_files()
{
  printf '%s\n' "${files[@]}" | grep -E "$1" | grep -vE "${2:-^$}"
}

without_licence()
{
  local file
  for file; do
    head -n 4 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' || echo "$file: no SPDX line at the top"
  done
}

machine_paths()
{
  grep -nIE '(^|[^A-Za-z0-9_.-])/(work|root|farm)/' -- "$@"
}

untidy_whitespace()
{
  local file
  grep -nI '[[:blank:]]$' -- "$@" | sed 's/:[^:]*$/: blank at the end/'
  for file; do
    [[ ! -s $file || -z $(tail -c 1 "$file") ]] || echo "$file: no newline at the end"
  done
}

too_long()
{
  local file lines
  for file; do
    lines=$(wc -l <"$file")
    [[ $lines -le 600 ]] || echo "$file: $lines lines, at most 600"
  done
}

unfinished()
{
  grep -nIwE 'TO''DO|FIX''ME|XX''X|HA''CK' -- "$@"
}

broken_shell()
{
  local file
  for file; do
    bash -n "$file" 2>&1
  done
}

# check NAME FUNCTION VIOLATION FILE...: the files keep the rule, and the rule objects to a file with that content.
check()
{
  local name=$1 rule=$2 violation=$3
  shift 3
  tap_empty "$name ($# files)" "$($rule "$@")"
  printf '%b' "$violation" >"$scratch/planted"
  tap_is "can fail: $name" yes "$([[ -n $($rule "$scratch/planted") ]] && echo yes || echo no)"
}

mapfile -t text < <(select_files . "$data")
mapfile -t code < <(select_files '\.[ch]$')
mapfile -t shell < <(select_files '\.sh$|^bootstrap$|^\.ci/run$')
mapfile -t short < <(select_files '\.([ch]|sh|mk)$')

check "every file names its licence at the top" without_licence '/* something */\n' "${text[@]}"
check "no path of a particular machine" machine_paths 'see /ro''ot/notes\n' "${text[@]}"
check "no blanks at line ends, a newline at the end" untidy_whitespace 'int x; \n' "${text[@]}"
check "no file is too long to read" too_long "$(printf 'x\\n%.0s' {1..601})" "${short[@]}"
check "no marks of unfinished work" unfinished '/* TO''DO */\n' "${text[@]}"
check "shell scripts parse" broken_shell 'if true\n' "${shell[@]}"
tap_empty "no generated file is committed" "$(repository ls-files | grep -E "$generated")"

if command -v clang-format-14 >/dev/null; then
  tap_empty "C code has the style of .clang-format" \
    "$(clang-format-14 --dry-run -Werror "${code[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c)"
else
  tap_skip "C code has the style of .clang-format" "clang-format-14 is not installed"
fi
tap_done
