#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# seeds.sh MAKE FUZZ-OPS FUZZ-TRACE FOLDER - make the seeds, and play each as what it is.
set -eu
rm -rf "$4"
"$1" "$2" "$4"
"$3" "$4"/trace/*
