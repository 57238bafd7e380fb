# SPDX-License-Identifier: GPL-3.0-or-later
# The first line of every failure, as tests/messages/table has it.
load lib

# What the rows of the table are about.
lay_out() {
	echo text >"$R/file"
	echo other >"$R/other"
	echo secret >"$R/secret"
	mkdir -p "$R/d/sub" "$R/empty" "$R/noaccess" "$R/ro"
	echo in >"$R/d/in"
	echo in >"$R/ro/in"
	ln -s nosuch "$R/nowhere"
	echo mine >"$L/mine"
	echo mine >"$L/lsecret"
	mkdir -p "$L/ldir" "$L/lro"
	echo x >"$L/ldir/x"
	echo same >"$L/file"
	mkfifo "$L/pipe"
	printf 'get file\nnonsense\n' >"$L/bad.ftps"
	settle
	chmod 000 "$R/secret" "$R/noaccess" "$L/lsecret"
	chmod 555 "$R/ro" "$L/lro"
}

# One row: 0 if the program says so.
say() {
	local status=0

	eval "site $2" >"$out" 2>"$err" </dev/null || status=$?
	if [ -n "${MESSAGES_SHOW:-}" ]; then
		printf '%s\t%s\t%s\n' "$status" "$2" "$(head -n 1 "$err")" >&3
		return 0
	fi
	if [ "$status" = "$1" ] && head -n 1 "$err" | grep -Eq -e "$3"; then
		return 0
	fi
	printf '%s: status %s, expected %s; not /%s/:\n' "$2" "$status" \
	    "$1" "$3"
	head -n 3 "$err"
	return 1
}

@test "what is said of each failure" {
	local where status command words failed=0 rows=0

	lay_out
	while IFS=$'\t' read -r where status command words; do
		case " $where " in
		" real "|*" $SRV_KIND "*) ;;
		*) continue ;;
		esac
		rows=$((rows + 1))
		say "$status" "$command" "$words" || failed=$((failed + 1))
	done < <(grep -v '^#' "$BATS_TEST_DIRNAME/../messages/table")
	echo "$failed of $rows"
	[ "$rows" -gt 50 ] && [ "$failed" = 0 ]
}
