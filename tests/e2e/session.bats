# SPDX-License-Identifier: GPL-3.0-or-later
# Logging in, trust, statuses, batch rules, where passwords go.

load lib

@test "a wrong password is status 5" {
	PASSWORD=wrong expect 5 site pwd
	has_line "$err" 530
}

@test "no password at all is status 5, without a prompt" {
	PASSWORD= expect 5 site pwd </dev/null
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

@test "nothing listens: status 3" {
	expect 3 ftps -o retries=0 "$SRV_USER@127.0.0.1:9" pwd
}

@test "no such host: status 3" {
	expect 3 ftps "$SRV_USER@no-such-host.invalid" pwd
}

@test "unknown command, option, setting: status 2, nothing sent" {
	expect 2 site no-such-command
	expect 2 site ls --no-such-option
	expect 2 ftps --no-such-option "$SITE" ls
	expect 2 ftps -o no-such-setting=1 "$SITE" ls
	expect 2 site get
	has_line "$err" get
}

@test "version and help" {
	expect 0 ftps --version
	has_line "$out" GnuTLS
	expect 0 ftps --help
	has_line "$out" --cacert
	expect 0 site mirror --help
	has_line "$out" --reverse
}

@test "line breaks in names are refused before anything is sent" {
	expect 2 site rm "$(printf 'a\rb')"
	expect 2 site mkdir $'a\nNOOP'
}

@test "-c: cd holds from one command to the next" {
	mkdir -p "$R/sub"
	echo text >"$R/sub/file"
	expect 0 ftps -c 'cd sub; cat file; pwd' "$SITE"
	has_line "$out" text
	has_line "$out" sub
}

@test "-c: the first failing command ends the run" {
	expect 1 ftps -c 'cd missing; mkdir here' "$SITE"
	[ ! -e "$R/here" ]
}

@test "-c: ||, && and a leading -" {
	expect 0 ftps -c 'cd missing || mkdir a && mkdir b' "$SITE"
	[ -d "$R/a" ]
	[ -d "$R/b" ]
	expect 0 ftps -c '-rm missing
		mkdir c' "$SITE"
	[ -d "$R/c" ]
}

@test "-c: a failed lcd ends the run" {
	echo x >"$R/x"
	expect 6 ftps -c 'lcd missing; get x' "$SITE"
	[ ! -e "$L/x" ]
}

@test "-c: a mistake in the last line stops the first" {
	expect 2 ftps -c 'mkdir a; mkdri b' "$SITE"
	expect 2 ftps -c 'mkdir a; ls --no-such' "$SITE"
	[ ! -e "$R/a" ]
}

@test "-b: a file, standard input, comments and quotes" {
	printf '%s\n' '# comment' 'mkdir "a b"' "cd 'a b'" 'mkdir c\ d' >"$L/b"
	expect 0 ftps -b b "$SITE"
	[ -d "$R/a b/c d" ]
	expect 0 ftps -b - "$SITE" <<<'rmdir "a b/c d"'
	[ ! -e "$R/a b/c d" ]
	expect 0 site <<<'rmdir "a b"'
	[ ! -e "$R/a b" ]
}

@test "source is read before anything is sent" {
	echo 'mkdir b' >"$L/good"
	echo 'no-such-command' >"$L/bad"
	expect 2 ftps -c 'mkdir a; source bad' "$SITE"
	[ ! -e "$R/a" ]
	expect 0 ftps -c 'mkdir a; source good' "$SITE"
	[ -d "$R/b" ]
}

@test "two claims on standard input are status 2" {
	expect 2 ftps -b - --password-file - "$SITE" </dev/null
	expect 2 ftps --password-file - "$SITE" put - x </dev/null
	expect 2 ftps --json "$SITE" cat x
}

@test "--password-file, and its being readable by others is warned of" {
	local secret=$PASSWORD

	echo "$secret" >"$L/pw"
	chmod 600 "$L/pw"
	PASSWORD= expect 0 ftps --password-file pw "$SITE" nlist
	[ ! -s "$err" ]
	chmod 644 "$L/pw"
	PASSWORD= expect 0 ftps --password-file pw "$SITE" nlist
	[ -s "$err" ]
	PASSWORD= expect 0 ftps --password-file - "$SITE" nlist <<<"$secret"
}

@test "netrc, refused if others can read it" {
	printf 'machine 127.0.0.1 login %s password %s\n' "$SRV_USER" \
	    "$PASSWORD" >"$T/home/.netrc"
	chmod 600 "$T/home/.netrc"
	PASSWORD= expect 0 site nlist
	chmod 644 "$T/home/.netrc"
	PASSWORD= expect 5 site nlist </dev/null
}

@test "a site block with password-command" {
	mkdir -p "$T/home/.config/ftps"
	cat >"$T/home/.config/ftps/config" <<-C
	site nas
	    host ${AUTHORITY%:*}
	    port ${AUTHORITY#*:}
	    user $SRV_USER
	    password-command echo $PASSWORD
	C
	if [ "$E2E_TLS" = implicit ]; then
		echo '    tls implicit' >>"$T/home/.config/ftps/config"
	fi
	PASSWORD= expect 0 ftps nas pwd
	expect 0 ftps -c sites
	has_line "$out" nas
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
	has_no_line "$out" "$secret"
	[ -s "$err" ]
}

@test "--json: every line is an object with event and time" {
	echo 12345 >"$R/file"
	expect 0 ftps --json "$SITE" ls
	json "$out" 'all("event" in e and "time" in e for e in events)'
	json "$out" 'len(of("connect")) == 1 and len(of("login")) == 1'
	json "$out" '[(e["name"], e["type"], e["size"]) for e in of("entry")]
	    == [("file", "file", 6)]'
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
	echo content >"$R/file"
	expect 0 ftps -A "$SITE" cat file
	out_is content
}

@test "--deadline ends a run with status 3" {
	head -c 4000000 /dev/zero >"$R/big"
	expect 3 ftps --deadline 2s -o rate-limit=100k "$SITE" get big
	[ ! -e "$L/big" ]
}
