#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# readme.sh README STAGE WORK - the driver in the README compiles as shown,
# against the installed tree, is not longer than it says, and does what it says.
set -eu
readme=$1 stage=$2 work=$3
mkdir -p "$work"
awk '/^```c$/ { show = 1; next } /^```/ { show = 0 } show' "$readme" >"$work/driver.c"
lines=$(grep -c . "$work/driver.c")
[ "$lines" -le 30 ] || { echo "the README promises 30 lines and shows $lines" >&2; exit 1; }
PKG_CONFIG_PATH=$(dirname "$(find "$stage/prefix" -name ioasid.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror "$work/driver.c" -o "$work/driver" \
	$(pkg-config --cflags --libs ioasid) -Wl,-rpath,"$(pkg-config --variable=libdir ioasid)"
said=$("$work/driver")
[ "$said" = "dma0: drain PASID 1" ] || { echo "the driver said: $said" >&2; exit 1; }
