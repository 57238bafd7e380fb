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

@test "MaxClients 1: who comes while another is there waits for his turn" {
	own with='MaxClients 1'
	big "$R/large" 3000000
	background -o rate-limit=2M "$SITE" get large
	until_true started
	# The other one's output is its own.
	out=$T/out2 err=$T/err2
	expect 0 ftps -o retry-delay=200ms -o retries=50 "$SITE" pwd
	wait "$pid"
	pid=
	cmp "$R/large" "$L/large"
}

started() {
	[ -n "$(find "$L" -name '*.ftps-part*' -size +9k)" ]
}

@test "TimesGMT off: nothing is sent again for its time" {
	local how i

	TZ=Asia/Kolkata own with='TimesGMT off'
	numbered "$L/src" 5
	for i in 1 2 3; do
		touch -d "$i days ago" "$L/src/f$i"
	done
	expect 0 site mirror -R -e src up
	expect 0 site mirror -e up down
	for how in auto list; do
		echo "listing=$how"
		expect 0 ftps --json -o "listing=$how" "$SITE" \
		    mirror -R -e src up
		json "$out" "of('summary')[-1]['transferred'] == 0"
		expect 0 ftps --json -o "listing=$how" "$SITE" mirror -e up down
		json "$out" "of('summary')[-1]['transferred'] == 0"
	done
	echo longer >"$L/src/f1"
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 1"
}
