/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Path names as strings, with '/' on both sides.  Returned strings belong to
 * the caller.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * "a" + "b" = "a/b", "/" + "b" = "/b", "" + "b" = "b"; absolute b wins;
 * an empty b is a.
 */
char *path_join(const char *dir, const char *name);
/*
 * path_join(), then resolves ".", ".." and doubled slashes as strings:
 * "/.." is "/", a relative path may begin with "..", nothing left is ".".
 */
char *path_resolve(const char *dir, const char *name);
/* Last component, pointing into p ("" if p ends in '/'). */
const char *path_base(const char *p);
/* All but the last component: "a/b" -> "a", "b" -> ".", "/b" -> "/". */
char *path_dir(const char *p);
/* The same of a path from a tree's root: "b" -> "". */
char *path_parent(const char *p);
/* Another name in the directory of p: "a/b", "c" -> "a/c"; "b" -> "c". */
char *path_beside(const char *p, const char *name);
/*
 * The way from directory dir to path, both absolute and resolved: "/a/b" and
 * "/a/c/d" give "../c/d"; "." for the same.
 */
char *path_relative(const char *dir, const char *path);
/* Whether path is dir or below it; both absolute and resolved. */
bool path_is_below(const char *path, const char *dir);
/*
 * Whether a name that a server listed is one plain component: not empty,
 * ".", ".."; no '/', NUL-free by type, no CR or LF; at most 255 bytes when
 * it is to be created locally (that is the caller's to see).
 */
bool path_is_component(const char *name);
/*
 * Part files, wherever they are met: the last component is
 * NAME.VERSION.ftps-part, VERSION in hex digits, in capitals, too, where a
 * server makes them of all names.
 */
#define PATH_PART_SUFFIX ".ftps-part"
bool path_is_part(const char *name);
/*
 * Where path steps aside to for a moment: a part file's name beside it, that
 * nothing has yet.  The caller frees it.
 */
char *path_aside(const char *path);

#endif
