# SPDX-License-Identifier: GPL-3.0-or-later
# Pure-FTPd, set up otherwise: listings that it cuts short, names that it
# changes, uploads that it renames.

load ../lib

@test "a limited listing: to look at it is warned of" {
	local command

	own with='-L 20:5'
	numbered "$R/many" 50
	for command in nlist ls; do
		expect 0 site "$command" many
		[ "$(wc -l <"$out")" -lt 50 ]
		[ -s "$err" ] || { show; false; }
	done
	expect 0 ftps -o listing=list "$SITE" ls many
	[ -s "$err" ] || { show; false; }
}

@test "a limited listing: whoever needs all of it fails, and deletes nothing" {
	local how

	own with='-L 20:5'
	numbered "$R/many" 50
	echo one >"$R/other"
	cp -a "$R/many" "$L/down"
	echo mine >"$L/down/mine"
	for how in auto mlsd list stat; do
		echo "listing=$how"
		expect 1 ftps -o "listing=$how" "$SITE" mirror -e many down
		[ "$(count "$L/down")" = 51 ]
		expect 1 ftps -o "listing=$how" "$SITE" rm -r many
		[ "$(count "$R/many")" = 50 ]
	done
	expect 1 site mirror many fresh
	expect 1 site get -r -O copy many
	expect 1 site get -r -E -O copy many
	expect 1 site get 'many/*'
	expect 1 site rm 'many/*'
	expect 1 site find many
	expect 1 site du many
	[ "$(count "$R/many")" = 50 ]
}

@test "a limited listing of the target: nothing there is deleted" {
	own with='-L 20:5'
	numbered "$R/up" 50
	numbered "$L/src" 5
	expect 1 site mirror -R -e src up
	[ "$(count "$R/up")" = 50 ]
}

@test "a directory that just keeps within the limit is whole" {
	own with='-L 20:5'
	numbered "$R/few" 12
	numbered "$L/down" 12
	echo mine >"$L/down/mine"
	expect 0 site mirror -e few down
	same_tree "$R/few" "$L/down"
	expect 0 site rm -r few
	[ ! -e "$R/few" ]
}

@test "put: a name that the server changes is a failure, and stays there" {
	echo 1 >"$L/report "
	echo 2 >"$L/a	b"
	expect 1 site put 'report '
	has_line "$err" report_
	[ "$(cat "$R/report_")" = 1 ]
	expect 1 site put -E 'a	b'
	has_line "$err" a_b
	[ "$(cat "$L/a	b")" = 2 ]
	[ "$(cat "$R/a_b")" = 2 ]
	no_parts "$R"
}

@test "mirror -R -e: what it just sent under a changed name is not deleted" {
	local i

	mkdir -p "$L/src/sub" "$R/up/sub"
	echo 1 >"$L/src/report "
	echo 2 >"$L/src/sub/a	b"
	echo 3 >"$L/src/plain"
	mkdir "$L/src/tab	dir"
	echo 4 >"$L/src/tab	dir/inside"
	for i in 1 2 3; do
		echo gone >"$R/up/gone$i"
		echo "run $i"
		expect 1 site mirror -R -e src up
		[ "$(cat "$R/up/report_")" = 1 ]
		[ "$(cat "$R/up/sub/a_b")" = 2 ]
		[ "$(cat "$R/up/plain")" = 3 ]
		[ "$(cat "$R/up/tab_dir/inside")" = 4 ]
		has_line "$err" report_
	done
	no_parts "$R"
	# What was changed stays on our side, too.
	echo other >"$L/src/plain"
	expect 1 site mirror -R --remove-source-files src up
	[ -e "$L/src/report " ]
	[ -e "$L/src/sub/a	b" ]
	[ ! -e "$L/src/plain" ]
}

@test "names with blanks in many places" {
	mkdir "$L/src"
	for name in 'a  ' ' b' 'c .' 'd. ' ' ' '. ' '_ '; do
		echo 1 >"$L/src/$name"
	done
	expect 1 site mirror -R -e src up
	ls -QA "$R/up"
	ls -QA "$R/up" >"$T/first"
	expect 1 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	ls -QA "$R/up" | cmp - "$T/first"
	[ "$(wc -l <"$T/first")" = 7 ]
}

@test "temp-names=no: an upload that it renames is a failure" {
	own with=-r
	echo one >"$R/x"
	touch -d '2020-01-01 00:00 UTC' "$R/x"
	echo two >"$L/x"
	expect 1 site -o temp-names=no put x
	has_line "$err" "kept the old file"
	has_line "$err" "x.1"
	echo longer >"$L/x"
	expect 1 site -o temp-names=no put -E x
	has_line "$err" "x.2"
	[ "$(cat "$R/x")" = one ]
	[ "$(date -u -r "$R/x" +%Y)" = 2020 ]
	[ "$(cat "$L/x")" = longer ]
	[ "$(ls "$R" | wc -l)" = 3 ]
	expect 0 site -o temp-names=no put -o y x
	expect 0 site put x
	[ "$(cat "$R/x")" = longer ]
}
