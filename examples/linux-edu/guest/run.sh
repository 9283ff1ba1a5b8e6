#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What runs in the guest: both rules, each with the module loaded anew. The console is the log.
insmod /ioasid.ko || exit 1

echo "# rule: libioasid"
insmod /ioasid_edu.ko || exit 1
/scenario library 15 || failed=1
# A process that had the device open does not hold the module, nor does its set.
/scenario linger &
sleep 1
rmmod ioasid_edu && echo "# the module is gone, a process that used it lives" || failed=1
kill $!

echo "# rule: free at exit"
insmod /ioasid_edu.ko free_at_exit=1 || exit 1
/scenario naive 15 || failed=1
rmmod ioasid_edu || failed=1

rmmod ioasid || failed=1
[ -z "$failed" ]
