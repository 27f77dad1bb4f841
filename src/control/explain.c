// SPDX-License-Identifier: GPL-2.0
/* "explain": what would become of a packet, asked and told. */
#include "hook/explain.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/netdevice.h>

#include "control/fill.h"
#include "control/parse.h"
#include "table/sad.h"

static int device_parse(struct genl_info *info, struct espgw_explain_ask *ask)
{
	const struct net_device *dev;
	char name[IFNAMSIZ];
	int err;

	err = espgw_nl_ifname_parse(info, ESPGW_EXPLAIN_A_IFINDEX,
				    ESPGW_EXPLAIN_A_IFNAME, name);
	if (err || !*name)
		return err;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(genl_info_net(info), name);
	if (dev)
		ask->ifindex = dev->ifindex;
	rcu_read_unlock();
	return dev ? 0 : REFUSE_AS(-ENODEV, info->extack,
				   info->attrs[ESPGW_EXPLAIN_A_IFNAME],
				   "no such device");
}

static int sa_parse(struct genl_info *info, struct espgw_explain_ask *ask)
{
	const struct nlattr *dst = info->attrs[ESPGW_EXPLAIN_A_SA_DST];
	const struct nlattr *spi = info->attrs[ESPGW_EXPLAIN_A_SPI];

	if (!spi)
		return BARRED(info, ESPGW_EXPLAIN_A_SA_DST,
			      "sa-dst goes with spi only") ? -EINVAL : 0;
	if (ask->dir != ESPGW_DIR_IN)
		return REFUSE(info->extack, spi,
			      "spi is for packets that come in");
	ask->spi = nla_get_be32(spi);
	return dst ? espgw_nl_addr_parse(dst, &ask->sa_dst, &ask->sa_family,
					 info->extack) : 0;
}

static int ports_parse(struct genl_info *info, struct espgw_explain_ask *ask)
{
	const struct nlattr *sport = info->attrs[ESPGW_EXPLAIN_A_SPORT];
	const struct nlattr *dport = info->attrs[ESPGW_EXPLAIN_A_DPORT];

	if (!espgw_proto_has_ports(ask->proto) && (sport || dport))
		return REFUSE(info->extack, sport ?: dport,
			      "the protocol has no ports");
	ask->sport = sport ? nla_get_u16(sport) : 0;
	ask->dport = dport ? nla_get_u16(dport) : 0;
	return 0;
}

static int ask_parse(struct genl_info *info, struct espgw_explain_ask *ask)
{
	struct nlattr **attrs = info->attrs;
	u8 family;
	int err;

	*ask = (struct espgw_explain_ask) { .dir = ESPGW_DIR_OUT };
	if (LACKS(info, ESPGW_EXPLAIN_A_SRC, "src is missing") ||
	    LACKS(info, ESPGW_EXPLAIN_A_DST, "dst is missing"))
		return -EINVAL;
	err = espgw_nl_addr_parse(attrs[ESPGW_EXPLAIN_A_SRC], &ask->src,
				  &ask->family, info->extack) ?:
	      espgw_nl_addr_parse(attrs[ESPGW_EXPLAIN_A_DST], &ask->dst,
				  &family, info->extack);
	if (err)
		return err;
	if (family != ask->family)
		return REFUSE(info->extack, attrs[ESPGW_EXPLAIN_A_DST],
			      "src and dst are of different families");
	if (family == 6 && BARRED(info, ESPGW_EXPLAIN_A_DF, "IPv6 has no DF"))
		return -EINVAL;
	if (attrs[ESPGW_EXPLAIN_A_DIR])
		ask->dir = nla_get_u8(attrs[ESPGW_EXPLAIN_A_DIR]);
	ask->proto = family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (attrs[ESPGW_EXPLAIN_A_PROTO])
		ask->proto = nla_get_u8(attrs[ESPGW_EXPLAIN_A_PROTO]);
	if (attrs[ESPGW_EXPLAIN_A_LEN])
		ask->len = nla_get_u32(attrs[ESPGW_EXPLAIN_A_LEN]);
	if (attrs[ESPGW_EXPLAIN_A_DSCP])
		ask->tos = nla_get_u8(attrs[ESPGW_EXPLAIN_A_DSCP]) << 2;
	if (attrs[ESPGW_EXPLAIN_A_MARK])
		ask->mark = nla_get_u32(attrs[ESPGW_EXPLAIN_A_MARK]);
	ask->df = nla_get_flag(attrs[ESPGW_EXPLAIN_A_DF]);
	return ports_parse(info, ask) ?: sa_parse(info, ask) ?:
	       device_parse(info, ask);
}

/* The packet as it was read, and where it is. */
static bool packet_put(struct sk_buff *skb, const struct espgw_explain_ask *ask,
		       const struct espgw_explain *e)
{
	const struct espgw_view *v = &e->view;

	return nla_put_u8(skb, ESPGW_EXPLAIN_A_DIR, ask->dir) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_IFINDEX, e->ifindex) ||
	       nla_put_string(skb, ESPGW_EXPLAIN_A_IFNAME, e->dev) ||
	       espgw_addr_put(skb, ESPGW_EXPLAIN_A_SRC, &ask->src, ask->family) ||
	       espgw_addr_put(skb, ESPGW_EXPLAIN_A_DST, &ask->dst, ask->family) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_PROTO, ask->proto) ||
	       (v->has_ports &&
		(nla_put_u16(skb, ESPGW_EXPLAIN_A_SPORT, v->sport) ||
		 nla_put_u16(skb, ESPGW_EXPLAIN_A_DPORT, v->dport))) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_LEN, v->len) ||
	       (v->family == 4 && v->df &&
		nla_put_flag(skb, ESPGW_EXPLAIN_A_DF)) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_DSCP, v->tos >> 2) ||
	       (ask->mark && nla_put_u32(skb, ESPGW_EXPLAIN_A_MARK, ask->mark)) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_PLACE, e->place);
}

static bool policy_put(struct sk_buff *skb, const struct espgw_explain *e)
{
	struct nlattr *nest;

	if (e->policy) {
		nest = nla_nest_start(skb, ESPGW_EXPLAIN_A_POLICY);
		if (!nest || espgw_policy_put(skb, e->policy))
			return true;
		nla_nest_end(skb, nest);
	}
	return e->is_asked && nla_put_u8(skb, ESPGW_EXPLAIN_A_ADMIT, e->admit);
}

static bool sa_put(struct sk_buff *skb, const struct espgw_sa *sa)
{
	return nla_put_be32(skb, ESPGW_EXPLAIN_A_SPI, sa->key.spi) ||
	       espgw_addr_put(skb, ESPGW_EXPLAIN_A_SA_DST, &sa->key.dst,
			      sa->key.family) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_REQID, sa->set.reqid) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_STATE, espgw_sa_state(sa)) ||
	       espgw_called_put(skb, ESPGW_EXPLAIN_A_SA_NAME, READ_ONCE(sa->label));
}

static bool fit_put(struct sk_buff *skb, const struct espgw_explain *e)
{
	const struct espgw_fit_in *in = &e->fit.in;

	return nla_put_u32(skb, ESPGW_EXPLAIN_A_PATH_MTU, e->fit.path_mtu) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_INNER_MTU, e->made.inner_mtu) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_DEV_MTU, in->dev_mtu) ||
	       (in->route_mtu &&
		nla_put_u32(skb, ESPGW_EXPLAIN_A_ROUTE_MTU, in->route_mtu)) ||
	       (in->learned &&
		nla_put_u32(skb, ESPGW_EXPLAIN_A_LEARNED, in->learned)) ||
	       (in->mtu.mtu_cap != ESPGW_CAP_NONE &&
		nla_put_u32(skb, ESPGW_EXPLAIN_A_CAP, in->mtu.mtu_cap)) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_PLAN, e->plan) ||
	       (e->made.df_overridden &&
		nla_put_flag(skb, ESPGW_EXPLAIN_A_DF_OVERRIDDEN));
}

static bool outer_put(struct sk_buff *skb, const struct espgw_explain *e)
{
	const struct espgw_sa *sa = e->sa;
	u8 family = sa->key.family;

	return espgw_addr_put(skb, ESPGW_EXPLAIN_A_OUTER_SRC, &sa->set.src, family) ||
	       espgw_addr_put(skb, ESPGW_EXPLAIN_A_OUTER_DST, &e->peer, family) ||
	       (sa->set.encap_sport &&
		(nla_put_be16(skb, ESPGW_EXPLAIN_A_OUTER_SPORT,
			      READ_ONCE(sa->set.encap_sport)) ||
		 nla_put_be16(skb, ESPGW_EXPLAIN_A_OUTER_DPORT, e->peer_port))) ||
	       nla_put_string(skb, ESPGW_EXPLAIN_A_OUTER_IFNAME, e->outer_dev) ||
	       (family == 4 && e->made.outer_df &&
		nla_put_flag(skb, ESPGW_EXPLAIN_A_OUTER_DF)) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_PACKETS, e->packets) ||
	       nla_put(skb, ESPGW_EXPLAIN_A_LEAVES, e->runs * sizeof(*e->run),
		       e->run);
}

static bool answer_put(struct sk_buff *skb, const struct espgw_explain *e)
{
	bool is_4 = e->view.family == 4;

	return nla_put_u8(skb, ESPGW_EXPLAIN_A_ANSWER_TYPE,
			  is_4 ? ICMP_DEST_UNREACH : ICMPV6_PKT_TOOBIG) ||
	       nla_put_u8(skb, ESPGW_EXPLAIN_A_ANSWER_CODE,
			  is_4 ? ICMP_FRAG_NEEDED : 0) ||
	       nla_put_u32(skb, ESPGW_EXPLAIN_A_ANSWER_MTU, e->made.inner_mtu) ||
	       (e->held && nla_put_flag(skb, ESPGW_EXPLAIN_A_ANSWER_HELD));
}

static int fill(const struct espgw_msg *m, const struct espgw_explain_ask *ask,
		const struct espgw_explain *e)
{
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr || packet_put(skb, ask, e) ||
		policy_put(skb, e) ||
		(e->sa && sa_put(skb, e->sa)) ||
		(*e->outer_dev && fit_put(skb, e)) ||
		(e->packets && outer_put(skb, e)) ||
		(e->answers && answer_put(skb, e)) ||
		nla_put_u8(skb, ESPGW_EXPLAIN_A_VERDICT, e->verdict) ||
		(e->verdict == ESPGW_EXPLAIN_VERDICT_DROP &&
		 nla_put_u32(skb, ESPGW_EXPLAIN_A_COUNTER, e->counter)));
}

int espgw_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_explain_ask ask;
	struct espgw_explain *e;
	struct espgw_msg m;
	int err;

	err = ask_parse(info, &ask);
	if (err)
		return err;
	e = kmalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	err = espgw_explain(espgw_nl_en(info), &ask, e, info->extack) ?:
	      espgw_nl_reply_begin(&m, info);
	if (!err)
		err = espgw_nl_reply_end(&m, info, fill(&m, &ask, e));
	kfree(e);
	return err;
}
