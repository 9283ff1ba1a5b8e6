#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# seeds.sh MAKE TARGET PROGRAM FOLDER - make the seeds of a target, and play them.
set -eu
rm -rf "$4"
"$1" "$2" "$3" "$4"
"$3" "$4"/*
