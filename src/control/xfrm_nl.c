// SPDX-License-Identifier: GPL-2.0
/* Requests about xfrm's states and policies, and what answers say of them. */
#include <net/genetlink.h>
#include <net/xfrm.h>

#include "control/fill.h"
#include "control/parse.h"
#include "control/xfrm.h"
#include "control/xfrm_row.h"

/* What is adopted, and how much that is; numbers may change at once. */
static void look_up(struct espgw_net *en, struct espgw_xfrm_info *info)
{
	const struct espgw_xfrm *xf;

	memset(info, 0, sizeof(*info));
	rcu_read_lock();
	xf = READ_ONCE(en->xfrm);
	if (xf) {
		info->cfg = xf->cfg;
		info->sas = READ_ONCE(xf->sas);
		info->policies = READ_ONCE(xf->spds);
	}
	rcu_read_unlock();
}

static int settings_fill(const struct espgw_msg *m,
			 const struct espgw_xfrm_info *info, bool live)
{
	const struct espgw_xfrm_cfg *cfg = &info->cfg;
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		nla_put_u8(skb, ESPGW_XFRM_A_ON, cfg->on) ||
		(cfg->on && nla_put_u8(skb, ESPGW_XFRM_A_MODE, cfg->mode)) ||
		(cfg->if_id &&
		 nla_put_u32(skb, ESPGW_XFRM_A_IF_ID, cfg->if_id)) ||
		(!live && nla_put_flag(skb, ESPGW_XFRM_A_DEFAULT)) ||
		(live && cfg->on &&
		 (nla_put_u32(skb, ESPGW_XFRM_A_SAS, info->sas) ||
		  nla_put_u32(skb, ESPGW_XFRM_A_POLICIES, info->policies))));
}

/**
 * espgw_fill_xfrm() - tell whether xfrm's states and policies are adopted
 * @m: message
 *
 * Context: any. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_xfrm(const struct espgw_msg *m)
{
	struct espgw_xfrm_info info;

	look_up(m->en, &info);
	return settings_fill(m, &info, true);
}

/**
 * espgw_fill_xfrm_default() - tell whether they are in namespaces to come
 * @m: message
 *
 * Context: process context. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_xfrm_default(const struct espgw_msg *m)
{
	struct espgw_xfrm_info info = {};

	espgw_xfrm_default_get(&info.cfg);
	return settings_fill(m, &info, false);
}

static bool addr_put(struct sk_buff *skb, int type, const void *a, u8 family)
{
	return nla_put(skb, type, family == 4 ? 4 : 16, a);
}

/* What an adopted outbound SA may still send before it asks xfrm. */
static bool numbers_put(struct sk_buff *skb, struct espgw_net *en,
			const struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa;
	bool full = false;

	rcu_read_lock();
	sa = espgw_sa_find(en, &row->key);
	if (sa && sa->x == row->x)
		full = nla_put_u64_64bit(skb, ESPGW_XFRM_ROW_A_SEQ,
					 atomic64_read(&sa->seq),
					 ESPGW_XFRM_ROW_A_PAD) ||
		       nla_put_u64_64bit(skb, ESPGW_XFRM_ROW_A_LEASE,
					 atomic64_read(&sa->seq_max),
					 ESPGW_XFRM_ROW_A_PAD);
	rcu_read_unlock();
	return full;
}

static bool state_put(const struct espgw_msg *m,
		      const struct espgw_xfrm_row *row)
{
	struct sk_buff *skb = m->skb;
	const struct espgw_sa_key *key = &row->key;

	return (key->dir && nla_put_u8(skb, ESPGW_XFRM_ROW_A_DIR, key->dir)) ||
	       addr_put(skb, ESPGW_XFRM_ROW_A_SRC, &row->x->props.saddr,
			key->family) ||
	       addr_put(skb, ESPGW_XFRM_ROW_A_DST, &key->dst, key->family) ||
	       nla_put_be32(skb, ESPGW_XFRM_ROW_A_SPI, key->spi) ||
	       nla_put_u32(skb, ESPGW_XFRM_ROW_A_REQID, row->x->props.reqid) ||
	       (row->adopted && key->dir == ESPGW_DIR_OUT &&
		numbers_put(skb, m->en, row));
}

static bool policy_put(const struct espgw_msg *m,
		       const struct espgw_xfrm_row *row)
{
	const struct espgw_policy_cfg *cfg = &row->want;
	const struct espgw_selector *sel = &cfg->sel;
	struct sk_buff *skb = m->skb;

	return addr_put(skb, ESPGW_XFRM_ROW_A_SRC, &sel->src, sel->family) ||
	       nla_put_u8(skb, ESPGW_XFRM_ROW_A_SRC_LEN, sel->src_len) ||
	       addr_put(skb, ESPGW_XFRM_ROW_A_DST, &sel->dst, sel->family) ||
	       nla_put_u8(skb, ESPGW_XFRM_ROW_A_DST_LEN, sel->dst_len) ||
	       nla_put_u32(skb, ESPGW_XFRM_ROW_A_PRIO, cfg->prio) ||
	       (*cfg->ifname &&
		nla_put_string(skb, ESPGW_XFRM_ROW_A_IFNAME, cfg->ifname)) ||
	       (cfg->action &&
		nla_put_u8(skb, ESPGW_XFRM_ROW_A_ACTION, cfg->action)) ||
	       (cfg->spi && nla_put_be32(skb, ESPGW_XFRM_ROW_A_SPI, cfg->spi)) ||
	       (row->xp->xfrm_nr &&
		nla_put_u32(skb, ESPGW_XFRM_ROW_A_REQID,
			    row->xp->xfrm_vec[0].reqid));
}

/* What is judged anew is xfrm's to follow meanwhile. */
static u8 reason_now(const struct espgw_xfrm_row *row)
{
	if (!row->adopted)
		return row->reason;
	return row->p && READ_ONCE(row->p->left) ? ESPGW_XFRM_REASON_WAITING :
						   ESPGW_XFRM_REASON_NONE;
}

/**
 * espgw_fill_xfrm_row() - tell of a state or policy of xfrm's
 * @m: message
 * @row: it
 *
 * Context: process context, caller holds espgw_xfrm.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_xfrm_row(const struct espgw_msg *m,
			const struct espgw_xfrm_row *row)
{
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		nla_put_u8(skb, ESPGW_XFRM_ROW_A_KIND, row->x ?
			   ESPGW_XFRM_KIND_STATE : ESPGW_XFRM_KIND_POLICY) ||
		nla_put_u8(skb, ESPGW_XFRM_ROW_A_REASON, reason_now(row)) ||
		(row->if_id &&
		 nla_put_u32(skb, ESPGW_XFRM_ROW_A_IF_ID, row->if_id)) ||
		(row->adopted && nla_put_u32(skb, ESPGW_XFRM_ROW_A_DELAY_US,
					     row->delay_us)) ||
		(row->x ? state_put(m, row) : policy_put(m, row)));
}

/**
 * espgw_fill_xfrm_conn() - tell what is remembered of a connection of xfrm's
 * @m: message
 * @c: it
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_xfrm_conn(const struct espgw_msg *m,
			 const struct espgw_xfrm_conn *c)
{
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		(c->if_id ?
		 nla_put_u32(skb, ESPGW_XFRM_CONN_A_IF_ID, c->if_id) :
		 nla_put_u32(skb, ESPGW_XFRM_CONN_A_REQID, c->reqid)) ||
		espgw_fill_mtu(skb, ESPGW_XFRM_CONN_A_MTU, &c->mtu, c->mtu.set) ||
		espgw_label_put(skb, ESPGW_XFRM_CONN_A_NAME,
				ESPGW_XFRM_CONN_A_COMMENT, c->label));
}

int espgw_nl_xfrm_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct espgw_xfrm_cfg cfg = {};

	if (LACKS(info, ESPGW_XFRM_A_ON, "on is missing"))
		return -EINVAL;
	cfg.on = nla_get_u8(attrs[ESPGW_XFRM_A_ON]);
	if (attrs[ESPGW_XFRM_A_MODE])
		cfg.mode = nla_get_u8(attrs[ESPGW_XFRM_A_MODE]);
	if (attrs[ESPGW_XFRM_A_IF_ID])
		cfg.if_id = nla_get_u32(attrs[ESPGW_XFRM_A_IF_ID]);
	if (!cfg.on && BARRED(info, ESPGW_XFRM_A_MODE, "mode goes with on"))
		return -EINVAL;
	if (!cfg.on && BARRED(info, ESPGW_XFRM_A_IF_ID, "if-id goes with on"))
		return -EINVAL;
	if (!nla_get_flag(attrs[ESPGW_XFRM_A_DEFAULT]))
		return espgw_xfrm_set(espgw_nl_en(info), &cfg, info->extack);
	/* It is about others' namespaces as well. */
	if (!netlink_capable(skb, CAP_NET_ADMIN))
		return REFUSE_AS(-EPERM, info->extack,
				 attrs[ESPGW_XFRM_A_DEFAULT],
				 "default takes CAP_NET_ADMIN in the initial user namespace");
	return espgw_xfrm_default_set(&cfg, info->extack);
}

int espgw_nl_xfrm_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_msg m;
	int err = espgw_nl_reply_begin(&m, info);

	if (err)
		return err;
	return espgw_nl_reply_end(&m, info, nla_get_flag(info->attrs[ESPGW_XFRM_A_DEFAULT]) ?
			 espgw_fill_xfrm_default(&m) : espgw_fill_xfrm(&m));
}

static int row_fill(const struct espgw_xfrm_row *row, void *arg)
{
	return espgw_fill_xfrm_row(arg, row);
}

int espgw_nl_xfrm_row_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, ESPGW_CMD_XFRM_ROW_GET);
	unsigned long *next = (unsigned long *)cb->ctx;
	int err = espgw_xfrm_rows(m.en, next, &cb->seq, row_fill, &m);

	return skb->len ?: err;
}

static int conn_mtu_parse(struct espgw_mtu_policy *mtu, void *arg)
{
	/* What a word is where nothing has been set: nothing. */
	static const struct espgw_mtu_policy none;
	struct genl_info *info = arg;

	return espgw_nl_mtu_parse(info->attrs[ESPGW_XFRM_CONN_A_MTU], &none, mtu,
				  info->extack);
}

int espgw_nl_xfrm_conn_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *if_id = info->attrs[ESPGW_XFRM_CONN_A_IF_ID];
	struct nlattr *reqid = info->attrs[ESPGW_XFRM_CONN_A_REQID];
	struct espgw_xfrm_conn named = {};
	struct espgw_label_ask label;
	struct espgw_xfrm *xf;
	int err;

	if (!info->attrs[ESPGW_XFRM_CONN_A_NAME] &&
	    !info->attrs[ESPGW_XFRM_CONN_A_COMMENT] &&
	    LACKS(info, ESPGW_XFRM_CONN_A_MTU,
		  "nothing to set is given: no mtu policy, name or comment"))
		return -EINVAL;
	if (if_id && BARRED(info, ESPGW_XFRM_CONN_A_REQID,
			    "an interface ID names the connection already"))
		return -EINVAL;
	if (!if_id && LACKS(info, ESPGW_XFRM_CONN_A_REQID,
			    "neither if-id nor reqid is given"))
		return -EINVAL;
	if (if_id)
		named.if_id = nla_get_u32(if_id);
	else
		named.reqid = nla_get_u32(reqid);
	err = espgw_nl_label_parse(info, ESPGW_XFRM_CONN_A_NAME,
				   ESPGW_XFRM_CONN_A_COMMENT, &label);
	if (err)
		return err;
	xf = espgw_xfrm_get(espgw_nl_en(info));
	return xf ? espgw_xfrm_conn_set(xf, &named, &label, conn_mtu_parse, info) :
		    -ENOMEM;
}

static int conn_fill(const struct espgw_xfrm_conn *c, void *arg)
{
	return espgw_fill_xfrm_conn(arg, c);
}

int espgw_nl_xfrm_conn_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, ESPGW_CMD_XFRM_CONN_GET);
	unsigned long *next = (unsigned long *)cb->ctx;
	int err;

	espgw_net_lock(m.en);
	cb->seq = m.en->generation;
	err = espgw_xfrm_conns(m.en, next, conn_fill, &m);
	espgw_net_unlock(m.en);
	return skb->len ?: err;
}
