#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# record.sh RECORD REPLAY FOLDER - the recorder: a log with everything in it that
# is easy to get wrong, bad logs, and a real command, whose trace is replayed.
set -euo pipefail

record=$1 replay=$2 folder=$3
mkdir -p "$folder"
rm -rf "${folder:?}"/*

fail() {
	echo "FAIL: $*"
	exit 1
}

# A child that is heard of before its parent's fork returns; a vfork that execs;
# a thread that execs and so takes over its process; descriptors that outlive
# their process, that are closed by exec, by number, by range, by being replaced.
cat >"$folder/log" <<'END'
100   1700000000.000000 execve("/bin/sh", ["sh"], 0x7ffc /* 20 vars */) = 0
100   1700000000.000010 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
100   1700000000.000020 read(3, ""..., 832) = 832
100   1700000000.000030 close(3)          = 0
100   1700000000.000040 openat(AT_FDCWD, "/missing", O_RDONLY) = -1 ENOENT (No such file or directory)
100   1700000000.000050 openat(AT_FDCWD, "/data/in", O_RDONLY) = 3
100   1700000000.000060 openat(AT_FDCWD, "/data/out", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 4
100   1700000000.000070 fcntl(4, F_DUPFD_CLOEXEC, 10) = 10
100   1700000000.000080 close(4)          = 0
100   1700000000.000090 write(10, ""..., 5) = 5
100   1700000000.000100 write(1, ""..., 5) = 5
100   1700000000.000110 read(3, "", 100)  = 0
100   1700000000.000120 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>
101   1700000000.000130 read(3,  <unfinished ...>
100   1700000000.000140 <... clone resumed>, child_tidptr=0x7f) = 101
101   1700000000.000150 <... read resumed>""..., 64) = 64
100   1700000000.000160 vfork( <unfinished ...>
102   1700000000.000170 execve("/bin/ls", ["ls"], 0x7ffc /* 20 vars */) = 0
100   1700000000.000180 <... vfork resumed>) = 102
100   1700000000.000190 exit_group(0)     = ?
100   1700000000.000200 +++ exited with 0 +++
101   1700000000.000210 read(3, ""..., 64) = 64
101   1700000000.000220 dup2(3, 7)        = 7
101   1700000000.000230 close_range(3, 6, 0) = 0
101   1700000000.000240 pread64(7, ""..., 64, 0) = 64
101   1700000000.000250 +++ killed by SIGKILL +++
102   1700000000.000260 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 4
102   1700000000.000270 accept4(4, NULL, NULL, 0) = 5
102   1700000000.000280 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 103
103   1700000000.000290 sendto(5, ""..., 9, 0, NULL, 0) = 9
103   1700000000.000300 openat(AT_FDCWD, "lock", O_RDWR|O_CREAT|O_EXCL, 0600) = 6
103   1700000000.000310 fcntl(5, F_SETFD, FD_CLOEXEC) = 0
103   1700000000.000320 execve("/bin/true", ["true"], 0x7ffc /* 20 vars */ <pid changed to 102 ...>
102   1700000000.000330 +++ superseded by execve in pid 103 +++
102   1700000000.000340 <... execve resumed>) = 0
102   1700000000.000350 write(6, ""..., 2) = 2
102   1700000000.000360 read(5, ""..., 2) = 2
102   1700000000.000370 openat(AT_FDCWD, "never closed", O_RDONLY) = 8
END
cat >"$folder/expected" <<'END'
0 mm+ 1
0 mm+ 2
0 mm- 1
10 bind 1 2 7 shared
20 req 1 2 832
30 unbind 1
50 bind 2 2 7 shared
60 bind 3 2 7 private
90 req 3 2 5
120 mm+ 3
150 req 2 3 64
170 mm+ 4
190 mm- 2
210 req 2 3 64
240 req 2 3 64
250 mm- 3
250 unbind 3
260 bind 4 4 3 shared
270 bind 5 4 0 private
290 req 5 4 9
300 bind 6 4 0 private
340 mm+ 5
340 mm- 4
340 unbind 4
340 unbind 5
350 req 6 5 2
370 bind 7 5 0 shared
370 mm- 5
370 unbind 2
370 unbind 6
370 unbind 7
END
"$record" -o "$folder/trace" --from "$folder/log"
diff "$folder/expected" "$folder/trace" || fail "the trace is not what was expected"
"$replay" --check "$folder/trace" || fail "the trace is not sound"

# Packed, it is the same, and the same again.
"$record" -o "$folder/trace.gz" --from "$folder/log"
cp "$folder/trace.gz" "$folder/first.gz"
"$record" -o "$folder/trace.gz" --from "$folder/log"
cmp "$folder/trace.gz" "$folder/first.gz" || fail "a packed trace depends on more than its log"
gzip -dc "$folder/trace.gz" | cmp - "$folder/trace" || fail "a packed trace is another one"

# refused STATUS WORDS ARGUMENT... - and nothing is left behind.
refused() {
	local wanted=$1 words=$2 status=0
	shift 2
	"$record" -o "$folder/bad.gz" "$@" >"$folder/out" 2>&1 || status=$?
	[ "$status" = "$wanted" ] || fail "status $status for: $*"
	grep -qF -- "$words" "$folder/out" || fail "\"$words\" not said for: $*"
	[ -z "$(find "$folder" -name 'bad.gz*')" ] || fail "something is left of: $*"
}

refused 2 'either a command or --from LOG'
refused 2 'either a command or --from LOG' --from "$folder/log" true
refused 1 'No such file' --from "$folder/none"
: >"$folder/empty"
refused 1 'nothing of strace is in it' --from "$folder/empty"
refused 1 'not a line of "strace -f -ttt' --from "$folder/expected"
head -c 4096 /dev/urandom >"$folder/noise"
refused 1 "$folder/noise:1:" --from "$folder/noise"
"$record" --help | grep -q 'strace' || fail "--help"

# A log that breaks off leaves nothing alive in its trace.
for lines in 1 12 14 20 30; do
	head -n "$lines" "$folder/log" >"$folder/cut"
	"$record" -o "$folder/cut.trace" --from "$folder/cut"
	"$replay" --check "$folder/cut.trace" || fail "cut after $lines lines"
done

if ! strace -o /dev/null true 2>/dev/null; then
	echo "strace cannot trace here: no real command is recorded"
	exit 0
fi
# shellcheck disable=SC2016 # it is for the other shell
"$record" -o "$folder/real.trace.gz" --keep-log "$folder/real.log" sh -c \
	'cat "$1" | wc -c >"$2"; exec 5<"$1"; (sleep 0.1; head -c 10 <&5 >/dev/null) & exec 5<&-; ls / >/dev/null' \
	sh "$folder/log" "$folder/count" || fail "recording"
[ "$(cat "$folder/count")" = "$(wc -c <"$folder/log")" ] || fail "the command did not do its work"
[ -s "$folder/real.log" ] || fail "the log was not kept"
"$replay" --speed 0 --json "$folder/real.json" "$folder/real.trace.gz" || fail "the recorded trace"
# The shell, cat, wc, sleep, head and ls.
[ "$(sed -n 's/^  "owners": \([0-9]*\),$/\1/p' "$folder/real.json")" -ge 6 ] || fail "not all processes were recorded"
grep -q '"strays": 0,' "$folder/real.json" || fail "strays"
