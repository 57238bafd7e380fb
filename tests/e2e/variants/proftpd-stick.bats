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

@test "up: names that are one there, and a directory that was renamed" {
	serve
	mkdir -p "$L/src/Docs/deep" "$R/up/docs/Deep"
	echo 1 >"$L/src/x.JPG"
	echo 2 >"$L/src/x.jpg"
	echo 3 >"$L/src/Docs/deep/a"
	touch -d '2024-02-29 12:34:56 UTC' "$L/src/Docs/deep/a"
	cp --preserve=timestamps "$L/src/Docs/deep/a" "$R/up/docs/Deep/A"
	echo 4 >"$R/up/old"
	expect 1 site mirror -R -e src up
	[ "$(names "$R/up")" = "docs docs/Deep docs/Deep/A x.JPG " ]
	[ "$(cat "$R/up/x.JPG")" = 1 ]
	has_line "$err" "stores Docs as docs"
	has_line "$err" "stores deep as Deep"
	has_line "$err" "stores a as A"
	has_line "$err" "x.jpg and x.JPG are one name on the server"
	expect 1 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	json "$out" "of('summary')[-1]['deleted'] == 0"
	[ "$(names "$R/up")" = "docs docs/Deep docs/Deep/A x.JPG " ]
}

@test "put: README where readme stands" {
	serve
	echo 1 >"$R/readme"
	echo 2 >"$L/README"
	expect 0 site put README
	[ "$(names "$R")" = "README " ]
	echo 3 >"$L/readme"
	expect 1 site put README readme
	has_line "$err" "readme and README are one name on the server"
	[ "$(cat "$R/README")" = 2 ]
	expect 1 site put -E readme README
	has_line "$err" "README and readme are one name on the server"
	[ "$(cat "$R/readme")" = 3 ]
	[ -e "$L/README" ]
	[ ! -e "$L/readme" ]
}

@test "down: names that are one here" {
	stick "$L/stick" "$client_uid"
	mkdir -p "$R/src/Docs" "$L/stick/down/docs"
	echo 1 >"$R/src/x.JPG"
	echo 2 >"$R/src/x.jpg"
	echo 3 >"$R/src/Docs/a"
	touch -d '2024-02-29 12:34:56 UTC' "$R/src/Docs/a"
	cp --preserve=timestamps "$R/src/Docs/a" "$L/stick/down/docs/A"
	echo 4 >"$L/stick/down/old"
	expect 6 site mirror -e src stick/down
	[ "$(names "$L/stick/down")" = "docs docs/A x.JPG " ]
	[ "$(cat "$L/stick/down/x.JPG")" = 1 ]
	has_line "$err" "the file system stores Docs as docs"
	has_line "$err" "x.jpg and x.JPG are one name in this file system"
	expect 6 ftps --json "$SITE" mirror -e src stick/down
	json "$out" "of('summary')[-1]['transferred'] == 0"
	[ "$(names "$L/stick/down")" = "docs docs/A x.JPG " ]
	expect 6 site get -O stick src/x.JPG src/x.jpg src/Docs/a
	has_line "$err" "x.jpg and x.JPG are one name in this file system"
	[ "$(cat "$L/stick/x.JPG")" = 1 ]
	[ "$(cat "$L/stick/a")" = 3 ]
}

@test "up: two names that are one there: one goes, the other is a failure" {
	local i

	serve
	mkdir "$L/src"
	echo small >"$L/src/readme"
	echo CAPITAL >"$L/src/README"
	echo plain >"$L/src/plain"
	for i in 1 2; do
		echo "run $i"
		expect 1 site mirror -R -e src up
		has_line "$err" readme
		has_line "$err" README
		[ "$(cat "$R/up/plain")" = plain ]
		case $(cat "$R/up/readme") in
		small|CAPITAL) ;;
		*) false ;;
		esac
		no_parts "$R"
	done
	expect 1 site mirror -R --remove-source-files src up
	[ -e "$L/src/readme" ] || [ -e "$L/src/README" ]
}

@test "up: what is there in another case is the same, and stays" {
	local i

	serve
	mkdir -p "$L/src/docs" "$R/up/Docs"
	echo new >"$L/src/docs/photo.jpg"
	echo same >"$L/src/docs/note"
	echo other >"$R/up/Docs/PHOTO.JPG"
	echo gone >"$R/up/Docs/gone"
	for i in 1 2 3; do
		echo "run $i"
		site mirror -R -e src up >"$out" 2>"$err" || :
		[ "$(cat "$R/up/docs/photo.jpg")" = new ]
		[ "$(cat "$R/up/docs/note")" = same ]
	done
	expect 0 site get -r -O back up
	[ "$(cat "$L"/back/*/*/[pP]*)" = new ]
}

@test "down: two names that are one here: one comes, the other is a failure" {
	local i status

	stick "$L/down" "$client_uid"
	mkdir "$R/src"
	echo small >"$R/src/readme"
	echo CAPITAL >"$R/src/README"
	echo plain >"$R/src/plain"
	for i in 1 2; do
		echo "run $i"
		status=0
		site mirror -e src down >"$out" 2>"$err" || status=$?
		[ "$status" = 1 ] || [ "$status" = 6 ] || { show; false; }
		has_line "$err" readme
		has_line "$err" README
		[ "$(cat "$L/down/plain")" = plain ]
		case $(cat "$L/down/readme") in
		small|CAPITAL) ;;
		*) false ;;
		esac
		no_parts "$L"
	done
}

@test "down: what is here in another case is the same, and stays" {
	local i

	stick "$L/down" "$client_uid"
	mkdir -p "$R/src/docs" "$L/down/Docs"
	echo new >"$R/src/docs/photo.jpg"
	echo same >"$R/src/docs/note"
	echo other >"$L/down/Docs/PHOTO.JPG"
	echo gone >"$L/down/Docs/gone"
	for i in 1 2 3; do
		echo "run $i"
		site mirror -e src down >"$out" 2>"$err" || :
		[ "$(cat "$L/down/docs/photo.jpg")" = new ]
		[ "$(cat "$L/down/docs/note")" = same ]
	done
}

@test "down: times are kept, odd seconds, too" {
	stick "$L/stick" "$client_uid"
	mkdir "$R/src"
	echo 1 >"$R/src/odd"
	echo 2 >"$R/src/even"
	touch -d '2024-02-29 12:34:57 UTC' "$R/src/odd"
	touch -d '2024-02-29 12:34:56 UTC' "$R/src/even"
	expect 0 site mirror src stick/down
	[ "$(date -u -r "$L/stick/down/odd" +%T)" = 12:34:57 ]
	expect 0 ftps --json "$SITE" mirror src stick/down
	json "$out" "of('summary')[-1]['transferred'] == 0"
}
