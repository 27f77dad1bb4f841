// SPDX-License-Identifier: GPL-2.0
/*
 * save - the configuration as the commands that make it
 *
 * The order is that in which it can be restored: devices before the policies
 * and the fragment settings that name them, SAs before the path MTUs that were
 * set for them; and what is xfrm's is adopted last, so that no name is taken
 * that was here made by hand. Within a table the kernel's order is kept, the order in which
 * things were made: of two SAs that both could be used, the newer one is used,
 * and that has to be so again.
 */
#include <linux/netlink.h>
#include <string.h>

#include "save.h"
#include "say.h"
#include "secret.h"
#include "verb.h"

/* How often a table is read again when it changed meanwhile. */
#define TRIES 20

/**
 * struct saver - what writes the rows of a table
 * @object: what they are
 * @to: where to
 */
struct saver {
	const struct espgw_object *object;
	FILE *to;
};

static int save_row(const struct nlmsghdr *nlh, void *data)
{
	const struct saver *saver = data;
	union espgw_any row;
	int rc = espgw_object_get(nlh, saver->object, &row);

	if (!rc)
		espgw_object_save(saver->to, saver->object, &row);
	explicit_bzero(&row, sizeof(row));
	return rc;
}

static const struct {
	uint8_t cmd;
	const struct espgw_object *object;
	bool one;
} tables[] = {
	{ ESPGW_CMD_DEFAULT_GET, &espgw_default_object, true },
	{ ESPGW_CMD_GUARD_GET, &espgw_guard_object, true },
	{ ESPGW_CMD_DEV_GET, &espgw_dev_object },
	{ ESPGW_CMD_VFR_GET, &espgw_vfr_object },
	{ ESPGW_CMD_SA_GET, &espgw_sa_object },
	{ ESPGW_CMD_POLICY_GET, &espgw_policy_object },
	{ ESPGW_CMD_PMTU_GET, &espgw_pmtu_object },
	{ ESPGW_CMD_XFRM_GET, &espgw_xfrm_object, true },
};

/* One table, as it was at one moment. Return: exit status. */
static int save_table(struct espgw_context *ctx, unsigned int table, struct espgw_secret *part)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct saver saver = { .object = tables[table].object };
	bool changed = true;
	int rc = 0, tries;

	for (tries = 0; changed && !rc && tries < TRIES; tries++) {
		struct nlmsghdr *nlh;

		espgw_secret_clear(part);
		saver.to = espgw_secret_open(part);
		if (!saver.to) {
			espgw_say_error("out of memory");
			return 1;
		}
		nlh = espgw_nl_start(buf, tables[table].cmd,
				     tables[table].one ? NLM_F_ACK : NLM_F_DUMP);
		if (saver.object == &espgw_sa_object)
			mnl_attr_put(nlh, ESPGW_SA_A_SHOW_KEYS, 0, NULL);
		rc = espgw_nl_talk(&ctx->nl, nlh, NULL, save_row, &saver, &changed);
		if (espgw_secret_close(part, saver.to) && !rc) {
			espgw_say_error("out of memory");
			rc = 1;
		}
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
	struct espgw_secret part[MNL_ARRAY_SIZE(tables)] = { 0 };
	unsigned int i;
	int rc;

	(void)req;
	rc = espgw_nl_open(&ctx->nl);
	for (i = 0; i < MNL_ARRAY_SIZE(tables) && !rc; i++)
		rc = save_table(ctx, i, &part[i]);
	for (i = 0; i < MNL_ARRAY_SIZE(tables); i++) {
		if (!rc && part[i].used)
			fwrite(part[i].text, 1, part[i].used, ctx->out.to);
		espgw_secret_free(&part[i]);
	}
	return rc;
}
