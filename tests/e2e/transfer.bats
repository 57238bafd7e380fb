# SPDX-License-Identifier: GPL-3.0-or-later
# Single files, up and down.

load lib

# grows DIR: does a part file with bytes in it lie there?
grows() {
	[ -n "$(find "$1" -name '*.ftps-part*' -size +100k)" ]
}

@test "get: content, time, nothing half left" {
	echo content >"$R/file"
	touch -d '2024-02-29 12:34:56 UTC' "$R/file"
	expect 0 site get file
	same_tree "$R" "$L"
}

@test "get -n 4: one file over several connections" {
	big "$R/big"
	touch -d '2024-02-29 12:34:56 UTC' "$R/big"
	expect 0 ftps --json "$SITE" get -n 4 big
	json "$out" 'len(of("login")) >= 2'
	same_tree "$R" "$L"
	no_parts "$L"
}

@test "get -n 4 of small files and of a missing one" {
	: >"$R/empty"
	echo x >"$R/small"
	expect 0 site get -n 4 empty small
	same_tree "$R" "$L"
	expect 1 site get -n 4 missing
	[ ! -e "$L/missing" ]
}

@test "get: an empty file, and one of 20 MB" {
	: >"$R/empty"
	big "$R/big"
	expect 0 site get empty big
	same_tree "$R" "$L"
}

@test "get -o NAME, -o - and -O DIR" {
	echo content >"$R/file"
	mkdir "$L/dir"
	expect 0 site get -o other file
	cmp "$R/file" "$L/other"
	expect 0 site get -o - file
	out_is content
	expect 0 site get -O dir file
	cmp "$R/file" "$L/dir/file"
}

@test "get a b: two files; a missing second says 'use -o'" {
	echo 1 >"$R/a"
	echo 2 >"$R/b"
	expect 0 site get a b
	same_tree "$R" "$L"
	expect 1 site get a missing
	has_line "$err" -o
	[ ! -e "$L/missing" ]
}

@test "get and mget with globs" {
	touch "$R/a1" "$R/a2" "$R/b1"
	expect 0 site get 'a*'
	[ "$(echo *)" = "a1 a2" ]
	expect 0 site mget 'b*'
	[ -e "$L/b1" ]
	expect 1 site get 'z*'
	expect 0 site get --missing-ok 'z*'
}

@test "get replaces an existing file by rename" {
	echo new >"$R/file"
	echo old >"$L/file"
	ln "$L/file" "$L/link"
	expect 0 site get file
	[ "$(cat "$L/file" "$L/link")" = $'new\nold' ]
	no_parts "$L"
}

@test "get of a missing file leaves the old one" {
	echo old >"$L/missing"
	expect 1 site get missing
	[ "$(cat "$L/missing")" = old ]
	no_parts "$L"
}

@test "get into a directory that cannot be written is status 6" {
	echo content >"$R/file"
	mkdir "$L/dir"
	chmod 555 "$L/dir"
	expect 6 site get -O dir file
	no_parts "$L"
}

@test "get to a full disk is status 6" {
	[ -c /dev/full ] || skip "no /dev/full"
	echo content >"$R/file"
	expect 6 site get -o /dev/full file
}

@test "get writes into a FIFO" {
	echo content >"$R/file"
	mkfifo "$L/fifo"
	timeout 60 cat "$L/fifo" >"$T/read" 3>&- &
	expect 0 site get -o fifo file
	wait
	[ "$(cat "$T/read")" = content ]
	[ -p "$L/fifo" ]
}

# fetched_while COMMAND: get -E of $R/big, and COMMAND in $R once it has begun
fetched_while() {
	head -c 20000000 /dev/zero >"$R/big"
	touch -d '2024-01-02 03:04:05' "$R/big"
	chown "$server_uid" "$R/big"
	mkfifo "$L/fifo"
	background "$SITE" get -E -o fifo big
	exec 8<"$L/fifo"
	head -c 1000000 <&8 >"$T/begin"
	(cd "$R" && eval "$1")
	cat <&8 >"$T/rest"
	exec 8<&-
	ended=0
	wait "$pid" || ended=$?
	pid=
}

@test "get -E keeps what its sender still writes" {
	fetched_while 'echo more >>big'
	[ "$ended" = 8 ]
	has_line "$err" "kept on the server"
	[ -e "$R/big" ]
}

@test "get -E keeps what came in its source's place" {
	# Others tell of size and time only.
	can mlsd
	fetched_while 'cp -p big new && mv new big'
	[ "$ended" = 8 ]
	[ -e "$R/big" ]
}

@test "get -r" {
	mkdir -p "$R/top/a/b" "$R/top/empty"
	echo 1 >"$R/top/one"
	echo 2 >"$R/top/a/b/two"
	expect 0 site get -r top
	same_tree "$R" "$L"
	[ -d "$L/top/empty" ]
	rm -r "$L/top"
	expect 1 site get top
	[ ! -e "$L/top" ]
}

@test "get -E deletes the source, get without it does not" {
	echo content >"$R/file"
	expect 0 site get file
	[ -e "$R/file" ]
	rm "$L/file"
	expect 0 site get -E file
	[ ! -e "$R/file" ]
	[ "$(cat "$L/file")" = content ]
}

@test "get: interrupted, then continued" {
	local status=0

	big "$R/big" 4000000
	touch -d '2024-02-29 12:34:56 UTC' "$R/big"
	background -o rate-limit=1M "$SITE" get big
	until_true grows "$L"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ] || { show; false; }
	[ ! -e "$L/big" ]
	expect 0 ftps --json "$SITE" get -c big
	json "$out" 'of("transfer")[0]["resumed"] is True'
	json "$out" 'of("transfer")[0]["bytes"] < 4000000'
	same_tree "$R" "$L"
}

@test "get -c starts anew if the source has changed" {
	big "$R/big" 4000000
	background -o rate-limit=1M "$SITE" get big
	until_true grows "$L"
	kill -INT "$pid"
	wait "$pid" || :
	tr 'a-z' 'b-za' <"$R/big" >"$R/new"
	mv "$R/new" "$R/big"
	touch -d '2024-02-29 12:34:56 UTC' "$R/big"
	expect 0 site get -c big
	same_tree "$R" "$L"
}

@test "put: content, time, nothing half left" {
	echo content >"$L/file"
	touch -d '2024-02-29 12:34:56 UTC' "$L/file"
	expect 0 site put file
	same_tree "$L" "$R"
}

@test "put: an empty file, and one of 20 MB" {
	: >"$L/empty"
	big "$L/big"
	expect 0 site put empty big
	same_tree "$L" "$R"
}

@test "put -o NAME and -O DIR, local globs" {
	echo content >"$L/file"
	touch "$L/a1" "$L/a2"
	mkdir "$R/dir"
	expect 0 site put -o other file
	cmp "$L/file" "$R/other"
	expect 0 site put -O dir file
	cmp "$L/file" "$R/dir/file"
	expect 0 site put 'a*'
	[ -e "$R/a1" ]
	[ -e "$R/a2" ]
}

@test "put replaces an existing file" {
	echo new >"$L/file"
	echo old >"$R/file"
	expect 0 site put file
	[ "$(cat "$R/file")" = new ]
	no_parts "$R"
}

@test "put looks at all sources first" {
	echo 1 >"$L/a"
	expect 6 site put a missing
	[ ! -e "$R/a" ]
	expect 6 site put no-glob-match-*
}

@test "put into a missing directory is status 1" {
	echo content >"$L/file"
	expect 1 site put -O missing file
	expect 1 site put -o missing/file file
}

@test "put -r" {
	mkdir -p "$L/top/a/b" "$L/top/empty"
	echo 1 >"$L/top/one"
	echo 2 >"$L/top/a/b/two"
	expect 0 site put -r top
	same_tree "$L" "$R"
	[ -d "$R/top/empty" ]
}

@test "put -E deletes the source" {
	echo content >"$L/file"
	expect 0 site put -E file
	[ ! -e "$L/file" ]
	[ "$(cat "$R/file")" = content ]
}

@test "put - from a pipe" {
	seq 1 100000 >"$T/n"
	piped() { cat "$T/n" | site put - stream; }
	expect 0 piped
	cmp "$T/n" "$R/stream"
	no_parts "$R"
}

@test "put --from commits only if the command succeeds" {
	expect 0 site put --from 'seq 1 1000' good
	seq 1 1000 | cmp - "$R/good"
	echo old >"$R/bad"
	expect 6 site put --from 'seq 1 1000; exit 3' bad
	[ "$(cat "$R/bad")" = old ]
	expect 6 site put --from 'seq 1 1000; exit 3' none
	[ "$(ls "$R" -A)" = $'bad\ngood' ]
}

@test "put: interrupted, then continued" {
	local status=0

	big "$L/big" 4000000
	background -o rate-limit=1M "$SITE" put big
	until_true grows "$R"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ] || { show; false; }
	[ ! -e "$R/big" ]
	expect 0 ftps --json "$SITE" put -c big
	! knows resume || json "$out" 'of("transfer")[0]["resumed"] is True'
	cmp "$L/big" "$R/big"
	no_parts "$R"
}

@test "temp-names no writes the name itself" {
	echo content >"$L/file"
	expect 0 ftps -o temp-names=no "$SITE" put file
	cmp "$L/file" "$R/file"
}

@test "rate-limit" {
	local start=$SECONDS

	big "$R/big" 1500000
	expect 0 ftps -o rate-limit=500k "$SITE" get big
	[ $((SECONDS - start)) -ge 2 ]
}

@test "odd names there and back" {
	local name

	mkdir "$L/up" "$L/down"
	for name in "${odd_names[@]}"; do
		echo "this is $name" >"$L/up/$name"
	done
	expect 0 ftps -c 'lcd up; put *' "$SITE"
	same_tree "$L/up" "$R"
	expect 0 ftps -c 'lcd down; get *' "$SITE"
	same_tree "$R" "$L/down"
}

@test "verify=hash" {
	can hash
	echo content >"$L/file"
	expect 0 ftps --json -o verify=hash "$SITE" put file
	json "$out" 'of("transfer")[0]["verified"] is True'
}
