# SPDX-License-Identifier: GPL-3.0-or-later
# For the lint tests: each runs a checker over src/, where it must find
# nothing, then over files that break one rule each, where it must find that.

srcdir=$(cd "${srcdir:-.}" && pwd) || exit 1
tap_n=0
tap_failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ftps-lint.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# tap STATUS TITLE
tap() {
	tap_n=$((tap_n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_n - $2"
	else
		echo "not ok $tap_n - $2"
		tap_failed=1
	fi
}

# The sources, as paths below src/.
sources() {
	(cd "$srcdir/src" && find . -name '*.[ch]' | sed 's,^\./,,' | sort)
}

# For awk programs: uncomment(LINE, LITERALS) is a line without its comments,
# and without its strings and characters unless LITERALS.  Lines must come in
# order, each once.
uncomment='
	function uncomment(line, literals,	code, what, at) {
		if (FNR == 1)
			in_comment = 0
		while (line != "") {
			if (in_comment) {
				at = index(line, "*/")
				if (at == 0)
					break
				line = substr(line, at + 2)
				in_comment = 0
			} else if (match(line,
			    /"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|\/[*\/]/)) {
				what = substr(line, RSTART, RLENGTH)
				code = code substr(line, 1, RSTART - 1)
				line = substr(line, RSTART + RLENGTH)
				if (what == "//")
					break
				in_comment = what == "/*"
				code = code \
				    (literals && !in_comment ? what : " ")
			} else {
				return code line
			}
		}
		return code
	}'

# expect_clean TITLE COMMAND...: it succeeds, in src/, and says nothing.
expect_clean() {
	title=$1
	shift
	found=$(cd "$srcdir/src" && "$@" 2>&1) && [ -z "$found" ]
	tap $? "$title"
	[ -z "$found" ] || printf '%s\n' "$found" | sed 's/^/# /'
}

# expect_caught CHECKER FILE TEXT: a FILE below src/ that consists of TEXT is
# complained of; expect_passed: it is not.
expect_caught() {
	[ -n "$(sample "$@")" ]
	tap $? "caught in $2: $(one_line "$3")"
}

expect_passed() {
	[ -z "$(sample "$@")" ]
	tap $? "allowed in $2: $(one_line "$3")"
}

one_line() {
	printf '%s' "$1" | tr '\n\t' '  '
}

sample() {
	mkdir -p "$scratch/$(dirname "$2")"
	printf '%s\n' "$3" >"$scratch/$2"
	(cd "$scratch" && "$1" "$2" 2>&1)
}

finish() {
	echo "1..$tap_n"
	exit "$tap_failed"
}
