# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What the scripts share: they run in the top folder, and do their work in steps
# that are told as they go, timed, logged to build/log and counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=$(nproc)
passed=0
failed=0
table=()

# tracked [PATTERN...] - the project's files; in a tree without git, all but build/.
tracked() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -- "$@"
	else
		find . -path ./build -prune -o -type f -print | sed 's/^\.\///' |
			{ [ $# -eq 0 ] && cat || grep -E "$(printf '%s\n' "$@" | sed 's/[.]/\\./g; s/\*/.*/g; s/$/$/' | paste -sd'|')"; }
	fi
}

# count RESULT NAME SECONDS PASSED FAILED - one line of progress, kept for the table.
count() {
	local line
	line=$(printf '%-8s %-28s %4d s' "$1" "$2" "$3")
	[ $(($4 + $5)) -le 1 ] || line+=", $4 of $(($4 + $5)) tests"
	passed=$((passed + $4))
	failed=$((failed + $5))
	table+=("$line")
	echo "$line"
}

# step NAME COMMAND... - run COMMAND, which is one test, or as many as ctest, TAP, or another of these scripts says.
step() {
	local name=$1 start=$SECONDS result=ok bad=0 good=1 log summary
	shift
	mkdir -p build/log
	log=build/log/$name.log
	[ ! -t 1 ] || printf '%-8s %s\r' '...' "$name"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		result=FAILED
		good=0
		bad=1
	fi
	summary=$(sed -n 's/.*tests passed, \([0-9]*\) tests* failed out of \([0-9]*\)$/\1 \2/p' "$log" | tail -n 1)
	if [ -n "$summary" ]; then
		bad=${summary% *}
		good=$((${summary#* } - bad))
	elif [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then # of another of these scripts
		good=${BASH_REMATCH[1]}
		bad=${BASH_REMATCH[2]}
	elif grep -qE '^(not )?ok [0-9]' "$log"; then # TAP
		good=$(grep -cE '^ok [0-9]' "$log" || true)
		bad=$(grep -cE '^not ok [0-9]' "$log" || true)
	fi
	# Whatever was counted: what failed as a whole has failed.
	[ "$result" = ok ] || [ "$bad" -gt 0 ] || bad=1
	count "$result" "$name" $((SECONDS - start)) "$good" "$bad"
	if [ "$result" = FAILED ]; then
		# What failed comes first: whoever keeps only some of these lines has it.
		grep -E '^ *not ok [0-9]' "$log" | head -n 20 | sed 's/^ */    /' || true
		tail -n 60 "$log" | sed 's/^/    /'
		echo "    (the whole of it: $log)"
	fi
}

# tap CONSOLE - the lines of TAP in it, without a kernel's time stamps and KUnit's indents.
tap() {
	sed -n 's/^\(\[ *[0-9.]*\] \)\{0,1\} *\(\(not \)\{0,1\}ok [0-9].*\|1\.\.[0-9]*\|Bail out!.*\|# .*\)$/\2/p' "$1"
}

# tap_is_good CONSOLE [PLANS] - good if it has PLANS plans (one), and each was carried out, in order, all of it ok.
# Each may count from one.
tap_is_good() {
	tap "$1" | awk -v plans="${2:-1}" '
		/^1\.\.[0-9]+$/ { plans--; seen++; planned += substr($0, 4) }
		/^(not ok|Bail out)/ { bad = 1 }
		/^ok / && $2 != last + 1 { again++; bad = bad || $2 != 1 }
		/^ok / { good++; last = $2 }
		END {
			printf "# %d of %d tests ok%s\n", good, planned, plans ? ", and plans are missing, or too many" : ""
			exit bad || again >= seen || plans || good != planned || !good
		}'
}

# skip NAME REASON - a step that this machine cannot take. It counts as nothing.
skip() {
	table+=("$(printf '%-8s %-28s %s' skipped "$1" "$2")")
	echo "${table[-1]}"
}

# finish - the table and the count; the exit status says whether all went well.
finish() {
	printf '\n%s, %d min %d s\n' "$(basename "$0")" $((SECONDS / 60)) $((SECONDS % 60))
	printf '  %s\n' "${table[@]}"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# build PRESET [TARGET...] - configure, and build everything or the TARGETs.
build() {
	local preset=$1
	shift
	[ $# -gt 0 ] || set -- all
	cmake --preset "$preset" && cmake --build "build/$preset" -j "$jobs" --target "$@"
}

# quietly LOG COMMAND... - the output goes to build/log/LOG and is shown if it fails.
quietly() {
	local log=build/log/$1
	shift
	mkdir -p build/log
	if ! "$@" >"$log" 2>&1 </dev/null; then
		cat "$log"
		return 1
	fi
}
