# SPDX-License-Identifier: GPL-3.0-or-later
# Where the servers' packages are unpacked: sourced by fetch and server.
#
#   cache_dir [DIR]   prints the directory of this distribution in the cache
#                     DIR (default $FTPS_SERVER_CACHE, else the user's cache).
#                     An upgraded distribution gets a directory of its own.
#   cache_libs ROOT   prints the library path below the unpacked ROOT

cache_dir() {
	local top home os

	home=${HOME:-}
	if [ -z "$home" ]; then
		home=$(getent passwd "$(id -u)" | cut -d: -f6)
	fi
	top=${1:-${FTPS_SERVER_CACHE:-}}
	top=${top:-${XDG_CACHE_HOME:-$home/.cache}/ftps-servers}
	os=$(. /etc/os-release 2>/dev/null; echo "${ID:-unknown}-${VERSION_ID:-0}")
	echo "$top/$os-$(uname -m)"
}

cache_libs() {
	local dir list=

	for dir in "$1"/usr/lib/*-linux-* "$1"/lib/*-linux-*; do
		if [ -d "$dir" ]; then
			list=${list:+$list:}$dir
		fi
	done
	echo "$list"
}
