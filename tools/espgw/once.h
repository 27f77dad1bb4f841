/* SPDX-License-Identifier: GPL-2.0 */
/*
 * once - what is saved is restored once
 */
#ifndef ESPGW_ONCE_H
#define ESPGW_ONCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A UUID and the terminating NUL. */
#define ESPGW_ONCE_BOOT 37

/**
 * struct espgw_once - when something was saved
 * @boot: the kernel's boot ID
 * @netns: the cookie of the network namespace, which no other one of the same
 *	boot ever has
 * @generation: how often something had been restored that was saved there
 * @sent: packets that the namespace's SAs had sent, by its counters
 */
struct espgw_once {
	char boot[ESPGW_ONCE_BOOT];
	uint64_t netns;
	uint64_t generation;
	uint64_t sent;
};

struct espgw_args;
struct espgw_context;
struct espgw_request;

int espgw_once_now(struct espgw_context *ctx, struct espgw_once *once);
void espgw_once_save(FILE *to, const struct espgw_once *once);
int espgw_once_claim(const char *dir, const struct espgw_once *once);
int espgw_once_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_once_run(struct espgw_context *ctx, struct espgw_request *req);
int espgw_once_check(const struct espgw_request *req, bool *claims);

#endif
