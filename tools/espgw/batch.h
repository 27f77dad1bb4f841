/* SPDX-License-Identifier: GPL-2.0 */
/*
 * batch - commands from a file, one a line
 */
#ifndef ESPGW_BATCH_H
#define ESPGW_BATCH_H

struct espgw_args;
struct espgw_context;
struct espgw_request;

/**
 * struct espgw_batch_reader - who reads the commands of a file and does none
 * @take: called with each; says what is wrong with it; wipes nothing. Return: 0,
 *	or -1 (said)
 * @bad: called with one that is not well formed, with as much as is known of
 *	it, or that was not taken; NULL: nothing is read behind it
 * @data: for both
 */
struct espgw_batch_reader {
	int (*take)(const struct espgw_request *req, const char *file, unsigned int line,
		    void *data);
	void (*bad)(const struct espgw_request *req, void *data);
	void *data;
};

int espgw_batch_run(struct espgw_context *ctx, const char *path);
int espgw_batch_read(const char *path, const struct espgw_batch_reader *reader);
int espgw_batch_parse_restore(struct espgw_args *args, struct espgw_request *req);
int espgw_batch_run_restore(struct espgw_context *ctx, struct espgw_request *req);

#endif
