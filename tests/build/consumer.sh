#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# consumer.sh STAGE HOW LINK MALLOC FOLDER - build the C and the C++ consumer in
# FOLDER against what is installed in STAGE, and run them.
#   HOW: pkg-config or cmake. LINK: shared or static. MALLOC: libc or jemalloc.
set -eu

prefix=$1/prefix
how=$2
link=$3
malloc=$4
folder=$5
source=$(cd "$(dirname "$0")/consumer" && pwd)
case $CC in *clang*) cxx=clang++ ;; *) cxx=g++ ;; esac
rm -rf "$folder"
mkdir -p "$folder"

with_pkg_config() {
	package=ioasid
	[ "$malloc" = libc ] || package=ioasid-jemalloc
	PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name ioasid.pc)")
	export PKG_CONFIG_PATH
	pkg-config --exact-version="$(sed -n 's/^Version: //p' "$PKG_CONFIG_PATH/ioasid.pc")" $package
	flags=$(pkg-config --cflags $package)
	if [ "$link" = shared ]; then
		libraries=$(pkg-config --libs $package)
	else
		# The archive, and everything else as usual.
		libraries=$(pkg-config --static --libs $package | sed 's/-lioasid/-l:libioasid.a/')
	fi
	"$CC" -Wall -Wextra -Werror $flags "$source/consumer.c" -o "$folder/consumer-c" $libraries
	$cxx -Wall -Wextra -Werror $flags "$source/consumer.cc" -o "$folder/consumer-cxx" $libraries
	LD_LIBRARY_PATH=$(pkg-config --variable=libdir ioasid)
	export LD_LIBRARY_PATH
}

with_cmake() {
	cmake -S "$source" -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER=$cxx \
		-DCONSUMER_LINK="$link" -DCONSUMER_MALLOC="$malloc" >"$folder.log"
	cmake --build "$folder" >>"$folder.log" || { cat "$folder.log" && exit 1; }
}

# is_linked PROGRAM LIBRARY ACTUAL WANTED - the loader brings LIBRARY to PROGRAM
# if ACTUAL is WANTED, and only then.
is_linked() {
	found=no
	expected=no
	if ldd "$1" | grep -q "$2"; then found=yes; fi
	if [ "$3" = "$4" ]; then expected=yes; fi
	[ $found = $expected ] || { echo "$1: is $2 linked? $found; should it be? $expected" && exit 1; }
}

if [ "$how" = cmake ]; then with_cmake; else with_pkg_config; fi
for program in "$folder/consumer-c" "$folder/consumer-cxx"; do
	is_linked "$program" "libioasid.so.0 => $prefix" "$link" shared
	is_linked "$program" libjemalloc "$malloc" jemalloc
	"$program" "$malloc"
done
