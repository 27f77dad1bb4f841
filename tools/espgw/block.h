/* SPDX-License-Identifier: GPL-2.0 */
/*
 * block - let nothing of what is to be protected pass, without the module
 */
#ifndef ESPGW_BLOCK_H
#define ESPGW_BLOCK_H

#include <stdio.h>

#include "config.h"

extern const struct espgw_object espgw_block_object;

int espgw_block_nft(FILE *to, const struct espgw_config *config);
int espgw_block_parse_on(struct espgw_args *args, struct espgw_request *req);
int espgw_block_on(struct espgw_context *ctx, struct espgw_request *req);
int espgw_block_off(struct espgw_context *ctx, struct espgw_request *req);
int espgw_block_show(struct espgw_context *ctx, struct espgw_request *req);

#endif
