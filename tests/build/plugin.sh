#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# plugin.sh STAGE PROGRAM - build PROGRAM, which is not linked to the library,
# and have it load what is installed in STAGE.
set -eu

PKG_CONFIG_PATH=$(dirname "$(find "$1/prefix" -name ioasid.pc)")
export PKG_CONFIG_PATH
"$CC" -Wall -Wextra -Werror $(pkg-config --cflags ioasid) "$(dirname "$0")/consumer/plugin.c" -o "$2"
if ldd "$2" | grep -q ioasid; then exit 1; fi
"$2" "$(pkg-config --variable=libdir ioasid)/libioasid.so.0"
