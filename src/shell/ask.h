/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person is asked while a site logs in. */
#ifndef SHELL_ASK_H
#define SHELL_ASK_H

#include "ftp/session.h"

struct shell;

/* Of the interactive shell, for its sites. */
struct login_ask ask_person(struct shell *sh);

#endif
