# SPDX-License-Identifier: GPL-3.0-or-later
# Pure-FTPd, set up otherwise: listings that it cuts short, names that it
# changes, uploads that it renames.

load ../lib

@test "a directory that just keeps within the limit is whole" {
	own with='-L 20:5'
	numbered "$R/few" 12
	numbered "$L/down" 12
	echo mine >"$L/down/mine"
	expect 0 site mirror -e few down
	same_tree "$R/few" "$L/down"
	expect 0 site rm -r few
	[ ! -e "$R/few" ]
}
