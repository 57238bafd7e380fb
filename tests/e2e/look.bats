# SPDX-License-Identifier: GPL-3.0-or-later
# Looking at the server's files.

load lib

@test "an empty directory" {
	expect 0 site ls
	[ ! -s "$out" ]
	expect 0 site nlist
	[ ! -s "$out" ]
}

@test "ls -1 and nlist: sorted names" {
	touch "$R/b" "$R/a" "$R/c"
	mkdir "$R/d"
	expect 0 site ls -1
	has_line "$out" d
	[ "$(sed 's/\/$//' "$out" | tr '\n' ' ')" = "a b c d " ]
	expect 0 site nlist
	[ "$(sed 's/\/$//' "$out" | sort | tr '\n' ' ')" = "a b c d " ]
}

@test "ls: hidden names only with -a" {
	touch "$R/.hidden" "$R/seen"
	expect 0 site ls -1
	out_is seen
	expect 0 site ls -1 -a
	has_line "$out" .hidden
}

@test "ls -l: size and time" {
	echo 12345 >"$R/file"
	touch -d '2024-02-29 12:34:56 UTC' "$R/file"
	expect 0 site ls -l
	grep -Eq '(^| )6 .*2024.* file$' "$out" || { show; false; }
}

@test "ls -S, -t, -r and a directory's name with -d" {
	mkdir "$R/d"
	echo 1 >"$R/d/small"
	echo 12345 >"$R/d/large"
	touch -d '2020-01-01 UTC' "$R/d/large"
	expect 0 site ls -1 -S d
	out_is large small
	expect 0 site ls -1 -t d
	out_is small large
	expect 0 site ls -1 -rt d
	out_is large small
	expect 0 site ls -1 -d d
	[ "$(tr -d / <"$out")" = d ]
}

@test "odd names come out as they are" {
	local name

	for name in "${odd_names[@]}"; do
		echo "this is $name" >"$R/$name"
	done
	expect 0 site nlist
	ls -A "$R" | LC_ALL=C sort >"$T/want"
	LC_ALL=C sort "$out" | cmp - "$T/want" || { show; false; }
	for name in "${odd_names[@]}"; do
		expect 0 ftps --no-glob "$SITE" cat -- "$name"
		out_is "this is $name"
	done
}

@test "control characters never reach a terminal" {
	can control-characters
	touch "$R/"$'esc\e[31m'
	expect 0 script -qec "${as[*]} env FTPS_PASSWORD=$(
	    )$PASSWORD HOME=$T/home $E2E_WORK/ftps --cacert $CA $(
	    )${TLS[*]} $SITE ls" "$T/typescript" </dev/null
	has_line "$T/typescript" esc
	has_no_line "$T/typescript" $'\e[31m'
}

@test "globs match remote names" {
	touch "$R/a1" "$R/a2" "$R/b1" "$R/.a3"
	mkdir "$R/d1" "$R/d2"
	touch "$R/d1/x.c" "$R/d2/y.c"
	expect 0 site ls -1 'a*'
	out_is a1 a2
	expect 0 site ls -1 '?[12]'
	expect 0 site ls -1 'd*/*.c'
	out_is d1/x.c d2/y.c
	expect 1 site ls 'z*'
	expect 0 ftps -c "cat 'a*' || mkdir quoted" "$SITE"
	[ -d "$R/quoted" ]
}

@test "a name that exists exactly wins over its meaning as a glob" {
	echo literal >"$R/[a]"
	echo other >"$R/a"
	expect 0 site cat '[a]'
	out_is literal
}

@test "cd and pwd" {
	mkdir -p "$R/a/b c"
	expect 0 ftps -c 'cd a; cd "b c"; pwd' "$SITE"
	has_line "$out" '/a/b c'
	expect 0 ftps -c 'cd a/"b c"; cd ..; pwd' "$SITE"
	grep -q '/a$' "$out" || { show; false; }
	expect 1 site cd missing
}

@test "stat" {
	echo 12345 >"$R/file"
	expect 0 site stat file
	has_line "$out" 6
	expect 1 site stat missing
}

@test "cat of several files, head and tail" {
	seq 1 100 >"$R/n"
	echo last >"$R/m"
	expect 0 site cat n m
	[ "$(wc -l <"$out")" = 101 ]
	expect 0 site head -n 2 n
	out_is 1 2
	expect 0 site tail -n 2 n
	out_is 99 100
	expect 1 site cat missing
}

@test "output to a file and to a local command" {
	printf 'b\na\n' >"$R/n"
	expect 0 ftps -c 'cat n > one; cat n >> one; cat n | sort' "$SITE"
	out_is a b
	[ "$(tr '\n' ' ' <"$L/one")" = "b a b a " ]
}

@test "find" {
	mkdir -p "$R/a/b"
	echo 12345678 >"$R/a/b/large.txt"
	echo 1 >"$R/a/small.txt"
	touch -d '10 days ago' "$R/a/small.txt"
	expect 0 site find
	[ "$(wc -l <"$out")" -ge 4 ]
	expect 0 site find a -name '*.txt' -size +5c
	out_is a/b/large.txt
	expect 0 site find a -type d
	[ "$(sort "$out" | sed 's/\/$//' | tr '\n' ' ')" = "a a/b " ]
	expect 0 site find a -type f -mtime +5
	out_is a/small.txt
	expect 0 site find a -maxdepth 1 -type f
	out_is a/small.txt
}

@test "du" {
	mkdir -p "$R/a/b"
	head -c 1000 /dev/zero >"$R/a/x"
	head -c 2000 /dev/zero >"$R/a/b/y"
	expect 0 site du -s a
	grep -Eq '^ *[0-9.]+[KMB]?[[:space:]]+a/?$' "$out" || { show; false; }
	expect 0 site du a
	[ "$(wc -l <"$out")" = 2 ]
}
