#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# install.sh BUILD STAGE - install to STAGE, for the consumers; and install to
# another prefix under a DESTDIR: the same files, which name that prefix and
# neither the DESTDIR nor a folder of this machine's.
set -eu
export LC_ALL=C

rm -rf "$2"
cmake --install "$1" --prefix "$2/prefix"
DESTDIR=$2/destdir cmake --install "$1" --prefix /opt/ioasid

(cd "$2/prefix" && find . | sort) >"$2/prefix.list"
(cd "$2/destdir/opt/ioasid" && find . | sort) >"$2/destdir.list"
diff -u "$2/prefix.list" "$2/destdir.list"

for wanted in 'include/ioasid/ioasid\.h' 'include/ioasid/msr\.h' 'include/ioasid/version\.h' 'lib.*/libioasid\.a' \
	'lib.*/libioasid\.so' 'lib.*/libioasid\.so\.0' 'lib.*/pkgconfig/ioasid\.pc' 'lib.*/cmake/ioasid/ioasid-config\.cmake'; do
	grep -qx "\./$wanted" "$2/prefix.list" || { echo "not installed: $wanted" && exit 1; }
done

text=$(find "$2/destdir" -name '*.pc' -o -name '*.cmake')
grep -qx 'prefix=/opt/ioasid' $(find "$2/destdir" -name '*.pc')
if grep -nF -e "$2" -e "$1" $text; then
	echo "names a folder of the machine it was built on"
	exit 1
fi
