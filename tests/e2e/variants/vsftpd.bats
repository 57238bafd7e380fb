# SPDX-License-Identifier: GPL-3.0-or-later
# vsftpd that hides names with a leading dot, asked for or not.

load ../lib

@test "hidden names: get -E and put -E by name" {
	own with='hide_file={.*}'
	echo 1 >"$R/.profile"
	expect 0 site get -E .profile
	[ "$(cat "$L/.profile")" = 1 ]
	[ ! -e "$R/.profile" ]
	expect 0 site put -E .profile
	[ "$(cat "$R/.profile")" = 1 ]
	[ ! -e "$L/.profile" ]
}
