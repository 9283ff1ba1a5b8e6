#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# compile_fail.sh CASE INCLUDE... - CASE compiles with IOASID_CONTROL defined,
# and is refused without, for the reason that its first line of the form
# "refused: PATTERN" gives; as C and, unless a line says "C only", as C++. No
# warning is turned into an error: the language itself must refuse.
set -eu

case=$1
shift
for folder in "$@"; do
	set -- "$@" "-I$folder"
	shift
done
pattern=$(sed -n 's/.*refused: \(.*[^ ]\) *\*\/$/\1/p' "$case" | head -n 1)
[ -n "$pattern" ] || { echo "$case names no pattern" && exit 1; }

case $CC in *clang*) cxx=clang++ ;; *) cxx=g++ ;; esac
failed=0

check() { # COMPILER OPTION...
	compiler=$1
	shift
	if ! "$compiler" "$@" -DIOASID_CONTROL; then
		echo "FAILED: $compiler refuses the control, too"
		failed=1
	elif output=$("$compiler" "$@" 2>&1); then
		echo "FAILED: $compiler accepts it"
		failed=1
	elif ! echo "$output" | grep -E "error: .*($pattern)"; then
		echo "FAILED: $compiler refuses it for another reason:"
		echo "$output"
		failed=1
	fi
}

check "$CC" -x c -std=c11 -fsyntax-only "$@" -D_GNU_SOURCE "$case"
grep -q 'C only' "$case" || check $cxx -x c++ -std=c++11 -fsyntax-only "$@" "$case"
exit $failed
