# SPDX-License-Identifier: GPL-3.0-or-later
# Mirrors that are killed at any moment.

load ../lib

# killed SOURCE TARGET ARG...: run the client ten times, kill it each time once
# TARGET has some more bytes, and look at what is there then.  The last run is
# let to its end.
killed() {
	local from=$1 to=$2 i have all

	shift 2
	all=$(bytes "$from")
	for i in 1 2 3 4 5 6 7 8 9 10; do
		have=$(bytes "$to")
		enough=$((have + RANDOM * ((all - have) / 5) / 32768))
		echo "killed at $enough of $all bytes"
		background -o rate-limit=4M "$@"
		until_true has_enough "$to" || { show; return 1; }
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
		diff -r "$from" "$to" >"$T/diff" || :
		if grep -v -e "^Only in $from" -e '^Only in .*ftps-part' \
		    "$T/diff"; then
			return 1
		fi
	done
	expect 0 ftps "$@"
	same_tree "$from" "$to"
	no_parts "$to"
}

bytes() {
	if [ -e "$1" ]; then
		du -sb "$1" | cut -f 1
	else
		echo 0
	fi
}

has_enough() {
	[ "$(bytes "$1")" -gt "$enough" ] || ! kill -0 "$pid" 2>/dev/null
}

# trees DIR: some small files, and some that take their time
trees() {
	local i

	mkdir -p "$1/a/b" "$1/c"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		big "$1/a/$i" $((i * 1500))
		big "$1/a/b/$i" $((i * 15000))
	done
	big "$1/c/large" 3000000
	find "$1" -type f -exec touch -d '2024-02-29 12:34:56 UTC' {} +
}

@test "killed ten times while uploading, and run again" {
	trees "$L/src"
	killed "$L/src" "$R/up" "$SITE" mirror -R src up
}

@test "killed ten times while downloading, and run again" {
	trees "$R/src"
	killed "$R/src" "$L/down" "$SITE" mirror src down
}

@test "killed while replacing, the old file stays until the new one is whole" {
	big "$L/new" 2000000
	echo old | tee "$R/up" >"$L/down"
	background -o rate-limit=1M "$SITE" put -o up new
	until_true parts "$R"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	[ "$(cat "$R/up")" = old ]
	expect 0 site put -o up new
	cmp "$L/new" "$R/up"
	no_parts "$R"
	background -o rate-limit=1M "$SITE" get -o down up
	until_true parts "$L"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	[ "$(cat "$L/down")" = old ]
	expect 0 site get -o down up
	cmp "$R/up" "$L/down"
	no_parts "$L"
}

parts() {
	[ -n "$(find "$1" -name '*.ftps-part*' -size +0)" ]
}
