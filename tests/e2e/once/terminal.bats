# SPDX-License-Identifier: GPL-3.0-or-later
# The interactive shell, on a terminal; see terminal.py for the steps.

load ../lib

# terminal ARG...: the client on one, which does what standard input says.
# libedit never frees the names of what keys are bound to.
terminal() {
	echo leak:wcsdup >"$T/leaks"
	settle
	(LSAN_OPTIONS=suppressions=$T/leaks:print_suppressions=0
	run_ftps "timeout -k 5 100 /usr/bin/python3 $E2E_WORK/terminal.py" \
	    "$@")
}

@test "a prompt, commands, the end: status 0" {
	mkdir "$R/sub"
	echo content >"$R/sub/file"
	expect 0 terminal "$SITE" <<-'S'
	see >
	send cd sub\r
	see sub>
	send cat file\r
	see content
	see sub>
	send rm missing\r
	see missing: 
	see >
	send exit\r
	end
	S
}

@test "exit N is the status, Ctrl-D ends it, too" {
	expect 5 terminal "$SITE" <<-'S'
	see >
	send exit 5\r
	end
	S
	expect 0 terminal "$SITE" <<-'S'
	see >
	send \x04
	end
	S
}

@test "Ctrl-C ends the command, not the shell, and keeps the part" {
	head -c 4000000 /dev/zero >"$R/big"
	touch -d '2024-02-29 12:34:56 UTC' "$R/big"
	expect 0 terminal -o rate-limit=1M "$SITE" <<-'S'
	see >
	send get big\r
	filled *.ftps-part*
	send \x03
	see >
	send !echo still' 'here\r
	see still here
	see >
	send unfinished\x03
	see >
	send exit\r
	end
	S
	[ ! -e "$L/big" ]
	[ -n "$(find "$L" -name '*.ftps-part*')" ]
}

@test "history: the last line again, and a file that only we can read" {
	local history=$T/home/.local/state/ftps/history

	expect 0 terminal "$SITE" <<-'S'
	see >
	send !echo fi''rst\r
	see first
	see >
	send \x10
	see fi''rst
	send \r
	see first
	see >
	send exit\r
	end
	S
	[ "$(stat -c %a "$history")" = 600 ]
	expect 0 terminal "$SITE" <<-'S'
	see >
	send \x10\x10
	see fi''rst
	send \r
	see first
	see >
	send exit\r
	end
	S
	has_no_line "$history" "$PASSWORD"
}

@test "remote and local names and commands are completed" {
	echo content >"$R/a-long-name"
	mkdir "$R/directory"
	echo local >"$L/another-name"
	expect 0 terminal "$SITE" <<-'S'
	see >
	send cat a-l\t
	see a-long-name
	send \r
	see content
	see >
	send cd dir\t
	see directory/
	send \r
	see directory>
	send put ano\t
	see another-name
	send \r
	see directory>
	send mirr\t
	see mirror
	send \x03
	see directory>
	send exit\r
	end
	S
	[ "$(cat "$R/directory/another-name")" = local ]
}

@test "rm -r asks" {
	mkdir "$R/d"
	expect 0 terminal "$SITE" <<-'S'
	see >
	send rm -r d\r
	see ?
	send n\r
	see >
	send !echo first' 'answer\r
	see first answer
	see >
	send rm -r d\r
	see ?
	send y\r
	see >
	send exit\r
	end
	S
	[ ! -e "$R/d" ]
}

@test "colours are as the setting is now" {
	mkdir "$R/directory"
	expect 0 terminal -o color=always "$SITE" <<-'S'
	see >
	send ls\r
	see 01;34mdirectory
	see >
	send set color auto\r
	see >
	send ls\r
	see directory
	see >
	send exit\r
	end
	S
	[ "$(grep -c '01;34mdirectory' "$out")" = 1 ]
}

@test "a password is asked for and not shown" {
	local secret=$PASSWORD

	[ "$SRV_USER" != anonymous ] || skip "anonymous is not asked for one"
	PASSWORD= expect 0 terminal "$SITE" <<-S
	see assword
	send $secret\\r
	see >
	send nlist\\r
	see >
	send exit\\r
	end
	S
	has_no_line "$out" "$secret"
}

@test "the password of an encrypted key is asked for and not shown" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -subj /CN=me -passout pass:open-sesame -keyout "$T/me.key" \
	    -out "$T/me.crt" 2>"$T/openssl"
	chmod 600 "$T/me.key"
	expect 0 terminal --cert "$T/me.crt" --key "$T/me.key" "$SITE" <<-'S'
	see Password of the key in
	see me.key
	send open-sesame\r
	see >
	send nlist\r
	see >
	send exit\r
	end
	S
	has_no_line "$out" open-sesame
	expect 2 ftps --cert "$T/me.crt" --key "$T/me.key" "$SITE" nlist
	has_line "$err" "me.key: needs a password"
}

@test "Ctrl-C ends waiting for a FIFO or a host" {
	local what

	mkfifo "$L/fifo"
	echo x >"$R/a"
	for what in 'put fifo' 'ls > fifo' 'source fifo' 'get -o fifo a' \
	    'open ftp://u:p@10.255.255.1'; do
		printf '%s\n' 'see >' "send $what\\r" "see $what" \
		    'send \x03' 'see >' 'send exit\r' end >"$T/steps"
		expect 0 terminal "$SITE" <"$T/steps"
	done
}

@test "Ctrl-C ends a local command" {
	local what

	for what in '!%s' "put --from '%s' x" "ls | sh -c '%s'"; do
		printf "see >\nsend $what\\\\r\n" \
		    'echo >ready; exec sleep 100' >"$T/steps"
		printf '%s\n' 'filled ready' 'send \x03' 'see >' \
		    'send exit\r' end >>"$T/steps"
		expect 0 terminal "$SITE" <"$T/steps"
		rm "$L/ready"
	done
}
