#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# replay.sh REPLAY RULE TRACE FOLDER - replay TRACE under RULE. Under libioasid
# nothing may stray or leak; under free-at-exit the witness must see strays, and
# the program must say so. Whatever the rule, the numbers must add up.
set -euo pipefail

replay=$1 rule=$2 trace=$3 folder=$4
mkdir -p "$folder"
rm -f "$folder"/*
json=$folder/report.json svg=$folder/timeline.svg status=0

"$replay" --rule "$rule" --speed 4 --json "$json" --svg "$svg" "$trace" || status=$?

fail() {
	echo "FAIL: $*"
	exit 1
}

number() {
	local value
	value=$(sed -n "s/^  \"$1\": \([0-9]*\),*\$/\1/p" "$json")
	[ -n "$value" ] || fail "no $1 in the report"
	echo "$value"
}

lines() {
	gzip -dc "$trace" | awk -v word="$1" '$2 == word' | wc -l
}

[ "$(number owners)" = "$(lines mm+)" ] || fail "not all owners were replayed"
[ "$(number bindings)" = "$(lines bind)" ] || fail "not all bindings were replayed"
[ "$(number requests)" = "$(lines req)" ] || fail "not all requests were replayed"
ended=$(($(number completed) + $(number failed) + $(number refused)))
[ "$ended" = "$(number requests)" ] || fail "$ended requests ended"
[ "$(number leaked)" = 0 ] || fail "something leaked"
[ "$(number reused)" -gt 100 ] || fail "numbers were hardly used twice: this shows nothing"
[ "$(number dmas)" -gt "$(number completed)" ] || fail "not every request was two DMAs"

case $rule in
libioasid)
	[ "$status" = 0 ] || fail "status $status"
	[ "$(number strays)" = 0 ] || fail "strays"
	[ "$(number corrupted)" = 0 ] || fail "corrupted memory"
	[ "$(number page_requests_wrong)" = 0 ] || fail "page requests answered from the wrong memory"
	[ "$(number page_requests_astray)" = 0 ] || fail "page requests for ids that nobody had"
	[ "$(number drained)" -gt 0 ] || fail "nothing was in flight when it had to be waited for"
	[ "$(number quarantined)" = "$(number ids)" ] || fail "not every id was quarantined"
	;;
free-at-exit)
	[ "$status" = 1 ] || fail "status $status"
	[ "$(number strays)" -gt 0 ] || fail "no strays: the witness is blind"
	;;
esac

for word in live parked quarantined 'in flight' 'in seconds'; do
	grep -q "$word" "$svg" || fail "no \"$word\" in the picture"
done
tail -n 1 "$svg" | grep -q '</svg>$' || fail "the picture is not whole"
