// SPDX-License-Identifier: GPL-2.0
/*
 * What answers and events say: objects to attributes, one function for each
 * kind of object.
 *
 * The put functions tell whether the message is full.
 */
#include "control/fill.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include <net/genetlink.h>

#include "core/view.h"
#include "table/device.h"
#include "control/netlink.h"
#include "control/parse.h"
#include "table/path.h"
#include "table/sad.h"
#include "table/spd.h"

static void *msg_begin(const struct espgw_msg *m)
{
	void *hdr = genlmsg_put(m->skb, m->portid, m->seq, &espgw_nl_family,
				m->flags, m->cmd);

	/* NLM_F_DUMP_INTR, if rows have come or gone since the last message */
	if (hdr && m->cb)
		genl_dump_check_consistent(m->cb, hdr);
	return hdr;
}

/* @hdr: from msg_begin(), NULL only with @full */
static int msg_end(const struct espgw_msg *m, void *hdr, bool full)
{
	if (full) {
		genlmsg_cancel(m->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(m->skb, hdr);
	return 0;
}

/* @nest: from nla_nest_start(), NULL only with @full */
static bool nest_end(struct sk_buff *skb, struct nlattr *nest, bool full)
{
	if (full)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return full;
}

static bool addr_put(struct sk_buff *skb, int type,
		     const struct espgw_addr *addr, u8 family)
{
	return nla_put(skb, type, family == 4 ? 4 : 16, addr);
}

/* @set: which members to tell; no nest is made for none. */
static bool mtu_put(struct sk_buff *skb, int type,
		    const struct espgw_mtu_policy *p, u16 set)
{
	struct nlattr *nest;
	unsigned int i;
	bool full;

	if (!set)
		return false;
	nest = nla_nest_start(skb, type);
	full = !nest;
	for (i = 1; i <= ESPGW_MTU_A_MAX && !full; i++) {
		const void *v = (const void *)p + espgw_mtu_members[i].offset;

		if (!(set & BIT(i)))
			continue;
		full = espgw_mtu_members[i].size == 1 ?
		       nla_put_u8(skb, i, *(const u8 *)v) :
		       nla_put_u32(skb, i, *(const u32 *)v);
	}
	return nest_end(skb, nest, full);
}

/**
 * espgw_fill_dev() - tell of an attached device
 * @m: message
 * @ed: the device
 *
 * Context: caller holds RTNL, which keeps the device's name and MTU, and
 * espgw_net.lock.
 *
 * Return: 0 or -EMSGSIZE.
 */
int espgw_fill_dev(const struct espgw_msg *m, const struct espgw_dev *ed)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);

	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_DEV_A_EVENT, m->event)) ||
		nla_put_u32(skb, ESPGW_DEV_A_IFINDEX, ed->dev->ifindex) ||
		nla_put_string(skb, ESPGW_DEV_A_IFNAME, ed->dev->name) ||
		mtu_put(skb, ESPGW_DEV_A_MTU, &ed->mtu, ed->mtu.set) ||
		nla_put_u32(skb, ESPGW_DEV_A_DEV_MTU, READ_ONCE(ed->dev->mtu)));
}

/**
 * espgw_fill_default() - tell the namespace's MTU policy
 * @m: message
 *
 * Context: caller holds espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_default(const struct espgw_msg *m)
{
	const struct espgw_mtu_policy *def = &m->en->def;
	u16 set = GENMASK(ESPGW_MTU_A_PROBE, ESPGW_MTU_A_DF);
	void *hdr = msg_begin(m);

	/* The default floor depends on the family and is told by its absence. */
	if (!def->min_pmtu)
		set &= ~BIT(ESPGW_MTU_A_MIN_PMTU);
	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(m->skb, ESPGW_DEFAULT_A_EVENT, m->event)) ||
		mtu_put(m->skb, ESPGW_DEFAULT_A_MTU, def, set));
}

static bool limits_put(struct sk_buff *skb, const struct espgw_limits *limits)
{
	struct nlattr *nest;
	unsigned int i;
	bool full;

	if (!memchr_inv(limits->v, 0, sizeof(limits->v)))
		return false;
	nest = nla_nest_start(skb, ESPGW_SA_A_LIMIT);
	full = !nest;
	for (i = 1; i < ARRAY_SIZE(limits->v) && !full; i++) {
		u64 v = READ_ONCE(limits->v[i]);

		full = v && nla_put_u64_64bit(skb, i, v, ESPGW_LIMIT_A_PAD);
	}
	return nest_end(skb, nest, full);
}

static bool sa_stats_put(struct sk_buff *skb, const struct espgw_sa *sa)
{
	struct nlattr *nest = nla_nest_start(skb, ESPGW_SA_A_STATS);
	bool full = !nest;
	unsigned int i;

	for (i = 1; i <= ESPGW_SA_STAT_A_MAX && !full; i++)
		full = i != ESPGW_SA_STAT_A_PAD &&
		       nla_put_u64_64bit(skb, i, espgw_sa_stat_sum(sa, i),
					 ESPGW_SA_STAT_A_PAD);
	return nest_end(skb, nest, full);
}

static bool algo_put(struct sk_buff *skb, const struct espgw_algo *algo,
		     bool keys)
{
	return (algo->aead[0] && nla_put_string(skb, ESPGW_SA_A_AEAD, algo->aead)) ||
	       (algo->enc[0] && nla_put_string(skb, ESPGW_SA_A_ENC, algo->enc)) ||
	       (algo->auth[0] && nla_put_string(skb, ESPGW_SA_A_AUTH, algo->auth)) ||
	       (keys && algo->key_len &&
		nla_put(skb, ESPGW_SA_A_KEY, algo->key_len, algo->key)) ||
	       (keys && algo->auth_key_len &&
		nla_put(skb, ESPGW_SA_A_AUTH_KEY, algo->auth_key_len, algo->auth_key));
}

static bool sa_inbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	u64 top;

	spin_lock_bh(&sa->replay_lock);
	top = sa->replay.top;
	spin_unlock_bh(&sa->replay_lock);

	return nla_put_u32(skb, ESPGW_SA_A_REPLAY_WINDOW, sa->replay.window) ||
	       nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, top, ESPGW_SA_A_PAD);
}

static bool sa_outbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	struct espgw_path_state st;
	u64 class = READ_ONCE(sa->class);
	u32 keepalive_s = READ_ONCE(sa->keepalive_s);
	u32 tfc = READ_ONCE(sa->tfc);

	rcu_read_lock();
	espgw_path_state(sa->en, sa, &st);
	rcu_read_unlock();

	return nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, atomic64_read(&sa->seq),
				 ESPGW_SA_A_PAD) ||
	       (class && nla_put_u64_64bit(skb, ESPGW_SA_A_CLASS, class,
					   ESPGW_SA_A_PAD)) ||
	       nla_put_u8(skb, ESPGW_SA_A_DSCP, READ_ONCE(sa->dscp)) ||
	       (READ_ONCE(sa->has_ttl) &&
		nla_put_u8(skb, ESPGW_SA_A_TTL, READ_ONCE(sa->ttl))) ||
	       (tfc && nla_put_u32(skb, ESPGW_SA_A_TFC, tfc)) ||
	       (keepalive_s &&
		nla_put_u32(skb, ESPGW_SA_A_KEEPALIVE, keepalive_s)) ||
	       (st.mapped &&
		(addr_put(skb, ESPGW_SA_A_PEER, &st.peer, sa->key.family) ||
		 nla_put_be16(skb, ESPGW_SA_A_PEER_PORT, st.peer_port))) ||
	       mtu_put(skb, ESPGW_SA_A_MTU, &sa->mtu, sa->mtu.set) ||
	       nla_put_u32(skb, ESPGW_SA_A_PMTU, st.pmtu) ||
	       nla_put_u32(skb, ESPGW_SA_A_INNER_MTU, st.inner);
}

/**
 * espgw_fill_sa() - tell of an SA
 * @m: message
 * @sa: the SA; still on its path, if it is outbound
 *
 * Under RCU alone, a change that is being made may be told in part; an event of
 * its own tells it whole. The READ_ONCE() here and in what this calls pair with
 * espgw_sa_set().
 *
 * Context: under RCU or espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_sa(const struct espgw_msg *m, struct espgw_sa *sa)
{
	__be16 sport = READ_ONCE(sa->encap_sport);
	u32 mark_mask = READ_ONCE(sa->mark_mask);
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);

	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_SA_A_EVENT, m->event)) ||
		nla_put_u8(skb, ESPGW_SA_A_DIR, sa->key.dir) ||
		addr_put(skb, ESPGW_SA_A_SRC, &sa->src, sa->key.family) ||
		addr_put(skb, ESPGW_SA_A_DST, &sa->key.dst, sa->key.family) ||
		nla_put_be32(skb, ESPGW_SA_A_SPI, sa->key.spi) ||
		nla_put_u32(skb, ESPGW_SA_A_REQID, sa->reqid) ||
		algo_put(skb, &sa->algo, m->keys) ||
		nla_put_u32(skb, ESPGW_SA_A_ICV_BITS, sa->len.icv * 8) ||
		(sa->esn && nla_put_flag(skb, ESPGW_SA_A_ESN)) ||
		(sa->key.dir == ESPGW_DIR_IN ? sa_inbound_put(skb, sa) :
					       sa_outbound_put(skb, sa)) ||
		(sport &&
		 (nla_put_be16(skb, ESPGW_SA_A_ENCAP_SPORT, sport) ||
		  nla_put_be16(skb, ESPGW_SA_A_ENCAP_DPORT,
			       READ_ONCE(sa->encap_dport)))) ||
		(mark_mask &&
		 (nla_put_u32(skb, ESPGW_SA_A_MARK, READ_ONCE(sa->mark)) ||
		  nla_put_u32(skb, ESPGW_SA_A_MARK_MASK, mark_mask))) ||
		nla_put_u8(skb, ESPGW_SA_A_ECN, READ_ONCE(sa->ecn)) ||
		limits_put(skb, &sa->limits) ||
		nla_put_u8(skb, ESPGW_SA_A_STATE, espgw_sa_state(sa)) ||
		nla_put_u64_64bit(skb, ESPGW_SA_A_AGE_S,
				  ktime_get_boottime_seconds() - sa->added,
				  ESPGW_SA_A_PAD) ||
		sa_stats_put(skb, sa));
}

static bool ifname_put(struct sk_buff *skb, int type, struct net *net,
		       int ifindex)
{
	struct net_device *dev;
	bool full;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	full = dev && nla_put_string(skb, type, dev->name);
	rcu_read_unlock();
	return full;
}

/**
 * espgw_fill_policy() - tell of a policy
 * @m: message
 * @p: the policy
 *
 * Context: under RCU or espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_policy(const struct espgw_msg *m, const struct espgw_policy *p)
{
	const struct espgw_policy_cfg *cfg = &p->cfg;
	const struct espgw_selector *sel = &cfg->sel;
	const struct espgw_path_key *path = &cfg->path;
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);
	u64 packets, bytes;

	espgw_policy_sum(p, &packets, &bytes);
	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_POLICY_A_EVENT, m->event)) ||
		nla_put_u32(skb, ESPGW_POLICY_A_PRIO, cfg->prio) ||
		(cfg->ifindex &&
		 (ifname_put(skb, ESPGW_POLICY_A_IFNAME, m->en->net, cfg->ifindex) ||
		  nla_put_u32(skb, ESPGW_POLICY_A_IFINDEX, cfg->ifindex))) ||
		addr_put(skb, ESPGW_POLICY_A_SRC, &sel->src, sel->family) ||
		nla_put_u8(skb, ESPGW_POLICY_A_SRC_LEN, sel->src_len) ||
		addr_put(skb, ESPGW_POLICY_A_DST, &sel->dst, sel->family) ||
		nla_put_u8(skb, ESPGW_POLICY_A_DST_LEN, sel->dst_len) ||
		(sel->has_proto &&
		 nla_put_u8(skb, ESPGW_POLICY_A_PROTO, sel->proto)) ||
		(sel->has_sport &&
		 (nla_put_u16(skb, ESPGW_POLICY_A_SPORT_MIN, sel->sport_min) ||
		  nla_put_u16(skb, ESPGW_POLICY_A_SPORT_MAX, sel->sport_max))) ||
		(sel->has_dport &&
		 (nla_put_u16(skb, ESPGW_POLICY_A_DPORT_MIN, sel->dport_min) ||
		  nla_put_u16(skb, ESPGW_POLICY_A_DPORT_MAX, sel->dport_max))) ||
		(sel->dscp != ESPGW_DSCP_ANY &&
		 nla_put_u8(skb, ESPGW_POLICY_A_DSCP, sel->dscp)) ||
		nla_put_u8(skb, ESPGW_POLICY_A_ACTION, cfg->action) ||
		(cfg->action == ESPGW_ACTION_PROTECT &&
		 (nla_put_u32(skb, ESPGW_POLICY_A_REQID, path->reqid) ||
		  addr_put(skb, ESPGW_POLICY_A_TUNNEL_SRC, &path->src, path->family) ||
		  addr_put(skb, ESPGW_POLICY_A_TUNNEL_DST, &path->dst, path->family))) ||
		nla_put_u64_64bit(skb, ESPGW_POLICY_A_PACKETS, packets,
				  ESPGW_POLICY_A_PAD) ||
		nla_put_u64_64bit(skb, ESPGW_POLICY_A_BYTES, bytes,
				  ESPGW_POLICY_A_PAD));
}

/* Whole seconds from @from_ms to @to_ms; 0 if that is past. */
static u32 seconds_between(u64 from_ms, u64 to_ms)
{
	if (to_ms <= from_ms)
		return 0;
	return min_t(u64, div_u64(to_ms - from_ms, MSEC_PER_SEC), U32_MAX);
}

static bool probes_put(struct sk_buff *skb, const struct espgw_probe_info *p)
{
	const struct espgw_probe *c = &p->core;

	return (p->echo.family &&
		addr_put(skb, ESPGW_PMTU_A_ECHO, &p->echo.addr, p->echo.family)) ||
	       nla_put_u8(skb, ESPGW_PMTU_A_PROBE_STATE, p->state) ||
	       (p->size && nla_put_u32(skb, ESPGW_PMTU_A_PROBE_SIZE, p->size)) ||
	       (c->low && nla_put_u32(skb, ESPGW_PMTU_A_PROBE_CONFIRMED, c->low)) ||
	       (c->high && c->high <= c->max &&
		nla_put_u32(skb, ESPGW_PMTU_A_PROBE_FAILED, c->high)) ||
	       nla_put_u64_64bit(skb, ESPGW_PMTU_A_PROBES_SENT, c->sent,
				 ESPGW_PMTU_A_PAD) ||
	       nla_put_u64_64bit(skb, ESPGW_PMTU_A_PROBES_ANSWERED, c->answered,
				 ESPGW_PMTU_A_PAD) ||
	       nla_put_u64_64bit(skb, ESPGW_PMTU_A_PROBES_LOST, c->lost,
				 ESPGW_PMTU_A_PAD) ||
	       nla_put_u64_64bit(skb, ESPGW_PMTU_A_BLACK_HOLES, c->holes,
				 ESPGW_PMTU_A_PAD);
}

/* What was set by hand to stay, in force or lowered by what was learned; 0: none. */
static u32 set_to_stay(const struct espgw_pmtu *e)
{
	if (e->mtu && e->source == ESPGW_PMTU_STATIC)
		return e->expires_ms ? 0 : e->mtu;
	return e->static_expires_ms ? 0 : e->static_mtu;
}

/**
 * espgw_fill_pmtu() - tell an outbound SA's path MTU
 * @m: message
 * @sa: the SA
 *
 * Context: under RCU or espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_pmtu(const struct espgw_msg *m, struct espgw_sa *sa)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);
	struct espgw_path_state st;
	const struct espgw_pmtu *e = &st.entry;

	rcu_read_lock();
	espgw_path_state(sa->en, sa, &st);
	rcu_read_unlock();

	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_PMTU_A_EVENT, m->event)) ||
		nla_put_be32(skb, ESPGW_PMTU_A_SPI, sa->key.spi) ||
		addr_put(skb, ESPGW_PMTU_A_DST, &sa->key.dst, sa->key.family) ||
		addr_put(skb, ESPGW_PMTU_A_SRC, &sa->src, sa->key.family) ||
		nla_put_u32(skb, ESPGW_PMTU_A_REQID, sa->reqid) ||
		nla_put_u32(skb, ESPGW_PMTU_A_PMTU, st.pmtu) ||
		nla_put_u32(skb, ESPGW_PMTU_A_INNER_MTU, st.inner) ||
		nla_put_u8(skb, ESPGW_PMTU_A_SOURCE, st.source) ||
		(e->mtu && e->expires_ms &&
		 nla_put_u32(skb, ESPGW_PMTU_A_EXPIRES_S,
			     seconds_between(st.now_ms, e->expires_ms + MSEC_PER_SEC - 1))) ||
		(e->mtu && e->learned_ms && e->source != ESPGW_PMTU_STATIC &&
		 nla_put_u32(skb, ESPGW_PMTU_A_LEARNED_S,
			     seconds_between(e->learned_ms, st.now_ms))) ||
		(set_to_stay(e) &&
		 nla_put_u32(skb, ESPGW_PMTU_A_MTU, set_to_stay(e))) ||
		nla_put_u8(skb, ESPGW_PMTU_A_LOCKED, e->locked) ||
		nla_put_u32(skb, ESPGW_PMTU_A_FLOOR, st.floor) ||
		nla_put_u32(skb, ESPGW_PMTU_A_CAP, st.cap) ||
		nla_put_u64_64bit(skb, ESPGW_PMTU_A_ACCEPTED, e->accepted,
				  ESPGW_PMTU_A_PAD) ||
		nla_put_u64_64bit(skb, ESPGW_PMTU_A_REJECTED, e->rejected,
				  ESPGW_PMTU_A_PAD) ||
		(e->raised_ms &&
		 (nla_put_u8(skb, ESPGW_PMTU_A_RAISED_BY, e->raised_by) ||
		  nla_put_u32(skb, ESPGW_PMTU_A_RAISED_S,
			      seconds_between(e->raised_ms, st.now_ms)))) ||
		(e->lowered_ms &&
		 (nla_put_u8(skb, ESPGW_PMTU_A_LOWERED_BY, e->lowered_by) ||
		  nla_put_u32(skb, ESPGW_PMTU_A_LOWERED_S,
			      seconds_between(e->lowered_ms, st.now_ms)))) ||
		probes_put(skb, &st.probe));
}

/* @stat: by enum espgw_vfr_stat_attr */
static bool vfr_stats_put(struct sk_buff *skb, const u64 *stat)
{
	struct nlattr *nest = nla_nest_start(skb, ESPGW_VFR_A_STATS);
	bool full = !nest;
	unsigned int i;

	for (i = 1; i <= ESPGW_VFR_STAT_A_MAX && !full; i++)
		full = i != ESPGW_VFR_STAT_A_PAD &&
		       nla_put_u64_64bit(skb, i, stat[i], ESPGW_VFR_STAT_A_PAD);
	return nest_end(skb, nest, full);
}

static bool vfr_users_put(struct sk_buff *skb, const struct espgw_vfrq *q)
{
	u32 ports = espgw_vfrq_users(q, ESPGW_VFR_FEATURE_PORTS);
	u32 natt = espgw_vfrq_users(q, ESPGW_VFR_FEATURE_NATT);
	u32 esp = espgw_vfrq_users(q, ESPGW_VFR_FEATURE_ESP);
	u32 gre = espgw_vfrq_users(q, ESPGW_VFR_FEATURE_GRE);

	return (ports && nla_put_u32(skb, ESPGW_VFR_A_USERS_PORTS, ports)) ||
	       (esp && nla_put_u32(skb, ESPGW_VFR_A_USERS_ESP, esp)) ||
	       (natt && nla_put_u32(skb, ESPGW_VFR_A_USERS_NATT, natt)) ||
	       (gre && nla_put_u32(skb, ESPGW_VFR_A_USERS_GRE, gre));
}

/**
 * espgw_fill_vfr() - tell how fragments are followed
 * @m: message
 * @q: where
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_vfr(const struct espgw_msg *m, struct espgw_vfrq *q)
{
	const struct net_device *dev = q->ed->dev;
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);
	u64 stat[__ESPGW_VFR_STAT_A_MAX];
	struct espgw_vfr_cfg cfg;
	u32 count, held, bytes;

	spin_lock_bh(&q->lock);
	memcpy(stat, q->stat, sizeof(stat));
	cfg = q->cfg;
	count = q->count;
	held = q->held;
	bytes = q->bytes;
	spin_unlock_bh(&q->lock);

	return msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_VFR_A_EVENT, m->event)) ||
		nla_put_u32(skb, ESPGW_VFR_A_IFINDEX, dev->ifindex) ||
		nla_put_string(skb, ESPGW_VFR_A_IFNAME, dev->name) ||
		nla_put_u8(skb, ESPGW_VFR_A_DIR, q->dir) ||
		nla_put_u8(skb, ESPGW_VFR_A_MODE, cfg.mode) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_REASSEMBLIES, cfg.max_reassemblies) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_FRAGMENTS, cfg.max_fragments) ||
		nla_put_u32(skb, ESPGW_VFR_A_TIMEOUT_S, cfg.timeout_s) ||
		nla_put_u8(skb, ESPGW_VFR_A_DROP_FRAGMENTS, cfg.drop_fragments) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_BYTES, cfg.max_bytes) ||
		nla_put_u32(skb, ESPGW_VFR_A_BY_HAND, cfg.set) ||
		nla_put_u8(skb, ESPGW_VFR_A_ENABLED, !!q->follow) ||
		vfr_users_put(skb, q) ||
		nla_put_u32(skb, ESPGW_VFR_A_REASSEMBLIES, count) ||
		nla_put_u32(skb, ESPGW_VFR_A_HELD, held) ||
		nla_put_u32(skb, ESPGW_VFR_A_BYTES, bytes) ||
		vfr_stats_put(skb, stat));
}

/**
 * espgw_fill_stats() - tell the namespace's counters
 * @m: message
 *
 * Return: 0 or -EMSGSIZE.
 */
int espgw_fill_stats(const struct espgw_msg *m)
{
	void *hdr = msg_begin(m);
	bool full = !hdr;
	unsigned int i;

	for (i = 1; i <= ESPGW_STATS_A_MAX && !full; i++)
		full = i != ESPGW_STATS_A_PAD &&
		       nla_put_u64_64bit(m->skb, i,
					 espgw_stats_sum(m->en->stats, i),
					 ESPGW_STATS_A_PAD);
	return msg_end(m, hdr, full);
}

/**
 * espgw_fill_acquire() - tell of a packet that wants an SA
 * @m: message
 * @p: the policy that it met
 * @v: the packet
 *
 * Context: under RCU. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_acquire(const struct espgw_msg *m, const struct espgw_policy *p,
		       const struct espgw_view *v)
{
	const struct espgw_path_key *path = &p->cfg.path;
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);

	return msg_end(m, hdr, !hdr ||
		addr_put(skb, ESPGW_ACQUIRE_A_SRC, &v->src, v->family) ||
		addr_put(skb, ESPGW_ACQUIRE_A_DST, &v->dst, v->family) ||
		nla_put_u8(skb, ESPGW_ACQUIRE_A_PROTO, v->proto) ||
		nla_put_u16(skb, ESPGW_ACQUIRE_A_SPORT, v->sport) ||
		nla_put_u16(skb, ESPGW_ACQUIRE_A_DPORT, v->dport) ||
		nla_put_u8(skb, ESPGW_ACQUIRE_A_DSCP, v->tos >> 2) ||
		nla_put_u32(skb, ESPGW_ACQUIRE_A_REQID, path->reqid) ||
		addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_SRC, &path->src, path->family) ||
		addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_DST, &path->dst, path->family) ||
		nla_put_u32(skb, ESPGW_ACQUIRE_A_PRIO, p->cfg.prio));
}

/**
 * espgw_fill_alert() - tell what an administrator should look at
 * @m: message
 * @kind: what happened
 * @family: 4 or 6, of the addresses
 * @spi: the SA's SPI; 0: no SA is concerned
 * @src: source, or NULL
 * @dst: destination, or NULL
 * @q: where fragments passed, or NULL
 *
 * Return: 0 or -EMSGSIZE.
 */
int espgw_fill_alert(const struct espgw_msg *m, enum espgw_alert_kind kind,
		     u8 family, __be32 spi, const struct espgw_addr *src,
		     const struct espgw_addr *dst, const struct espgw_vfrq *q)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_begin(m);

	return msg_end(m, hdr, !hdr ||
		nla_put_u8(skb, ESPGW_ALERT_A_KIND, kind) ||
		(spi && nla_put_be32(skb, ESPGW_ALERT_A_SPI, spi)) ||
		(src && addr_put(skb, ESPGW_ALERT_A_SRC, src, family)) ||
		(dst && addr_put(skb, ESPGW_ALERT_A_DST, dst, family)) ||
		(q && (nla_put_string(skb, ESPGW_ALERT_A_IFNAME,
				      q->ed->dev->name) ||
		       nla_put_u8(skb, ESPGW_ALERT_A_DIR, q->dir))));
}
