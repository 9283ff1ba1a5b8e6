#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# symbols.sh SOURCE LIBRARY ARCHIVE - the headers, the version map, the shared and
# the static library agree on what is public.
set -eu
export LC_ALL=C

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$1/scripts/public-names" >"$folder/headers"
sed -n '/^global:/,/^local:/s/^[[:space:]]*\([a-z0-9_]*\);$/\1/p' "$1/lib/ioasid.map" >"$folder/map"
nm -D --defined-only "$2" | sed -n 's/.* T \(.*\)@@IOASID_[0-9.]*$/\1/p' | sort >"$folder/library"
nm -D --defined-only "$2" | grep -v ' A IOASID_[0-9.]*$\| T ioasid_[a-z0-9_]*@@IOASID_[0-9.]*$' >"$folder/stray" || true
nm -g --defined-only "$3" | sed -n 's/^[0-9a-f]* [A-Za-z] //p' | sort >"$folder/archive"

failed=0
[ -s "$folder/headers" ] || failed=1
for other in map library archive; do
	diff -u "$folder/headers" "$folder/$other" || failed=1
done
if [ -s "$folder/stray" ]; then
	echo "exported without a version, or under a name that is not ours:"
	cat "$folder/stray"
	failed=1
fi
wc -l <"$folder/headers" | sed 's/$/ public functions/'
exit $failed
