// SPDX-License-Identifier: GPL-2.0
/*
 * save - the configuration as the commands that make it
 *
 * The order is that in which it can be restored: devices before the policies
 * and the fragment settings that name them, SAs before the path MTUs that were set for them. Within a
 * kind it is the kernel's, which is that of creation: of two SAs that could
 * both be used the newer one is, and has to be so again.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "save.h"
#include "say.h"
#include "verb.h"

/* How often a table is read again when it changed meanwhile. */
#define TRIES 20

static int save_default(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_mtu mtu;

	if (espgw_default_get(nlh, &mtu))
		return -1;
	espgw_default_save(data, &mtu);
	return 0;
}

static int save_dev(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_dev dev;

	if (espgw_dev_get(nlh, &dev))
		return -1;
	espgw_dev_save(data, &dev);
	return 0;
}

static int save_vfr(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_vfr vfr;

	if (espgw_vfr_get(nlh, &vfr))
		return -1;
	espgw_vfr_save(data, &vfr);
	return 0;
}

static int save_sa(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_sa sa;
	int rc = espgw_sa_get(nlh, &sa);

	if (!rc)
		espgw_sa_save(data, &sa);
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

static int save_policy(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_policy policy;

	if (espgw_policy_get(nlh, &policy))
		return -1;
	espgw_policy_save(data, &policy);
	return 0;
}

static int save_pmtu(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_pmtu pmtu;

	if (espgw_pmtu_get(nlh, &pmtu))
		return -1;
	espgw_pmtu_save(data, &pmtu);
	return 0;
}

static const struct {
	uint8_t cmd;
	bool dump;
	bool keys;
	espgw_nl_answer save;
} tables[] = {
	{ ESPGW_CMD_DEFAULT_GET, false, false, save_default },
	{ ESPGW_CMD_DEV_GET, true, false, save_dev },
	{ ESPGW_CMD_VFR_GET, true, false, save_vfr },
	{ ESPGW_CMD_SA_GET, true, true, save_sa },
	{ ESPGW_CMD_POLICY_GET, true, false, save_policy },
	{ ESPGW_CMD_PMTU_GET, true, false, save_pmtu },
};

/* One table, as it was at one moment. Return: exit status. */
static int save_table(struct espgw_context *ctx, unsigned int table, FILE *to)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	bool changed = true;
	int rc = 0, tries;

	for (tries = 0; changed && !rc && tries < TRIES; tries++) {
		struct nlmsghdr *nlh;

		rewind(to);
		nlh = espgw_nl_start(buf, tables[table].cmd,
				     tables[table].dump ? NLM_F_DUMP : NLM_F_ACK);
		if (tables[table].keys)
			mnl_attr_put(nlh, ESPGW_SA_A_SHOW_KEYS, 0, NULL);
		rc = espgw_nl_talk(&ctx->nl, nlh, NULL, tables[table].save, to, &changed);
	}
	if (!rc && changed) {
		espgw_say_error("the configuration changes all the time; nothing is saved");
		rc = 1;
	}
	return rc;
}

/**
 * espgw_save_run - write the configuration, keys and all
 * @ctx: context
 * @req: the request
 *
 * Nothing is written unless everything could be read.
 *
 * Return: exit status.
 */
int espgw_save_run(struct espgw_context *ctx, struct espgw_request *req)
{
	struct {
		FILE *to;
		char *text;
		size_t size;
	} part[MNL_ARRAY_SIZE(tables)] = { 0 };
	unsigned int i;
	int rc;

	(void)req;
	rc = espgw_nl_open(&ctx->nl);
	for (i = 0; i < MNL_ARRAY_SIZE(tables) && !rc; i++) {
		part[i].to = open_memstream(&part[i].text, &part[i].size);
		if (part[i].to)
			rc = save_table(ctx, i, part[i].to);
		if (!part[i].to || (!rc && fflush(part[i].to))) {
			espgw_say_error("out of memory");
			rc = 1;
		}
	}
	for (i = 0; i < MNL_ARRAY_SIZE(tables) && !rc; i++)
		fwrite(part[i].text, 1, part[i].size, ctx->out.to);
	for (i = 0; i < MNL_ARRAY_SIZE(tables); i++) {
		if (part[i].to)
			fclose(part[i].to);
		if (part[i].text)
			explicit_bzero(part[i].text, part[i].size);
		free(part[i].text);
	}
	return rc;
}
