# SPDX-License-Identifier: GPL-3.0-or-later
# Logging in, trust, where passwords go, what a server can limit.

load lib

@test "a wrong password is status 5" {
	PASSWORD=wrong expect 5 site pwd
	has_line "$err" 530
}

@test "an unknown CA is status 4, and no user name was sent" {
	CA= expect 4 site pwd
	has_line "$err" certificate
}

@test "an unknown CA with --insecure works and says so" {
	CA= expect 0 ftps --insecure "$SITE" nlist
	[ -s "$err" ]
}

@test "a pin stands in for an unknown CA, another one is status 4" {
	local pin

	pin=$(openssl x509 -in "$E2E_WORK/server.crt" -noout -pubkey |
	    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
	    openssl base64)
	CA= expect 0 ftps --pin "sha256//$pin" "$SITE" nlist
	expect 4 ftps --pin "sha256//$(head -c 32 /dev/zero |
	    openssl base64)" "$SITE" nlist
	has_line "$err" "$pin"
}

@test "the host name is checked" {
	expect 4 ftps -o tls-server-name=other.example "$SITE" pwd
}

@test "doctor: nothing fails on a healthy server, and nothing changes there" {
	echo text >"$R/file"
	touch -d '5 days ago' "$R/file"
	find "$R" -printf "%p %y %m %s %T@\n" >"$T/before"
	expect 0 site doctor --limits
	find "$R" -printf "%p %y %m %s %T@\n" >"$T/after"
	cmp "$T/before" "$T/after"
	for line in 'trust        it is' 'login        as' 'PROT P       data' \
	    'EPSV         a listing' 'active       a listing' resumption \
	    'LIST         ' 'zone         ' 'connections  8 at once'; do
		grep -q "^ok         $line" "$out" || { cat "$out"; false; }
	done
}

@test "doctor: no login, and a certificate that nobody vouches for" {
	PASSWORD=wrong expect 1 site doctor
	grep -q '^FAIL  *login .*530' "$out" || { cat "$out"; false; }
	CA= expect 1 site doctor
	grep -q '^FAIL  *trust .*certificate' "$out" || { cat "$out"; false; }
	grep -q '^not tested login' "$out" || { cat "$out"; false; }
	CA= expect 1 ftps --json "$SITE" doctor
	json "$out" 'any(e["check"] == "trust" and e["result"] == "FAIL"
	    for e in of("check"))'
}

@test "-c: cd holds from one command to the next" {
	mkdir -p "$R/sub"
	echo text >"$R/sub/file"
	expect 0 ftps -c 'cd sub; cat file; pwd' "$SITE"
	has_line "$out" text
	has_line "$out" sub
}

@test "passwords show up in no dialogue, argument vector or environment" {
	local secret=$PASSWORD

	expect 0 ftps -vv "$SITE" nlist
	has_line "$err" PASS
	has_no_line "$err" "$secret"
	expect 0 ftps -c '!env' "$SITE"
	has_line "$out" HOME=
	has_no_line "$out" "$secret"
	PASSWORD= expect 0 ftps -u "$SRV_USER,$secret" \
	    -c 'nlist; !tr "\\0" "\\n" </proc/$PPID/cmdline; env' "$SITE"
	has_line "$out" "$SRV_USER,"
	has_no_line "$out" "$secret"
	[ -s "$err" ]
}

@test "--json: errors carry kind, code and reply" {
	expect 1 ftps --json "$SITE" get missing
	json "$out" 'of("error")[0]["kind"] == "refused"'
	json "$out" '500 <= of("error")[0]["code"] <= 559'
}

@test "--json: a name that is not UTF-8" {
	can any-bytes
	echo x >"$R/"$'b\xe4d'
	expect 0 ftps --json "$SITE" ls
	json "$out" 'base64.b64decode(of("entry")[0]["name_b64"]
	    ).endswith(b"b\xe4d")'
}

@test "status, features, quote, site" {
	expect 0 site features
	has_line "$out" SIZE
	expect 0 ftps -c 'quote NOOP; status' "$SITE"
	has_line "$out" 200
	expect 1 site quote XYZZY
}

@test "active mode" {
	can active
	echo content | tee "$L/file" >"$R/file"
	expect 0 ftps -A -c 'cat file; put -o copy file' "$SITE"
	out_is content
	cmp "$L/file" "$R/copy"
}

@test "--deadline ends a run with status 3" {
	head -c 4000000 /dev/zero >"$R/big"
	expect 3 ftps --deadline 2s -o rate-limit=100k "$SITE" get big
	[ ! -e "$L/big" ]
}

@test "a server that takes two connections serves eight" {
	local i

	own clients=2
	mkdir "$R/src"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		big "$R/src/$i" 100000
	done
	expect 0 site mirror -P 8 src down
	same_tree "$R/src" "$L/down"
	expect 0 site mirror -R -P 8 down up
	same_tree "$L/down" "$R/up"
}

@test "IPv6" {
	grep -q ' lo$' /proc/net/if_inet6 2>/dev/null || skip "no IPv6 here"
	FTPS_SERVER_ADDRESS=::1 own
	echo content >"$L/file"
	expect 0 ftps -c 'put file; nlist; cat file' "$SITE"
	out_is file content
	if knows active; then
		expect 0 ftps -A "$SITE" cat file
		out_is content
	fi
	expect 3 ftps -4 -o retries=0 "$SITE" pwd
}

# relay TEXT: before the server, TEXT in the place of its greeting
relay() {
	[ -z "$pid" ] || kill "$pid"
	rm -f "$T/relay"
	/usr/bin/python3 "$BATS_TEST_DIRNAME/greet.py" "$SRV_PORT" "$1" \
	    >"$T/relay" 3>&- &
	pid=$!
	until_true test -s "$T/relay"
	SITE=${SITE/"$AUTHORITY"/"127.0.0.1:$(cat "$T/relay")"}
	AUTHORITY=127.0.0.1:$(cat "$T/relay")
}

# What it is, whatever is said in the clear; and what comes of that.
@test "the server is known by its answers under TLS" {
	local text name

	can links
	echo 1 >"$R/a"
	echo 2 >"$R/b"
	ln -s . "$R/here"
	mkdir "$L/t"
	ln -s . "$L/t/here"
	case $SRV_KIND in
	vsftpd) name='server: vsFTPd' ;;
	proftpd) name='server: ProFTPD' ;;
	pyftpd) name='server: pyftpdlib' ;;
	*) name= ;;
	esac
	for text in "" "(vsFTPd 3.0.3)" "ProFTPD Server" "pyftpdlib 1.5.7" \
	    welcome; do
		if [ -n "$text" ]; then
			[ "$E2E_TLS$FTPS_SERVER_ADDRESS" = 1.3 ] || continue
			relay "$text"
		fi
		rm -f "$L/t/a" "$L/t/b"
		expect 0 site -v -j 1 mirror -e . t
		[ "$(grep -xE 'server: (vsFTPd|ProFTPD|pyftpdlib)' "$err")" = \
		    "$name" ] || { show; return 1; }
		case $SRV_KIND in
		vsftpd) has_line "$err" "--> STAT" ;;
		pureftpd) has_no_line "$err" "--> STAT" ;;
		pyftpd) has_no_line "$err" "--> STAT" ;;
		esac
		[ -L "$L/t/here" ] && [ -f "$L/t/a" ] && [ -f "$L/t/b" ]
	done
}
