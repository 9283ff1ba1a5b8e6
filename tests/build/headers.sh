#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# headers.sh INCLUDE BUILD_INCLUDE - every public header compiles alone, and
# twice, in each language that it promises to be.
set -eu

case $CC in *clang*) cxx=clang++ ;; *) cxx=g++ ;; esac
warnings="-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wundef -pedantic -Werror"
failed=0

check() { # COMPILER LANGUAGE STANDARD HEADER
	printf '#include <%s>\n#include <%s>\n' "$4" "$4" |
		"$1" -x "$2" -std="$3" $warnings -fsyntax-only $includes - || {
		echo "FAILED: $4 as $3 with $1"
		failed=1
	}
}

includes="-I$1 -I$2"
seen=0
for header in "$1"/ioasid/*.h "$2"/ioasid/*.h; do
	name=ioasid/${header##*/}
	seen=$((seen + 1))
	check "$CC" c c99 "$name"
	check "$CC" c c11 "$name"
	check $cxx c++ c++11 "$name"
	check $cxx c++ c++20 "$name"
done
echo "$seen headers, 4 standards, $CC and $cxx"
[ $seen -gt 2 ] && exit $failed
