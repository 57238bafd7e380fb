# SPDX-License-Identifier: GPL-3.0-or-later
# What the end-to-end cases share.  `run` has started a server; each case has
#
#   $L     its local directory, in which the client runs
#   $R     its directory on the server, seen from this machine
#   $SITE  that directory as a SITE of the command line
#
# and uses
#
#   expect STATUS COMMAND...  run it, output to $out and $err (files); fail
#                             and show both unless it ends with STATUS
#   site COMMAND...           the client on $SITE
#   ftps ARG...               the client, site given or not
#   background ARG...         the client as process $pid, output as of expect
#   out_is [LINE]...          $out is exactly these lines
#   has_line FILE TEXT        the file contains the text
#   knows FEATURE             does the server have it?
#   can FEATURE               skip the case unless it has
#   own OPTION...             go on with a server of the case's own, of the
#                             same kind and TLS; OPTIONs are those of `server`
#   stick DIR UID             make DIR a file system that knows no case, UID's
#   client_certificate NAME [UNTIL]
#                             $T/NAME.crt and .key, by the CA of `own'
#   json FILE EXPRESSION      events of --json satisfy a Python expression
#                             (that they are by the schema, expect looks)
#   until_true COMMAND...     wait for an event, not longer than 20 s
#
# The client runs as an unprivileged user, whom permissions bind.

servers=${BASH_SOURCE[0]%/*}/../servers
e2e=${BASH_SOURCE[0]%/*}

setup() {
	local dir

	dir=t$BATS_SUITE_TEST_NUMBER
	[ -n "$BATS_SUITE_TEST_NUMBER" ] || dir=t$$
	T=$E2E_WORK/$dir L=$T/local R=$SRV_DATA/$dir
	out=$T/out err=$T/err
	mkdir -p "$T/home" "$L" "$R"
	if [ "$SRV_BASE" != . ]; then
		dir=$SRV_BASE/$dir
	fi
	AUTHORITY=127.0.0.1:$SRV_PORT
	SITE=$SRV_USER@$AUTHORITY/$dir
	TLS=()
	case $E2E_TLS in
	1.3) TLS=(-o tls-min=1.3) ;;
	implicit) SITE=ftps://$SITE ;;
	esac
	PASSWORD=$SRV_PASSWORD
	CA=$E2E_WORK/ca.pem
	UMASK=022
	pid= OWN= STICK=
	server_uid=$(id -u) client_uid=$(id -u)
	as=()
	if [ "$client_uid" = 0 ]; then
		server_uid=$(id -u daemon) client_uid=$(id -u nobody)
		as=(setpriv --reuid "$client_uid"
		    --regid "$(id -g nobody)" --clear-groups)
	fi
	settle
	cd "$L"
}

teardown() {
	cd /
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
	[ -z "$STICK" ] || "$servers/stick" unmount "$STICK"
	chmod -R u+rwX "$T" "$R"
	rm -rf "$T" "$R"
	[ -z "$OWN" ] || "$servers/server" stop "$OWN"
}

own() {
	local status=0

	case $E2E_TLS in
	1.2) set -- "$@" tls12 ;;
	implicit) set -- "$@" implicit ;;
	esac
	"$servers/server" start "$SRV_KIND" "$@" >"$T/own" 2>"$T/why" ||
		status=$?
	[ "$status" != 77 ] || skip "$(sed 's/^skip: //' "$T/why")"
	[ "$status" = 0 ] || { cat "$T/why"; return 1; }
	rmdir "$R"
	. "$T/own"
	OWN=$SRV_DIR R=$SRV_DATA
	PASSWORD=$SRV_PASSWORD CA=$SRV_CA
	AUTHORITY=${FTPS_SERVER_ADDRESS:-127.0.0.1}
	case $AUTHORITY in
	*:*) AUTHORITY=[$AUTHORITY] ;;
	esac
	AUTHORITY=$AUTHORITY:$SRV_PORT
	SITE=$SRV_USER@$AUTHORITY/$SRV_BASE
	if [ "$E2E_TLS" = implicit ]; then
		SITE=ftps://$SITE
	fi
}

stick() {
	local status=0

	mkdir -p "$1"
	STICK=$1
	"$servers/stick" mount "$1" "$2" 2>"$T/why" || status=$?
	[ "$status" != 77 ] || skip "$(sed 's/^skip: //' "$T/why")"
	[ "$status" = 0 ] || { cat "$T/why"; return 1; }
}

# Give both sides' files to those who are to have them.
settle() {
	if [ "$(id -u)" = 0 ]; then
		find "$R" ! -uid "$server_uid" ! -fstype fuseblk -exec \
		    chown -h "$server_uid" {} +
		find "$T" ! -uid "$client_uid" ! -fstype fuseblk -exec \
		    chown -h "$client_uid" {} +
	fi
}

# Where an unprivileged user can read it; see run.
e2e_lsan=suppressions=$E2E_WORK/lsan.supp:print_suppressions=0

# run_ftps COMMAND [ARG]...: become the client, COMMAND (words) before it
run_ftps() {
	local password=() before=$1

	shift
	if [ -n "$PASSWORD" ]; then
		password=("FTPS_PASSWORD=$PASSWORD")
	fi
	umask "$UMASK"
	cd "$L"
	exec env -i --default-signal=INT,QUIT PATH="$PATH" HOME="$T/home" \
	    TMPDIR="$T" LC_ALL=C.UTF-8 TZ=UTC "${password[@]}" \
	    ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
	    ${LSAN_OPTIONS:+"LSAN_OPTIONS=$e2e_lsan"} \
	    ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
	    ${TSAN_OPTIONS:+"TSAN_OPTIONS=$TSAN_OPTIONS"} \
	    "${as[@]}" $before "$E2E_WORK/ftps" \
	    ${CA:+--cacert "$CA"} "${TLS[@]}" "$@"
}

ftps() {
	settle
	(run_ftps 'timeout -k 5 120' "$@")
}

background() {
	settle
	run_ftps '' "$@" >"$out" 2>"$err" 3>&- &
	pid=$!
}

site() {
	ftps "$SITE" "$@"
}

expect() {
	local want=$1 got=0

	shift
	"$@" >"$out" 2>"$err" || got=$?
	if [ "$got" != "$want" ]; then
		echo "$*: status $got, expected $want"
		show
		return 1
	fi
	case " $* " in
	*" --json "*) valid "$out" ;;
	esac
}

show() {
	echo "--- standard output:"
	head -n 30 "$out"
	echo "--- standard error:"
	head -n 30 "$err"
}

out_is() {
	local line

	for line; do
		printf '%s\n' "$line"
	done | cmp - "$out" || { show; return 1; }
}

has_line() {
	grep -qF -e "$2" "$1" || { echo "no '$2' in $1:"; head -n 30 "$1"
		return 1; }
}

has_no_line() {
	if grep -F -e "$2" "$1"; then
		echo "'$2' in $1"
		return 1
	fi
}

# valid FILE: its events are as the schema says
valid() {
	/usr/bin/python3 "$e2e/schema.py" "$e2e/../../man/ftps.schema.json" \
	    "$1" || { show; return 1; }
}

# json FILE EXPRESSION: holds for the events in it; of(NAME) selects some
json() {
	valid "$1" || return 1
	/usr/bin/python3 - "$1" "$2" <<-'P' || { show; return 1; }
	import base64, json, sys
	events = [json.loads(line) for line in open(sys.argv[1])]
	of = lambda name: [e for e in events if e['event'] == name]
	if not eval(sys.argv[2].strip().replace('\n', ' ')):
	    sys.exit('not so: ' + sys.argv[2])
	P
}

until_true() {
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || { echo "never: $*"; return 1; }
		sleep 0.02
	done
}

knows() {
	local kinds

	case $1 in
	mlsd) kinds="proftpd pureftpd pyftpd" ;;
	hash|symlink) kinds=proftpd ;;
	links) kinds="vsftpd proftpd pureftpd pyftpd" ;;
	times) kinds="vsftpd proftpd pureftpd pyftpd java" ;;
	active) kinds="vsftpd proftpd pureftpd pyftpd ftpsrv" ;;
	any-bytes) kinds="vsftpd proftpd pureftpd" ;;
	control-characters) kinds="vsftpd proftpd pyftpd" ;;
	resume)
		kinds="vsftpd proftpd pyftpd java"
		[ "$E2E_TLS" != 1.2 ] || kinds="$kinds pureftpd" ;;
	chmod)
		kinds="vsftpd proftpd pureftpd pyftpd ftpsrv"
		[ "$SRV_USER" != anonymous ] || kinds= ;;
	*)
		echo "no such feature: $1"
		return 2 ;;
	esac
	case " $kinds " in
	*" $SRV_KIND "*) return 0 ;;
	*) return 1 ;;
	esac
}

can() {
	knows "$1" || skip "$SRV_KIND here: no $1"
}

# same_tree A B: names, contents and times (to the second) agree; of times those
# that the server was given only if it takes them
same_tree() {
	diff -r --no-dereference "$1" "$2"
	case $2 in
	"$R"*) knows times || return 0 ;;
	esac
	diff <(stamps "$1") <(stamps "$2")
}

stamps() {
	find "$1" -type f -printf '%P %s %T@\n' | whole_seconds | sort
}

# Node rounds to milliseconds, so that .9996 s is shown as the next second.
whole_seconds() {
	if [ "$SRV_KIND" = ftpsrv ]; then
		awk '{ t = $NF + 0.0005; sub(/[0-9.]+$/, sprintf("%d", t)); print }'
	else
		sed 's/\.[0-9]*$//'
	fi
}

# same_modes A B: permissions of files and directories agree
same_modes() {
	diff <(modes "$1") <(modes "$2")
}

modes() {
	find "$1" ! -type l -printf '%P %m\n' | sort
}

# same_links A B: so do symbolic links and where they lead
same_links() {
	diff <(find "$1" -type l -printf '%P %l\n' | sort) \
	    <(find "$2" -type l -printf '%P %l\n' | sort)
}

client_certificate() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/csr" 2>"$T/openssl"
	openssl ca -batch -config "$OWN/tls/good.cnf" -notext \
	    -cert "$OWN/tls/ca.pem" -keyfile "$OWN/tls/ca.key" \
	    -startdate "$(date -u -d '-9 days' +%Y%m%d%H%M%SZ)" \
	    -enddate "$(date -u -d "${2:-+30 days}" +%Y%m%d%H%M%SZ)" \
	    -in "$T/csr" -out "$T/$1.crt" 2>>"$T/openssl" ||
		{ cat "$T/openssl"; return 1; }
	chmod 600 "$T/$1.key"
}

# no_parts DIR: nothing half is left below
no_parts() {
	[ -z "$(find "$1" -name '*.ftps-part*')" ] ||
		{ find "$1"; return 1; }
}

# big FILE [BYTES]: not compressible, and no part like another
big() {
	openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>/dev/null |
	    head -c "${2:-20000000}" >"$1"
}

# numbered DIR N: so many files, not empty
numbered() {
	local i

	mkdir -p "$1"
	for ((i = 1; i <= $2; i++)); do
		echo "$i" >"$1/f$i"
		touch -d '2024-02-29 12:34:56 UTC' "$1/f$i"
	done
}

# count DIR: the files below
count() {
	find "$1" -type f | wc -l
}

# make_tree DIR: 300 files in nested directories, odd names among them
make_tree() {
	local i j dir name

	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		dir=$1/d$((i % 5))/e$i
		mkdir -p "$dir"
		for j in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
			printf "%0$((i * j * 7))d" "1$i$j" >"$dir/f$j"
		done
	done
	mkdir -p "$1/odd/empty" "$1/odd/with blank/ü"
	for name in "${odd_names[@]}"; do
		echo "this is $name" >"$1/odd/$name"
	done
	echo x >"$1/odd/with blank/ü/x"
	: >"$1/odd/.hidden"
	find "$1" -type f -exec touch -d '2024-02-29 12:34:56 UTC' {} +
}

odd_names=('a b' "apos'trophe" 'st*r' 'wh?t' 'br[ack]et' '#hash' ';semi'
    '$dollar' '-dash' 'per%20cent' 'ünï' '日本' 'a;type=dir; b' '~tilde' '{a,b}'
    'x=y' '213 end' '|pipe' '!bang')
case $SRV_KIND in
pureftpd) ;;
ftpsrv) odd_names+=('tab	tab') ;;
*) odd_names+=('back\slash' 'tab	tab') ;;
esac
# ftp-srv takes quotes away wherever they are.
if [ "$SRV_KIND" != ftpsrv ]; then
	odd_names+=('quo"te')
fi
