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

@test "AllowDotLogin: a client certificate is the only credential" {
	own clientcert with='TLSOptions AllowDotLogin' \
	    with='TLSVerifyClient optional'
	client_certificate me
	client_certificate other
	cp "$T/me.crt" "$R/.tlslogin"
	numbered "$R/src" 20
	PASSWORD= expect 0 ftps --cert "$T/me.crt" --key "$T/me.key" -j 4 \
	    "$SITE" mirror src down
	same_tree "$R/src" "$L/down"
	[ ! -s "$err" ] || { show; false; }
	# Who has another one, or none, is asked for a password, and it serves.
	for args in "" "--cert $T/other.crt --key $T/other.key"; do
		PASSWORD= expect 5 ftps $args "$SITE" pwd
		has_line "$err" password
		expect 0 ftps $args "$SITE" pwd
	done
}

@test "ListOptions maxfiles: a limit that nothing says deletes nothing" {
	local how

	own with='ListOptions "" maxfiles 20'
	numbered "$R/many" 50
	cp -a "$R/many" "$L/down"
	for how in auto mlsd list; do
		echo "listing=$how"
		echo mine >"$L/down/mine"
		ftps -o "listing=$how" "$SITE" mirror -e many down \
		    >"$out" 2>"$err" || :
		rm -f "$L/down/mine"
		same_tree "$R/many" "$L/down"
	done
	# What is seen by MLSD is all.
	expect 0 site mirror -e many fresh
	same_tree "$R/many" "$L/fresh"
	numbered "$L/src" 5
	site mirror -R -e src many >"$out" 2>"$err" || :
	[ "$(count "$R/many")" = 5 ] || [ "$(count "$R/many")" = 50 ]
}

@test "AllowStoreRestart off: an upload that broke off begins anew, at once" {
	own with='AllowStoreRestart off'
	big "$L/src" 8000000
	background -o rate-limit=2M "$SITE" put -o dst src
	until_true some_part
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	expect 0 ftps -o retries=0 "$SITE" put -c -o dst src
	cmp "$L/src" "$R/dst"
	no_parts "$R"
	mkdir "$L/tree"
	mv "$L/src" "$L/tree/f"
	background -o rate-limit=2M "$SITE" mirror -R tree up
	until_true some_part
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	expect 0 ftps -o retries=0 "$SITE" mirror -R -e tree up
	same_tree "$L/tree" "$R/up"
	no_parts "$R"
}

@test "HiddenStores on: up, nothing to do, on after an interruption" {
	own with='HiddenStores on'
	mkdir "$L/src"
	big "$L/src/large" 8000000
	echo small >"$L/src/small"
	background -o rate-limit=2M "$SITE" mirror -R -e src up
	until_true some_part
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	expect 0 ftps -o retries=0 "$SITE" mirror -R -e src up
	same_tree "$L/src" "$R/up"
	expect 0 ftps --json "$SITE" mirror -R -e src up
	json "$out" "of('summary')[-1]['transferred'] == 0"
	no_parts "$R"
}

@test "links of a large directory, by LIST beside MLSD" {
	own
	numbered "$R/many" 450
	ln -s nowhere "$R/many/dangling"
	ln -s f1 "$R/many/link"
	expect 0 ftps -v "$SITE" mirror many down
	grep -q -e '--> LIST -a' "$err" || { show; false; }
	! grep -q -e '--> STAT' "$err" || { show; false; }
	same_links "$R/many" "$L/down"
}
