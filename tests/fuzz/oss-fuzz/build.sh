#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# build.sh - builds the targets as OSS-Fuzz wants it: with $CC, $CFLAGS and
# $LIB_FUZZING_ENGINE, into $OUT. scripts/fuzz uses it, too, for libFuzzer, for
# AFL++ (DRIVER=driver_afl.c) and to count coverage (DRIVER=main.c). The core is
# compiled with its own flags, from its sources: no configuration is needed.
set -euo pipefail
top=${SRC:+$SRC/libioasid}
[ -n "$top" ] || top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
fuzz=$top/tests/fuzz
: "${CC:=clang}" "${CFLAGS:=}" "${LIB_FUZZING_ENGINE:=}" "${OUT:=$top/build/fuzz/out}"
: "${DRIVER:=driver_libfuzzer.c}"
work=$OUT/objects
mkdir -p "$work/include/ioasid"

# As CMake does it.
version=$(sed -n 's/^project(ioasid VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
IFS=. read -r major minor patch <<<"$version"
sed "s/@PROJECT_VERSION@/$version/g; s/@PROJECT_VERSION_MAJOR@/$major/g; s/@PROJECT_VERSION_MINOR@/$minor/g
	s/@PROJECT_VERSION_PATCH@/$patch/g" "$top/include/ioasid/version.h.in" >"$work/include/ioasid/version.h"

# compile FOLDER FLAG... - all that is to come of the C files named on standard input.
compile() {
	local folder=$work/$1 source
	shift
	mkdir -p "$folder"
	while read -r source; do
		# shellcheck disable=SC2086 # flags are words
		$CC $CFLAGS -std=c11 -D_GNU_SOURCE "$@" -c "$source" -o "$folder/$(basename "$source" .c).o"
	done
}

# It is the core's branches that the fuzzer is to look for, not the oracle's.
unguided=()
if [[ $CFLAGS == *fuzzer-no-link* ]]; then
	unguided=(-fno-sanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp)
fi
public=(-I "$top/include" -I "$work/include" -I "$top/lib" -I "$top/lib/core" -I "$top/lib/port")
for port in sim model; do
	includes=("${public[@]}" -I "$top/lib/port/$port")
	ls "$top"/lib/core/*.c | compile "core-$port" "${includes[@]}" -ffreestanding
	# The model answers for each atomic operation of the core: that is no branch of the core's.
	ls "$top/lib/port/$port"/*.c | compile "port-$port" "${includes[@]}" "${unguided[@]}"
done
includes=("${public[@]}" -I "$top/lib/port/sim")
ls "$fuzz"/target_ops.c "$fuzz"/oracle*.c "$fuzz"/op_*.c "$fuzz"/{begin,callbacks,choose,run,script,sequence}.c |
	compile ops "${includes[@]}" "${unguided[@]}"
includes=("${public[@]}" -I "$top/lib/port/model" -I "$top/tests/model")
ls "$fuzz"/target_pair.c "$fuzz"/pair*.c "$top"/tests/model/{replay,report}.c |
	compile pair "${includes[@]}" "${unguided[@]}"
ls "$fuzz"/target_trace.c "$top"/tools/replay/{trace,trace_line,trace_order,sparse,must}.c |
	compile trace -I "$fuzz" -I "$top/tools/replay"
echo "$fuzz/$DRIVER" | compile driver -I "$fuzz"

# shellcheck disable=SC2086
$CC $CFLAGS "$work"/{driver,ops,core-sim,port-sim}/*.o $LIB_FUZZING_ENGINE -pthread -o "$OUT/fuzz-ops"
# shellcheck disable=SC2086
$CC $CFLAGS "$work"/{driver,pair,core-model,port-model}/*.o $LIB_FUZZING_ENGINE -pthread -o "$OUT/fuzz-pair"
# shellcheck disable=SC2086
$CC $CFLAGS "$work"/{driver,trace}/*.o $LIB_FUZZING_ENGINE -lz -o "$OUT/fuzz-trace"
cp "$fuzz/trace.dict" "$OUT/fuzz-trace.dict"

# The seeds are translated by a program that was built for here, without a sanitizer.
if [ -n "${FUZZING_ENGINE:-}" ]; then
	host=$work/host
	CC=cc CFLAGS=-O1 LIB_FUZZING_ENGINE='' OUT=$host DRIVER=main.c FUZZING_ENGINE='' "$0"
	for target in ops pair trace; do
		"$fuzz/seeds/make" $target "$host/fuzz-$target" "$work/seeds/$target"
		(cd "$work/seeds/$target" && zip -q "$OUT/fuzz-${target}_seed_corpus.zip" ./*)
	done
fi
