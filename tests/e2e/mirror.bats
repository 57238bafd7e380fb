# SPDX-License-Identifier: GPL-3.0-or-later
# Whole trees.

load lib

# summary KEY VALUE: what the last mirror with --json says at its end
summary() {
	json "$out" "of('summary')[-1]['$1'] == $2"
}

# is_kind KIND: this server?
is_kind() {
	[ "$SRV_KIND" = "$1" ]
}

# Only ProFTPD makes links, by paths of its own.
same_tree_but_links() {
	diff <(cd "$1" && find . ! -type l -printf '%p %y\n' | sort) \
	    <(cd "$2" && find . ! -type l -printf '%p %y\n' | sort)
	diff <(sums "$1") <(sums "$2")
	! knows times || diff <(stamps "$1") <(stamps "$2")
	! knows chmod || same_modes "$1" "$2"
}

sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2)
}

# mirror ARG...: with --json
mirror() {
	ftps --json "$SITE" mirror "$@"
}

@test "the backup job: up, nothing to do, changes, down, down again" {
	local original=$L/tree

	make_tree "$L/tree"
	chmod 600 "$L/tree/odd/a b"
	chmod 755 "$L/tree/d1/e1/f1"
	chmod 750 "$L/tree/d2"
	ln -s e1/f1 "$L/tree/d1/link"
	ln -s ../d1 "$L/tree/d2/link"
	expect 0 mirror -R -e tree up
	same_tree_but_links "$L/tree" "$R/up"
	[ -d "$R/up/odd/empty" ]
	no_parts "$R"
	expect 0 mirror -R -e tree up
	summary transferred 0
	summary deleted 0

	echo changed >"$L/tree/odd/a b"
	chmod 600 "$L/tree/odd/a b"
	echo new >"$L/tree/d3/new"
	rm -r "$L/tree/d4/e4" "$L/tree/d1/e1/f2"
	touch -d '2025-01-01 UTC' "$L/tree/d1/e1/f3"
	expect 0 mirror -R -e tree up
	if knows times; then
		summary transferred 3
	else
		summary transferred 2
	fi
	summary deleted 21
	same_tree_but_links "$L/tree" "$R/up"
	no_parts "$R"

	if ! knows links; then
		rm "$L/tree/d1/link" "$L/tree/d2/link"
	elif ! knows symlink; then
		ln -s e1/f1 "$R/up/d1/link"
		ln -s ../d1 "$R/up/d2/link"
	fi
	expect 0 mirror -e up down
	knows times || original=$R/up
	same_tree "$original" "$L/down"
	same_links "$original" "$L/down"
	knows chmod || original=$R/up
	same_modes "$original" "$L/down"
	[ -d "$L/down/odd/empty" ]
	no_parts "$L"
	expect 0 mirror -e up down
	summary transferred 0
	summary deleted 0
}

@test "a summary line without --json" {
	mkdir "$L/tree"
	echo 1 >"$L/tree/a"
	expect 0 site mirror -R tree up
	grep -qi 'transferred' "$out" "$err" || { show; false; }
}

@test "--dry-run changes nothing" {
	mkdir -p "$L/tree" "$R/up"
	echo 1 >"$L/tree/a"
	echo 2 >"$R/up/b"
	expect 0 site mirror -R -e --dry-run tree up
	has_line "$out" a
	[ "$(ls -A "$R/up")" = b ]
}

@test "-e deletes what the source does not have, not without it" {
	mkdir -p "$L/tree/sub" "$R/up/old/deep"
	echo 1 >"$L/tree/a"
	echo 2 >"$R/up/b"
	echo 3 >"$R/up/old/deep/c"
	expect 0 mirror -R tree up
	[ -e "$R/up/b" ]
	expect 0 mirror -R -e tree up
	same_tree "$L/tree" "$R/up"
	[ ! -e "$R/up/old" ]
	[ -d "$R/up/sub" ]
}

@test "-e downwards, and what filters left out stays" {
	mkdir -p "$R/src" "$L/dst"
	echo 1 >"$R/src/a"
	echo 2 >"$L/dst/b"
	echo 3 >"$L/dst/keep.me"
	expect 0 mirror -e -X '*.me' src dst
	[ "$(ls -A "$L/dst" | tr '\n' ' ')" = "a keep.me " ]
	expect 0 mirror -e --delete-excluded -X '*.me' src dst
	[ "$(ls -A "$L/dst")" = a ]
}

@test "an empty source deletes nothing without --force" {
	mkdir -p "$R/src" "$L/dst"
	echo 1 >"$L/dst/a"
	mirror -e src dst >"$out" 2>"$err" || :
	[ -e "$L/dst/a" ]
	expect 0 mirror -e --force src dst
	[ ! -e "$L/dst/a" ]
}

@test "a source that cannot be read deletes nothing" {
	mkdir -p "$R/src/locked" "$R/src/open" "$L/dst"
	echo 1 >"$R/src/open/a"
	echo 2 >"$L/dst/b"
	chmod 000 "$R/src/locked"
	if expect 0 mirror -e src dst; then
		false
	fi
	[ -e "$L/dst/b" ]
	[ -e "$L/dst/open/a" ]
}

@test "--max-delete" {
	mkdir -p "$R/src" "$L/dst"
	echo 1 >"$R/src/a"
	touch "$L/dst/b" "$L/dst/c" "$L/dst/d"
	expect 1 mirror -e --max-delete 2 src dst
	[ -e "$L/dst/b" ]
	expect 0 mirror -e --max-delete 3 src dst
	[ "$(ls -A "$L/dst")" = a ]
}

@test "--require" {
	mkdir -p "$L/src" "$R/dst"
	echo 1 >"$L/src/a"
	expect 6 mirror -R --require .mounted src dst
	[ ! -e "$R/dst/a" ]
	touch "$L/src/.mounted"
	expect 0 mirror -R --require .mounted src dst
	[ -e "$R/dst/a" ]
}

@test "--backup-dir on the server" {
	mkdir -p "$L/src" "$R/dst"
	echo new >"$L/src/a"
	echo older >"$R/dst/a"
	echo gone >"$R/dst/b"
	expect 0 mirror -R -e --backup-dir kept src dst
	[ "$(cat "$R/dst/a")" = new ]
	[ ! -e "$R/dst/b" ]
	[ "$(find "$R" -name a -o -name b | wc -l)" = 3 ]
}

@test "filters: the last match wins" {
	mkdir -p "$R/src/dir"
	touch "$R/src/a.c" "$R/src/a.o" "$R/src/b.o" "$R/src/dir/x"
	expect 0 mirror -X '*.o' -I 'b.o' src one
	[ "$(ls "$L/one" | tr '\n' ' ')" = "a.c b.o dir " ]
	expect 0 mirror -i '\.c$' src two
	[ "$(find "$L/two" -type f)" = "$L/two/a.c" ]
	expect 0 mirror -X 'dir/' src three
	[ ! -e "$L/three/dir" ]
	expect 2 mirror -x '' src four
}

@test "--only-newer, --ignore-time, --ignore-size" {
	mkdir -p "$R/src" "$L/dst"
	echo one >"$R/src/a"
	echo two >"$L/dst/a"
	touch -d '2020-01-01 UTC' "$R/src/a"
	expect 0 mirror -n src dst
	summary transferred 0
	expect 0 mirror --ignore-time src dst
	summary transferred 0
	expect 0 mirror src dst
	summary transferred 1
}

@test "--min-size and --newer-than" {
	mkdir "$R/src"
	echo 1 >"$R/src/small"
	head -c 5000 /dev/zero >"$R/src/large"
	expect 0 mirror --min-size 1k src one
	[ "$(ls "$L/one")" = large ]
	touch -d '30 days ago' "$R/src/large"
	expect 0 mirror --newer-than 7d src two
	[ "$(ls "$L/two")" = small ]
}

@test "--remove-source-files" {
	mkdir "$L/src"
	echo 1 >"$L/src/a"
	expect 0 mirror -R --remove-source-files src dst
	[ ! -e "$L/src/a" ]
	[ "$(cat "$R/dst/a")" = 1 ]
}

@test "--lock: a second run is status 7" {
	mkdir "$R/src"
	: >"$L/lock"
	settle
	exec {fd}<>"$L/lock"
	flock "$fd"
	expect 7 mirror --lock lock src dst
	exec {fd}>&-
	expect 0 mirror --lock lock src dst
}

@test "--on-change runs only if something changed" {
	mkdir "$R/src"
	echo 1 >"$R/src/a"
	expect 0 mirror --on-change 'echo ran >>marker' src dst
	expect 0 mirror --on-change 'echo ran >>marker' src dst
	[ "$(cat "$L/marker")" = ran ]
}

@test "--shard: disjoint parts that make the whole" {
	local i

	mkdir "$R/src"
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "$i" >"$R/src/f$i"
	done
	expect 0 mirror --shard 1/2 src one
	expect 0 mirror --shard 2/2 src two
	[ "$(ls "$L/one" "$L/two" | grep -c ^f)" = 10 ]
	[ "$(ls "$L/one" | wc -l)" -lt 10 ]
}

@test "a remote symlink out of the tree is not followed" {
	can links
	mkdir -p "$R/src" "$R/secret"
	echo secret >"$R/secret/x"
	echo 1 >"$R/src/a"
	ln -s ../secret "$R/src/link"
	expect 0 mirror src dst
	[ ! -e "$L/dst/link/x" ]
	[ "$(cat "$L/dst/a")" = 1 ]
}

@test "a local symlink in the target is not followed" {
	mkdir -p "$R/src/d" "$L/dst" "$L/outside"
	echo 1 >"$R/src/d/a"
	ln -s ../outside "$L/dst/d"
	mirror src dst >"$out" 2>"$err" || :
	[ ! -e "$L/outside/a" ]
}

@test "interrupted and run again, it finishes" {
	make_tree "$L/tree"
	background -o rate-limit=100k "$SITE" mirror -R tree up
	until_true test -d "$R/up"
	kill -TERM "$pid"
	wait "$pid" || :
	expect 0 mirror -R tree up
	same_tree "$L/tree" "$R/up"
	no_parts "$R"
}

@test "-P 8" {
	make_tree "$R/src"
	expect 0 mirror -P 8 src dst
	same_tree "$R/src" "$L/dst"
}

@test "links to . and .., and with ; in their targets, down and down again" {
	can links
	mkdir -p "$R/src/d" "$R/src/a;b" "$R/src/y; z"
	ln -s . "$R/src/here"
	ln -s . "$R/src/d/here"
	ln -s .. "$R/src/d/up"
	ln -s 'a;b' "$R/src/l"
	ln -s 'y; z' "$R/src/m"
	expect 0 mirror -e src dst
	same_links "$R/src" "$L/dst"
	ln -s .. "$R/src/out"
	expect 0 mirror -e src dst
	summary transferred 0
	summary deleted 0
	[ ! -L "$L/dst/out" ]
}
