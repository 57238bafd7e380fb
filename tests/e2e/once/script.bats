# SPDX-License-Identifier: GPL-3.0-or-later
# Options, batches and their rules, configuration, where passwords come from.

load ../lib

# Nothing listens there: whatever is sent ends with status 3.
nowhere=nobody@127.0.0.1:9

@test "no password at all is status 5, without a prompt" {
	PASSWORD= expect 5 site pwd </dev/null
}

@test "nothing listens: status 3" {
	expect 3 ftps -o retries=0 "$nowhere" pwd
}

@test "no such host: status 3" {
	expect 3 ftps "$SRV_USER@no-such-host.invalid" pwd
}

@test "unknown command, option, setting: status 2, nothing sent" {
	expect 2 ftps "$nowhere" no-such-command
	expect 2 ftps "$nowhere" ls --no-such-option
	expect 2 ftps --no-such-option "$nowhere" ls
	expect 2 ftps -o no-such-setting=1 "$nowhere" ls
	expect 2 ftps "$nowhere" get
	has_line "$err" get
}

@test "version and help" {
	expect 0 ftps --version
	for library in GnuTLS libedit libidn2 libunistring jansson expat; do
		has_line "$out" "$library "
	done
	expect 0 ftps --help
	has_line "$out" --cacert
	expect 0 site mirror --help
	has_line "$out" --reverse
}

@test "line breaks in names are refused before anything is sent" {
	expect 2 ftps "$nowhere" rm $'a\rb'
	expect 2 ftps "$nowhere" mkdir $'a\nNOOP'
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
	expect 2 ftps -c 'mkdir a; mkdri b' "$nowhere"
	has_line "$err" mkdri
	expect 2 ftps -c 'mkdir a; ls --no-such' "$nowhere"
	printf 'mkdir a\nmkdri b\n' >"$L/b"
	expect 2 ftps -b b "$nowhere"
	expect 2 ftps -b - "$nowhere" <"$L/b"
	expect 2 ftps "$nowhere" <"$L/b"
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
	expect 2 ftps -c 'mkdir a; source bad' "$nowhere"
	expect 0 ftps -c 'mkdir a; source good' "$SITE"
	[ -d "$R/b" ]
}

@test "two claims on standard input or output are status 2" {
	expect 2 ftps -b - --password-file - "$nowhere" </dev/null
	expect 2 ftps --password-file - "$nowhere" put - x </dev/null
	expect 2 ftps --json "$nowhere" cat x
	expect 2 ftps --json "$nowhere" get -o - x
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
	PASSWORD= expect 2 site nlist </dev/null
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

@test "SIGTERM ends what password-command has started, too" {
	local got=0

	cat >"$L/inner" <<-'S'
	trap 'echo ended >got; exit' TERM
	sleep 20 >&- 2>&- &
	kill -TERM $1
	wait
	S
	settle
	PASSWORD=
	# A terminal would keep the command in the client's process group.
	run_ftps setsid -o 'password-command=trap : TERM; sh inner $PPID' \
	    "$SITE" pwd >"$out" 2>"$err" 3>&- &
	pid=$!
	wait "$pid" || got=$?
	pid=
	[ "$got" = 143 ] || { echo "status $got"; show; false; }
	[ -e "$L/got" ]
}

@test "--json: every line is an object with event and time" {
	echo 12345 >"$R/file"
	expect 0 ftps --json "$SITE" ls
	json "$out" 'all("event" in e and "time" in e for e in events)'
	json "$out" 'len(of("connect")) == 1 and len(of("login")) == 1'
	json "$out" '[(e["name"], e["type"], e["size"]) for e in of("entry")]
	    == [("file", "file", 6)]'
}
