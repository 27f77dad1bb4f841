/* SPDX-License-Identifier: GPL-2.0 */
/*
 * complete - which words may come next, for shells
 */
#ifndef ESPGW_COMPLETE_H
#define ESPGW_COMPLETE_H

#include <stdio.h>

void espgw_complete_next(FILE *to, char **word, int count);
void espgw_complete_all(FILE *to);
int espgw_complete_line(FILE *to, FILE *from);

#endif
