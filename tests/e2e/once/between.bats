# SPDX-License-Identifier: GPL-3.0-or-later
# Mirrors between two servers, by the program beside (there is no command for
# that yet).  The second one is pyftpdlib's, or whatever else can be had.

load ../lib

# other: starts a second server; $R2 is its directory, $SITE2 its SITE.
other() {
	local kind

	for kind in pyftpd proftpd vsftpd; do
		if [ "$kind" != "$SRV_KIND" ] &&
		    "$servers/server" start "$kind" >"$T/other" 2>"$T/why"
		then
			. "$T/other"
			OTHER=$SRV_DIR R2=$SRV_DATA
			cat "$CA" "$SRV_CA" >"$T/cas.pem"
			chmod 644 "$T/cas.pem"
			SITE2=$SRV_USER:$SRV_PASSWORD@127.0.0.1:$SRV_PORT/
			SITE2=$SITE2$SRV_BASE
			return 0
		fi
	done
	skip "no second server"
}

# between ARG...: in $L, as whom the client runs
between() {
	[ -x "$E2E_WORK/between" ] || skip "make tests/e2e/between first"
	cd "$L"
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T" LC_ALL=C.UTF-8 TZ=UTC \
	    ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
	    ${LSAN_OPTIONS:+"LSAN_OPTIONS=$e2e_lsan"} \
	    ${TSAN_OPTIONS:+"TSAN_OPTIONS=$TSAN_OPTIONS"} \
	    "${as[@]}" "$E2E_WORK/between" "$T/cas.pem" "$@"
}

teardown_between() {
	[ -z "${OTHER:-}" ] || "$servers/server" stop "$OTHER"
}

@test "a tree from one server to another, its changes, and back" {
	local first=${SITE/@/:$PASSWORD@} dir=$R

	other
	trap teardown_between EXIT
	make_tree "$dir/tree"
	chmod -R u+rwX "$dir"
	settle
	expect 0 between "$first" tree "$SITE2" there
	same_tree "$dir/tree" "$R2/there"
	no_parts "$R2"
	expect 0 between "$first" tree "$SITE2" there
	has_line "$out" "transferred 0"

	echo changed >"$dir/tree/odd/a b"
	rm -r "$dir/tree/d1/e1"
	settle
	expect 0 between -e "$first" tree "$SITE2" there
	[ -z "$(diff -rq "$dir/tree" "$R2/there")" ]
	[ ! -e "$R2/there/d1/e1" ]
	expect 0 between "$SITE2" there "$first" back
	[ -z "$(diff -rq "$dir/tree" "$dir/back")" ]
	[ "$(stat -c %Y "$dir/back/odd/a b")" = \
	    "$(stat -c %Y "$dir/tree/odd/a b")" ]
	no_parts "$dir"
}

@test "what the first server does not have takes nothing from the other" {
	local first=${SITE/@/:$PASSWORD@}

	other
	trap teardown_between EXIT
	mkdir "$R2/there"
	echo precious >"$R2/there/file"
	expect 1 between -e "$first" nothing "$SITE2" there
	[ "$(cat "$R2/there/file")" = precious ]
	mkdir "$R/empty"
	settle
	expect 1 between -e "$first" empty "$SITE2" there
	has_line "$err" "the source is empty"
	[ "$(cat "$R2/there/file")" = precious ]
}
