#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# freestanding.sh CONFIG OBJECT... - the core's object files need nothing but one
# another and what freestanding.allow names.
set -eu
export LC_ALL=C

allow=${0%.sh}.allow
config=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

nm -u "$@" | sed -n 's/^ *[Uwv] //p' | sort -u >"$folder/needed"
nm -g --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Za-z] //p' | sort -u >"$folder/own"
# An assertion's failure is there only where there are assertions.
sed 's/[[:space:]]*#.*//; /^$/d' "$allow" | if [ "$config" = Debug ]; then sed 's/ debug$//'; else sed '/ debug$/d'; fi |
	sort >"$folder/allowed"

comm -23 "$folder/needed" "$folder/own" | comm -23 - "$folder/allowed" >"$folder/foreign"
if [ -s "$folder/foreign" ]; then
	echo "the core needs what it may not:"
	nm -A -u "$@" | grep -w -F -f "$folder/foreign"
	failed=1
fi
echo "$# objects, $(wc -l <"$folder/own") names defined, $(comm -23 "$folder/needed" "$folder/own" | wc -l) needed"
[ -s "$folder/own" ] && exit $failed
