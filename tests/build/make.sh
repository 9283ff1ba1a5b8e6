#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# make.sh SOURCE BUILD - the archive alone, and by make, which knows of no file that
# another target makes: whatever the archive is made of must be made before it.
set -euo pipefail

rm -rf "$2"
cmake -G 'Unix Makefiles' -S "$1" -B "$2" -DIOASID_TESTS=OFF >"$2.log"
make -s -C "$2" ioasid-static >>"$2.log"
nm "$2/lib/libioasid.a" | grep ' T ioasid_id_alloc$' >>"$2.log"
echo "libioasid.a is built by make, alone"
