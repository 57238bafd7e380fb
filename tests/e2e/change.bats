# SPDX-License-Identifier: GPL-3.0-or-later
# Changing names, directories and attributes on the server.

load lib

@test "mkdir, mkdir -p, rmdir" {
	expect 0 site mkdir 'a b'
	[ -d "$R/a b" ]
	# ftp-srv is content if it is there.
	[ "$SRV_KIND" = ftpsrv ] || expect 1 site mkdir 'a b'
	expect 0 site mkdir -p x/y/z
	[ -d "$R/x/y/z" ]
	expect 0 site mkdir -p x/y/z
	expect 0 site rmdir x/y/z 'a b'
	[ ! -e "$R/x/y/z" ]
	expect 1 site rmdir x
	[ -d "$R/x/y" ]
}

@test "rm: files, globs, missing ones" {
	touch "$R/a" "$R/b1" "$R/b2" "$R/-dash"
	expect 0 site rm a 'b*'
	expect 0 site rm -- -dash
	[ -z "$(ls -A "$R")" ]
	expect 1 site rm missing
	expect 0 site rm -f missing
}

@test "rm of a directory is refused, rm -r removes it" {
	mkdir -p "$R/d/e/f" "$R/keep"
	touch "$R/d/x" "$R/d/e/.y" "$R/d/e/f/z"
	expect 1 site rm d
	[ -e "$R/d/x" ]
	expect 0 site rm -r d
	[ "$(ls -A "$R")" = keep ]
}

@test "rm -r does not follow a symlink" {
	can links
	mkdir "$R/d" "$R/other"
	touch "$R/other/x"
	ln -s ../other "$R/d/link"
	expect 0 site rm -r d
	[ -e "$R/other/x" ]
	[ ! -e "$R/d" ]
}

@test "mv: a file, onto another, into a directory, a directory" {
	echo 1 >"$R/a"
	expect 0 site mv a b
	[ "$(cat "$R/b")" = 1 ]
	echo 2 >"$R/c"
	expect 0 site mv b c
	[ "$(cat "$R/c")" = 1 ]
	mkdir "$R/d"
	expect 0 site mv c d
	[ "$(cat "$R/d/c")" = 1 ]
	expect 0 site mv d e
	[ "$(cat "$R/e/c")" = 1 ]
	expect 1 site mv missing x
}

@test "chmod" {
	can chmod
	touch "$R/a"
	expect 0 site chmod 600 a
	[ "$(stat -c %a "$R/a")" = 600 ]
	expect 1 site chmod 600 missing
	expect 2 site chmod 999 a
}

@test "touch makes a file" {
	expect 0 site touch new
	[ -f "$R/new" ]
	[ ! -s "$R/new" ]
	echo keep >"$R/old"
	if knows times; then
		expect 0 site touch old
	else
		expect 1 site touch old
	fi
	[ "$(cat "$R/old")" = keep ]
}

@test "no right to do it: status 1, the server's words" {
	can chmod
	mkdir "$R/d"
	chmod 555 "$R/d"
	expect 1 site mkdir d/x
	has_line "$err" 55
}
