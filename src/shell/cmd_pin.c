/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pin: the digests of the server's key, and how to keep them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strvec.h"
#include "doctor/doctor.h"
#include "doctor/key.h"
#include "shell/block.h"
#include "shell/cmd_all.h"
#include "shell/run.h"

static void
tell_pin(const struct run *run, const char *pin, bool trusted)
{
	const struct doctor_finding f = {
		.result = trusted ? DOCTOR_OK : DOCTOR_WARN, .subject = "pin",
		.text = pin,
	};
	const struct event ev = {
		.type = EVENT_CHECK, .check = &f, .bytes = -1, .seconds = -1,
	};

	observe_event(run->obs, &ev);
}

static void
print_pins(const struct run *run, const struct probe_look *look)
{
	struct timespec end = { .tv_sec = look->info.not_after };
	struct settings set;
	struct buf block = BUF_INIT(BUF_OWN);
	struct err ignored = ERR_INIT;
	char day[32];

	clock_format_rfc3339(end, day, sizeof(day));
	day[10] = '\0';
	fprintf(run->out, "certificate  %s, issued by %s, good until %s\n",
	    look->info.subject, look->self_signed ? "itself" :
	    look->info.issuer, day);
	fprintf(run->out, "pin          %s\npin          %s\n\n",
	    look->info.pin, look->pin_hex);
	settings_copy(&set, &run->site->set);
	strvec_release(&set.pin);
	(void)option_set(&set, "pin", look->info.pin, &ignored);
	block_show(&block, run->site->name, &set);
	fputs(block.data, run->out);
	buf_release(&block);
	settings_release(&set);
}

static int
run_pin(struct run *run, const struct args *a, struct err *err)
{
	struct err trust = ERR_INIT;
	struct probe_look look;

	(void)a;
	if (run->site->set.tls == TLS_OFF)
		return err_set(err, ERR_USAGE, "pin: without TLS there is no "
		    "key (tls=off)");
	session_close(run->session);
	if (key_look(run->site, run->cancel, &look, &trust, err) != 0)
		return -1;
	if (trust.kind != ERR_NONE)
		observe_warning(run->obs, "%s; compare the pin with the "
		    "server's own, by another way than this one, before you "
		    "keep it", trust.msg);
	if (run_is_json(run)) {
		tell_pin(run, look.info.pin, trust.kind == ERR_NONE);
		tell_pin(run, look.pin_hex, trust.kind == ERR_NONE);
	} else {
		print_pins(run, &look);
	}
	return 0;
}

const struct cmd cmd_pin = {
	.name = "pin",
	.flags = CMD_SERVER | CMD_APART,
	.usage = "pin",
	.summary = "Print the pins of the server's key, and the lines to "
	    "keep them",
	.run = run_pin,
};
