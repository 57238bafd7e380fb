# SPDX-License-Identifier: GPL-3.0-or-later
# File systems that take README and readme for one name, on either side.

load ../lib

# serve: a server of the case's own, whose files are on such a file system
serve() {
	stick "$T/stick" "$server_uid"
	own on="$T/stick"
}

# names DIR: all that is below, in a line
names() {
	(cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ')
}

@test "up and down: nothing is sent again for its time" {
	serve
	mkdir "$L/src"
	for i in 1 2 3 4 5; do
		echo "$i" >"$L/src/$i"
		touch -d "2024-02-29 12:34:5$i.987654321 UTC" "$L/src/$i"
	done
	ftps "$SITE" mirror -R -e src up >"$out" 2>"$err" || { show; false; }
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	expect 0 site mirror -e up down
	expect 0 ftps --json "$SITE" mirror -e up down
	json "$out" "of('summary')[-1]['transferred'] == 0"
}

@test "names that cannot be there fail, all others go" {
	serve
	mkdir "$L/src"
	echo 1 >"$L/src/a:b"
	echo 2 >"$L/src/what?"
	echo 3 >"$L/src/plain"
	echo 4 >"$L/src/ünï"
	expect 1 site mirror -R -e src up
	[ "$(cat "$R/up/plain")" = 3 ]
	[ "$(cat "$R/up/ünï")" = 4 ]
	has_line "$err" a:b
	has_line "$err" 'what?'
	expect 1 site mirror -R -e src up
	[ "$(names "$R/up")" = "plain ünï " ]
}
