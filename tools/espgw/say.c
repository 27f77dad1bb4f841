// SPDX-License-Identifier: GPL-2.0
/*
 * say - errors and warnings
 *
 * The place (file, line, object, verb) is kept here and not handed through
 * every parser, so that no message can forget it.
 */
#include <stdarg.h>

#include "say.h"

static FILE *say_to;
static const char *say_file;
static unsigned int say_lineno;
static const char *say_object;
static const char *say_verb;

/**
 * espgw_say_to - send messages somewhere else than stderr
 * @to: stream, NULL for stderr again; the tests read it
 */
void espgw_say_to(FILE *to)
{
	say_to = to;
}

/**
 * espgw_say_line - tell which line of which batch file is being worked on
 * @file: its name, NULL when there is none; must stay valid
 * @line: counted from 1
 */
void espgw_say_line(const char *file, unsigned int line)
{
	say_file = file;
	say_lineno = line;
}

/**
 * espgw_say_verb - tell which command is being worked on
 * @object: such as "sa", NULL when there is none; must stay valid
 * @verb: such as "add", or NULL; must stay valid
 */
void espgw_say_verb(const char *object, const char *verb)
{
	say_object = object;
	say_verb = verb;
}

static void say(const char *kind, const char *fmt, va_list args)
{
	FILE *to = say_to ? say_to : stderr;

	/* What was shown before must come before: both may be one terminal. */
	fflush(stdout);
	fprintf(to, "espgw: %s", kind);
	if (say_file)
		fprintf(to, "%s: line %u: ", say_file, say_lineno);
	if (say_object && say_verb)
		fprintf(to, "%s %s: ", say_object, say_verb);
	else if (say_object)
		fprintf(to, "%s: ", say_object);
	vfprintf(to, fmt, args);
	fputc('\n', to);
}

/**
 * espgw_say_error - print one error line
 * @fmt: what is wrong, without a newline
 *
 * Return: -1 always, so that a parser can end with it.
 */
int espgw_say_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", fmt, args);
	va_end(args);
	return -1;
}

/**
 * espgw_say_warning - print one warning line
 * @fmt: what to beware of, without a newline
 */
void espgw_say_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("warning: ", fmt, args);
	va_end(args);
}
