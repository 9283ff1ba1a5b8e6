#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# arguments.sh REPLAY FOLDER DATA - what the command line takes, and what it
# refuses: with status 2, a sentence, and for a trace the file and the line.
set -euo pipefail

replay=$1 folder=$2 data=$3
mkdir -p "$folder"
rm -f "$folder"/*

fail() {
	echo "FAIL: $*"
	exit 1
}

# refused WORDS ARGUMENT... - status 2, and WORDS on stderr.
refused() {
	local words=$1 status=0
	shift
	"$replay" "$@" >"$folder/out" 2>"$folder/err" || status=$?
	[ "$status" = 2 ] || fail "status $status for: $*"
	grep -qF -- "$words" "$folder/err" || fail "\"$words\" not said for: $*: $(cat "$folder/err")"
}

refused 'one trace is expected'
refused 'one trace is expected' a b
refused '--compare takes two files' --compare a
refused 'the rule is libioasid or free-at-exit' --rule none x
refused 'the order is lowest or oldest' --order none x
refused '--threads takes a number' --threads 0 x
refused '--threads takes a number' --threads x x
refused '--threads takes a whole number' --threads 1.5 x
refused '--bits takes a number' --bits 21 x
refused '--speed takes a number' --speed -1 x
refused '--speed takes a number' --speed nan x
refused '--latency takes a number' --latency 1e99 x
refused 'unrecognized option' --nonsense x
refused "$folder/none:0: No such file" "$folder/none"

# Recorded traces, damaged.
gzip -dc "$data/postgres.trace.gz" >"$folder/whole"
head -c 500000 "$folder/whole" >"$folder/cut"
refused "$folder/cut:$(wc -l <"$folder/cut" | awk '{ print $1 + 1 }'): the file ends in the middle of a line" "$folder/cut"
head -n 20000 "$folder/whole" >"$folder/short"
refused "$folder/short:20000: it ends too early" "$folder/short"
head -c 100000 "$data/postgres.trace.gz" >"$folder/cut.gz"
refused 'the gzip data ends too early' "$folder/cut.gz"
sort -t ' ' -k 2 "$folder/whole" >"$folder/sorted"
refused "$folder/sorted:1: a bind" "$folder/sorted"
tac "$folder/whole" >"$folder/backwards"
refused "$folder/backwards:1: " "$folder/backwards"
sed '1000s/ /	/' "$folder/whole" >"$folder/garbled"
refused "$folder/garbled:1000: " "$folder/garbled"
head -c 100000 /dev/urandom >"$folder/noise"
refused "$folder/noise:" "$folder/noise"

# Endless input is given up at its first line; what that takes is little memory.
(ulimit -v 4000000 && head -c 300000000 /dev/zero | gzip -1 >"$folder/bomb.gz")
refused "$folder/bomb.gz:1: the line is longer" "$folder/bomb.gz"

# A file that is cut while it is being replayed: what was begun is ended, and the status tells.
cp "$folder/whole" "$folder/changing"
status=0
"$replay" --speed 4 "$folder/changing" >"$folder/out" 2>"$folder/err" &
sleep 0.5
truncate -s 600000 "$folder/changing"
wait $! || status=$?
[ "$status" = 2 ] || fail "status $status for a file that changed"
grep -qF "the file ends in the middle of a line" "$folder/err" || fail "$(cat "$folder/err")"

# What is sound is told so, and taken; plain as well as packed.
"$replay" --check "$folder/whole" | grep -q '52967 events' || fail "--check"
"$replay" --check "$data/build.trace.gz" >/dev/null || fail "--check of a packed trace"
"$replay" --help | grep -q free-at-exit || fail "--help"
"$replay" --version | grep -q '^ioasid-replay [0-9]' || fail "--version"

# A small one, as fast as it goes, on few and on many threads, with few ids and many.
{
	echo '0 mm+ 1'
	for i in $(seq 200); do
		echo "$i bind $i 1 $((i % 8)) $([ $((i % 3)) = 0 ] && echo private || echo shared)"
		echo "$i req $i 1 4096"
		echo "$i unbind $i"
	done
	echo '300 mm- 1'
} >"$folder/small"
for options in '--threads 1' '--threads 64' '--bits 3' '--order oldest --reuse-distance 4' '--latency 0 --fault-latency 0'; do
	# shellcheck disable=SC2086 # several words are meant
	"$replay" --speed 0 --progress $options --json "$folder/small.json" "$folder/small" >/dev/null 2>"$folder/err" ||
		fail "status $? with $options: $(cat "$folder/err")"
	grep -q '"strays": 0,' "$folder/small.json" || fail "strays with $options"
	grep -q '100 %' "$folder/err" || fail "no progress with $options"
done
refused 'No such file' --speed 0 --json "$folder/no/where" "$folder/small"

"$replay" --compare "$folder/small.json" "$folder/small.json" | grep -q '^  STRAYS  *0  *0$' || fail "--compare"
refused 'not a report' --compare "$folder/small.json" "$folder/small"
refused 'not a report' --compare "$folder/noise" "$folder/small.json"
refused 'No such file' --compare "$folder/none" "$folder/small.json"
