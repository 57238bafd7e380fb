/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a login from LOGIN_USER on: USER, PASS and all that follows, in
 * one flight, or one by one where that went wrong or somebody is asked.
 */
#ifndef FTP_LOGIN_USER_H
#define FTP_LOGIN_USER_H

#include "ftp/step.h"

/* 0 or -1; l->astray: the flight went wrong, without it may go better. */
int login_user(struct login *l, struct err *err);

#endif
