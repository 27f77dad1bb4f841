/* SPDX-License-Identifier: GPL-2.0 */
/*
 * say - what goes to stderr: one line for each error or warning, always
 * beginning with "espgw: " and naming where in the input it arose.
 */
#ifndef ESPGW_SAY_H
#define ESPGW_SAY_H

#include <stdio.h>

void espgw_say_to(FILE *to);
void espgw_say_line(const char *file, unsigned int line);
void espgw_say_verb(const char *object, const char *verb);
int espgw_say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void espgw_say_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
