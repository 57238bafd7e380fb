/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_xml.h"

#include <expat.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { TEXT_MAX = 64 * 1024 };

struct reader {
	struct imported *list;
	struct imported_site *site;	/* NULL: not within one */
	struct buf text;		/* of the element */
	char *name;
};

static void XMLCALL
on_start(void *ctx, const XML_Char *element, const XML_Char **attributes)
{
	struct reader *r = XML_GetUserData(ctx);

	(void)attributes;
	buf_clear(&r->text);
	if (strcmp(element, "Server") == 0 && r->site == NULL)
		r->site = imported_add(r->list, "");
}

static void XMLCALL
on_text(void *ctx, const XML_Char *text, int n)
{
	struct reader *r = XML_GetUserData(ctx);

	buf_add(&r->text, text, (size_t)n);
}

/* FileZilla's numbers: 0 FTP, 3 FTPS, 4 FTPES, 6 FTP in the clear. */
static void
take_protocol(struct imported_site *s, const char *number)
{
	s->foreign = strcmp(number, "0") != 0 && strcmp(number, "3") != 0 &&
	    strcmp(number, "4") != 0 && strcmp(number, "6") != 0;
	s->clear = strcmp(number, "6") == 0;
	if (strcmp(number, "3") == 0)
		imported_set(s, "tls", "implicit");
}

/* "1 0 4 home 2 me", which is /home/me: a kind, a prefix, names by length. */
static void
take_dir(struct imported_site *s, const char *text)
{
	struct buf dir = BUF_INIT(TEXT_MAX);
	const char *p = text;
	unsigned long n;
	char *end;

	if (strncmp(p, "1 0", 3) != 0)
		return;
	for (p += 3; *p == ' '; p += n) {
		n = strtoul(p, &end, 10);
		if (*end != ' ' || n == 0 || n > strlen(end + 1))
			break;
		p = end + 1;
		buf_addf(&dir, "/%.*s", (int)n, p);
	}
	if (*p == '\0')
		imported_set(s, "dir", dir.data);
	buf_release(&dir);
}

/* Sites get their names when they end: those before must not be theirs. */
static void
end_site(struct reader *r)
{
	struct imported_site *unnamed = r->site, site;

	if (r->name != NULL) {
		site = *unnamed;
		r->list->n--;
		unnamed = imported_add(r->list, r->name);
		free(site.name);
		site.name = unnamed->name;
		settings_release(&unnamed->set);
		*unnamed = site;
	}
	imported_end(r->list);
	r->site = NULL;
	free(r->name);
	r->name = NULL;
}

static void XMLCALL
on_end(void *ctx, const XML_Char *element)
{
	static const char *const same[][2] = {
		{ "Host", "host" }, { "Port", "port" }, { "User", "user" },
		{ "MaximumMultipleConnections", "connections" },
	};
	struct reader *r = XML_GetUserData(ctx);
	struct imported_site *s = r->site;
	const char *text = r->text.data;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		/* A 0 for the usual port is dropped by the option itself. */
		if (strcmp(element, same[i][0]) == 0)
			imported_set(s, same[i][1], text);
	if (strcmp(element, "Protocol") == 0)
		take_protocol(s, text);
	else if (strcmp(element, "PasvMode") == 0 &&
	    strcmp(text, "MODE_ACTIVE") == 0)
		imported_set(s, "mode", "active");
	else if (strcmp(element, "RemoteDir") == 0)
		take_dir(s, text);
	else if (strcmp(element, "Pass") == 0)
		s->password = *text != '\0';
	else if (strcmp(element, "Name") == 0 && r->name == NULL)
		r->name = xstrdup(text);
	else if (strcmp(element, "Server") == 0)
		end_site(r);
	buf_clear(&r->text);
}

/* No entity of the file's own: they can be made to grow without end. */
static void XMLCALL
on_entity(void *ctx, const XML_Char *name, int is_parameter,
    const XML_Char *value, int length, const XML_Char *base,
    const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
	(void)name;
	(void)is_parameter;
	(void)value;
	(void)length;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	XML_StopParser(ctx, XML_FALSE);
}

int
import_xml_sites(const char *text, size_t n, struct imported *list,
    struct err *err)
{
	struct reader r = { .list = list, .text = BUF_INIT(TEXT_MAX) };
	XML_Parser parser = XML_ParserCreate(NULL);
	int rc = 0;

	if (parser == NULL)
		abort();
	XML_SetUserData(parser, &r);
	XML_UseParserAsHandlerArg(parser);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetEntityDeclHandler(parser, on_entity);
	if (XML_Parse(parser, text, (int)n, XML_TRUE) != XML_STATUS_OK)
		rc = err_set(err, ERR_USAGE, "line %lu: no XML: %s",
		    (unsigned long)XML_GetCurrentLineNumber(parser),
		    XML_ErrorString(XML_GetErrorCode(parser)));
	XML_ParserFree(parser);
	buf_release_secret(&r.text);
	free(r.name);
	return rc;
}

const char *
import_xml_library(void)
{
	return XML_ExpatVersion();
}
