# SPDX-License-Identifier: GPL-3.0-or-later
# This machine's side: a full disk, memory.

load ../lib

eval "lib_$(declare -f teardown)"

teardown() {
	umount "$L/small" 2>/dev/null || :
	lib_teardown
}

# small_disk: at $L/small, of 1 MB
small_disk() {
	mkdir "$L/small"
	mount -t tmpfs -o size=1m tmpfs "$L/small" 2>"$T/why" ||
		skip "cannot mount: $(cat "$T/why")"
}

@test "get onto a full disk: status 6, the old file stays" {
	small_disk
	big "$R/file" 2000000
	echo old >"$L/small/file"
	expect 6 site get -O small file
	has_line "$err" "disk full"
	[ "$(cat "$L/small/file")" = old ]
	mount -o remount,size=4m "$L/small"
	expect 0 site get -O small file
	cmp "$R/file" "$L/small/file"
	no_parts "$L/small"
}

@test "mirror onto a full disk: status 6, no half file, then the rest" {
	local i file

	small_disk
	mkdir "$R/src"
	for i in 1 2 3 4 5 6 7 8; do
		big "$R/src/$i" 250000
	done
	expect 6 site mirror src small
	for file in "$L"/small/?; do
		cmp "$R/src/${file##*/}" "$file"
	done
	mount -o remount,size=4m "$L/small"
	expect 0 site mirror src small
	same_tree "$R/src" "$L/small"
	no_parts "$L/small"
}

@test "valgrind finds no leak and no error" {
	local before

	command -v valgrind >/dev/null || skip "valgrind is not installed"
	if ldd "$E2E_WORK/ftps" | grep -q 'lib[atu]b\?san'; then
		skip "valgrind cannot run a program with sanitizers"
	fi
	mkdir -p "$R/src/d"
	echo 1 | tee "$R/src/a" >"$R/src/d/b"
	big "$L/file" 300000
	before="timeout -k 5 120 valgrind -q --vgdb=no --error-exitcode=99
	    --leak-check=full --show-leak-kinds=definite,possible
	    --errors-for-leak-kinds=definite,possible"
	settle
	expect 0 run_checked "$before" -c 'ls; put file; get -o copy file;
	    mirror src down; mirror -R down up; rm -r src' "$SITE"
	cmp "$L/file" "$L/copy"
	same_tree "$L/down" "$R/up"
	has_no_line "$err" ==
}

run_checked() {
	(run_ftps "$@")
}
