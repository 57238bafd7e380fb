# SPDX-License-Identifier: GPL-3.0-or-later
# ProFTPD with other settings than those that suit us best.

load ../lib

some_part() {
	[ -n "$(find "$R" -name '*.ftps-part*' -size +99k)" ]
}

@test "MaxClients 2: eight connections are asked for, two serve" {
	own with='MaxClients 2'
	numbered "$R/src" 40
	expect 0 site mirror -P 8 src down
	same_tree "$R/src" "$L/down"
	expect 0 site mirror -R -P 8 down up
	same_tree "$L/down" "$R/up"
}

started() {
	[ -n "$(find "$L" -name '*.ftps-part*' -size +9k)" ]
}

@test "TimesGMT off: nothing is sent again" {
	own with='TimesGMT off' with='SetEnv TZ Asia/Kolkata'
	numbered "$L/src" 5
	echo old >"$L/src/old"
	touch -d '2001-07-01 01:02:03 UTC' "$L/src/old"
	expect 0 site mirror -R -e src up
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	expect 0 site mirror -e up down
	expect 0 ftps --json "$SITE" mirror -e up down
	json "$out" "of('summary')[-1]['transferred'] == 0"
	echo longer >"$L/src/old"
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 1"
}
