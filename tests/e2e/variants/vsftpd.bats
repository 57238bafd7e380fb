# SPDX-License-Identifier: GPL-3.0-or-later
# vsftpd that hides names with a leading dot, asked for or not, and vsftpd that
# lets nobody set times.

load ../lib

@test "hidden names: get -E and put -E by name" {
	own with='hide_file={.*}'
	echo 1 >"$R/.profile"
	expect 0 site get -E .profile
	[ "$(cat "$L/.profile")" = 1 ]
	[ ! -e "$R/.profile" ]
	expect 0 site put -E .profile
	[ "$(cat "$R/.profile")" = 1 ]
	[ ! -e "$L/.profile" ]
}

@test "hidden names: mirror -R sends them once" {
	own with='hide_file={.*}'
	mkdir -p "$L/src/.git"
	echo 1 >"$L/src/.profile"
	echo 2 >"$L/src/.git/config"
	echo 3 >"$L/src/plain"
	expect 0 site mirror -R -e src up
	[ "$(cat "$R/up/.git/config")" = 2 ]
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	json "$out" "of('summary')[-1]['skipped'] == 2"
	has_line "$err" "hide names with a leading dot"
	[ "$(cat "$R/up/.profile")" = 1 ]
}

@test "hidden names: no reason to delete, on either side" {
	own with='hide_file={.*}'
	mkdir -p "$R/src" "$L/down" "$L/up" "$R/up"
	echo 1 | tee "$R/src/.profile" >"$L/down/.profile"
	echo 2 | tee "$R/src/plain" >"$L/down/plain"
	echo 3 >"$R/up/.secret"
	echo 4 >"$L/up/plain"
	site mirror -e src down >"$out" 2>"$err" || :
	[ "$(cat "$L/down/.profile")" = 1 ]
	[ -s "$err" ] || { show; false; }
	site mirror -R -e up up >"$out" 2>"$err" || :
	[ "$(cat "$R/up/.secret")" = 3 ]
	site rm -r up >"$out" 2>"$err" && false
	[ "$(cat "$R/up/.secret")" = 3 ]
}

@test "times that nobody may set: nothing is sent each night" {
	own with='mdtm_write=NO'
	mkdir "$L/src"
	echo 1 >"$L/src/a"
	echo 2 >"$L/src/b"
	touch -d '2024-01-02 03:04:05' "$L/src/a"
	expect 0 site mirror -R src up
	has_line "$err" "lets nobody set it"
	expect 0 ftps --json "$SITE" mirror -R src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	json "$out" "of('summary')[-1]['skipped'] == 2"
	echo 3 >"$L/src/a"
	touch -d 'now + 1 hour' "$L/src/a"
	expect 0 ftps --json "$SITE" mirror -R src up
	json "$out" "of('summary')[-1]['transferred'] == 1"
	[ "$(cat "$R/up/a")" = 3 ]
}
