# SPDX-License-Identifier: GPL-3.0-or-later

# FTPS_CFLAG(VARIABLE, FLAGS, [IF-NOT]): adds FLAGS to VARIABLE if the C
# compiler takes them.  Warnings count as refusals: clang only warns of flags
# it does not know.
AC_DEFUN([FTPS_CFLAG], [
	AC_MSG_CHECKING([whether $CC accepts $2])
	ftps_save=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
	    [AC_MSG_RESULT([yes]); $1="$$1 $2"],
	    [AC_MSG_RESULT([no]); $3])
	CFLAGS=$ftps_save
])

# FTPS_LDFLAG(VARIABLE, FLAGS, [IF-NOT]): the same for compiling and linking.
AC_DEFUN([FTPS_LDFLAG], [
	AC_MSG_CHECKING([whether $CC links with $2])
	ftps_save=$LDFLAGS
	LDFLAGS="$LDFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM],
	    [AC_MSG_RESULT([yes]); $1="$$1 $2"],
	    [AC_MSG_RESULT([no]); $3])
	LDFLAGS=$ftps_save
])

# FTPS_MISSING(WHAT, DEBIAN-PACKAGE): one more for the message at the end.
AC_DEFUN([FTPS_MISSING], [ftps_missing="$ftps_missing
  $1 (on Debian: $2)"])

# FTPS_LIBRARY(VARIABLE, PKG-CONFIG-MODULE, DEBIAN-PACKAGE)
AC_DEFUN([FTPS_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [], [FTPS_MISSING([$2], [$3])])
])
