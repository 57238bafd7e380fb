# SPDX-License-Identifier: GPL-3.0-or-later
# What check, demo and .ci/run share; bash, to be sourced with $top set to the
# top of the source tree.
#
#   need_packages       what a build and its tests need, installed if possible
#   need LIST           the same for LIST: lines "package command", where the
#                       command succeeds if the package is not needed
#   build DIR [OPT...]  configure with OPTs and make in DIR (absolute)
#   test_in DIR [ARG]   make check ARGs there; adds to the counts
#   count RESULT NAME [REASON]
#                       add one to the counts, with a line unless passed
#   show_failed TRS     what a test program's log says of its failures
#   passed, failed, skipped
#                       the counts
#
# Nothing here needs a terminal or an environment.

export PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
if [ -z "${HOME:-}" ]; then
	HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
	export HOME
fi

passed=0 failed=0 skipped=0
jobs=-j$(nproc 2>/dev/null || echo 2)

say() {
	echo "${0##*/}: $*"
}

need_packages() {
	need "
	autoconf           command -v autoconf
	automake           command -v automake
	make               command -v make
	gcc                command -v gcc
	libc6-dev          test -e /usr/include/stdio.h
	pkg-config         command -v pkg-config
	libgnutls28-dev    pkg-config --exists 'gnutls >= 3.7'
	libedit-dev        pkg-config --exists libedit
	libbsd-dev         pkg-config --exists libbsd-overlay
	libexpat1-dev      pkg-config --exists expat
	libjansson-dev     pkg-config --exists jansson
	libidn2-dev        pkg-config --exists libidn2
	libunistring-dev   test -e /usr/include/unistr.h
	libcmocka-dev      pkg-config --exists cmocka
	bats               command -v bats
	mandoc             command -v mandoc
	openssl            command -v openssl
	valgrind           command -v valgrind
	libsofthsm2        test -e /usr/lib/softhsm/libsofthsm2.so
	python3            test -x /usr/bin/python3
	python3-pyftpdlib  /usr/bin/python3 -c 'import pyftpdlib'
	python3-openssl    /usr/bin/python3 -c 'import OpenSSL'
	default-jdk-headless command -v javac
	zsh                command -v zsh
	fish               command -v fish"
}

need() {
	local package probe list=

	while read -r package probe; do
		if [ -n "$package" ] && ! sh -c "$probe" >/dev/null 2>&1; then
			list="$list $package"
		fi
	done <<<"$1"
	[ -z "$list" ] || install_packages $list
}

install_packages() {
	local as= log

	if [ "$(id -u)" != 0 ]; then
		as="sudo -n"
	fi
	if ! command -v apt-get >/dev/null || ! $as true 2>/dev/null; then
		echo "Missing packages; as root, install them with:"
		echo "apt-get install --no-install-recommends $*"
		exit 2
	fi >&2
	say "missing, to be installed: $*"
	log=$(mktemp)
	logged "$log" $as apt-get update || say "package lists are old"
	logged "$log" $as env DEBIAN_FRONTEND=noninteractive apt-get -y \
	    -o DPkg::Lock::Timeout=300 --no-install-recommends install "$@" ||
		exit 2
	rm -f "$log"
}

# logged LOG COMMAND...: its output goes to LOG; on failure the end is shown
logged() {
	local log=$1

	shift
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		say "failed: $*; the end of $log:"
		tail -n 30 "$log"
		return 1
	fi
}

build() {
	local dir=$1

	shift
	if [ -e "$top/config.status" ]; then
		say "$top is configured itself; run 'make distclean' there first"
		return 1
	fi
	if [ ! -e "$top/configure" ] || [ -n "$(find "$top/configure.ac" \
	    "$top/Makefile.am" "$top/m4" -newer "$top/configure")" ]; then
		say "autoreconf -i"
		logged "$dir/autoreconf.log" autoreconf -i "$top" || return
	fi
	say "building in $dir${*:+ ($*)}"
	mkdir -p "$dir"
	(cd "$dir" && logged "$dir/configure.log" "$top/configure" -q "$@" &&
	    logged "$dir/make.log" make "$jobs")
}

count() {
	case $1 in
	passed) passed=$((passed + 1)) ;;
	failed) failed=$((failed + 1)) ;;
	skipped) skipped=$((skipped + 1)) ;;
	esac
	if [ "$1" != passed ]; then
		echo "$1: $2${3:+: $3}"
	fi
}

# results TRS: the results of one test program, a line each
results() {
	awk -v whole="$(sed -n 's/^:global-test-result: //p' "$1")" '
	function reason(line) {
		sub(/.*# *[Ss][Kk][Ii][Pp](PED)?:? */, "", line)
		return line
	}
	function name(line) {
		sub(/^(not )?ok [0-9]* *(- )?/, "", line)
		sub(/ *# *[Ss][Kk][Ii][Pp].*/, "", line)
		sub(/ in [0-9]+ms$/, "", line)
		return line
	}
	{ sub(/\r$/, "") }
	/^1\.\.0.*# *[Ss][Kk][Ii][Pp]/ { last = reason($0) }
	/^(not )?ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/ {
		print "skipped|" name($0) "|" reason($0); n++; next }
	/^ok [0-9]+/ { print "passed|" name($0); n++ }
	/^not ok [0-9]+/ { print "failed|" name($0); n++; bad++ }
	/^skip: / { last = substr($0, 7) }
	END {
		if (whole == "SKIP" && !n)
			print "skipped||" last
		else if (whole == "PASS" && !n)
			print "passed"
		else if (whole != "PASS" && whole != "SKIP" && !bad)
			print "failed||" whole ", no single test named"
	}' "${1%.trs}.log"
}

# show_failed TRS: where its log is and what it says, if there was a failure
show_failed() {
	if results "$1" | grep -q ^failed; then
		echo "  log: ${1%.trs}.log"
		{ grep -A 12 '^not ok' "${1%.trs}.log" ||
		    tail -n 15 "${1%.trs}.log"; } | head -n 40 | sed 's/^/  | /'
	fi
}

test_in() {
	local dir=$1 status=0 trs name result case reason

	shift
	say "testing in $dir"
	find "$dir" -name '*.trs' -exec rm -f {} +
	make -k "$jobs" -C "$dir" check "$@" </dev/null >"$dir/check.log" 2>&1 ||
		status=$?
	while read -r trs; do
		name=${trs#"$dir"/}
		name=${name%.trs}
		while IFS='|' read -r result case reason; do
			count "$result" "$name${case:+: $case}" "$reason"
		done < <(results "$trs")
		show_failed "$trs"
	done < <(find "$dir" -name '*.trs' | sort)
	if [ "$status" != 0 ] && ! grep -q '^# \(FAIL\|ERROR\): *[1-9]' \
	    "$dir/check.log"; then
		count failed "make check" "status $status; log: $dir/check.log"
		tail -n 15 "$dir/check.log" | sed 's/^/  | /'
	fi
}
