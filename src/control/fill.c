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

#include "base/event.h"
#include "control/parse.h"
#include "core/view.h"
#include "hook/probe.h"
#include "packet/vfr.h"
#include "table/device.h"
#include "table/guard.h"
#include "table/fit.h"
#include "table/spd.h"

/**
 * espgw_msg_begin() - begin a message
 * @m: it
 *
 * Return: for espgw_msg_end(); NULL: it is full.
 */
void *espgw_msg_begin(const struct espgw_msg *m)
{
	void *hdr = genlmsg_put(m->skb, m->portid, m->seq, &espgw_nl_family,
				m->flags, m->cmd);

	/* NLM_F_DUMP_INTR, if rows have come or gone since the last message */
	if (hdr && m->cb)
		genl_dump_check_consistent(m->cb, hdr);
	return hdr;
}

/**
 * espgw_msg_end() - end a message
 * @m: it
 * @hdr: from espgw_msg_begin(), NULL only with @full
 * @full: something had no room in it
 *
 * Return: 0, or -EMSGSIZE, then nothing was added to the skb.
 */
int espgw_msg_end(const struct espgw_msg *m, void *hdr, bool full)
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

/* A number of any size. */
static bool number_put(struct sk_buff *skb, int type, const void *v, u8 size)
{
	switch (size) {
	case 8:
		return nla_put_u64_64bit(skb, type, *(const u64 *)v,
					 ESPGW_SA_A_PAD);
	default:
		return nla_put(skb, type, size, v);
	}
}

/**
 * espgw_fill_mtu() - put an MTU policy into a message
 * @skb: message
 * @type: attribute
 * @p: the policy
 * @words: which to tell, bits of enum espgw_mtu_word; no nest is made for none
 *
 * Return: true if there is no room.
 */
bool espgw_fill_mtu(struct sk_buff *skb, int type,
		    const struct espgw_mtu_policy *p, u16 words)
{
	struct nlattr *nest;
	unsigned int i;
	bool full;

	if (!words)
		return false;
	nest = nla_nest_start(skb, type);
	full = !nest;
	for (i = ESPGW_MTU_A_DF; i <= ESPGW_MTU_A_PROBE && !full; i++) {
		enum espgw_mtu_word w = espgw_nl_mtu_words[i];
		u32 v = espgw_mtu_get(p, w);

		if (!(words & BIT(w)))
			continue;
		full = espgw_mtu_members[w].size == 1 ?
		       nla_put_u8(skb, i, v) : nla_put_u32(skb, i, v);
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
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_DEV_A_EVENT, m->event)) ||
		(ed->dev &&
		 nla_put_u32(skb, ESPGW_DEV_A_IFINDEX, ed->ifindex)) ||
		nla_put_string(skb, ESPGW_DEV_A_IFNAME, ed->name) ||
		espgw_fill_mtu(skb, ESPGW_DEV_A_MTU, &ed->mtu, ed->mtu.set) ||
		(ed->dev &&
		 nla_put_u32(skb, ESPGW_DEV_A_DEV_MTU, READ_ONCE(ed->dev->mtu))) ||
		nla_put_u8(skb, ESPGW_DEV_A_STATE, espgw_dev_state(ed)) ||
		(ed->of &&
		 nla_put_string(skb, ESPGW_DEV_A_PATTERN, ed->of->name)) ||
		nla_put_u8(skb, ESPGW_DEV_A_MTU_FOLLOW, ed->follow));
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
	u16 words = ESPGW_MTU_ALL;
	void *hdr = espgw_msg_begin(m);

	/* The default floor depends on the family and is told by its absence. */
	if (!def->min_pmtu)
		words &= ~BIT(ESPGW_MTU_W_MIN_PMTU);
	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(m->skb, ESPGW_DEFAULT_A_EVENT, m->event)) ||
		espgw_fill_mtu(m->skb, ESPGW_DEFAULT_A_MTU, def, words));
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

static bool algo_put(struct sk_buff *skb, const struct espgw_algo_kept *algo,
		     bool keys)
{
	return (algo->aead[0] && nla_put_string(skb, ESPGW_SA_A_AEAD, algo->aead)) ||
	       (algo->enc[0] && nla_put_string(skb, ESPGW_SA_A_ENC, algo->enc)) ||
	       (algo->auth[0] && nla_put_string(skb, ESPGW_SA_A_AUTH, algo->auth)) ||
	       (keys && algo->key_len &&
		nla_put(skb, ESPGW_SA_A_KEY, algo->key_len, algo->keys)) ||
	       (keys && algo->auth_key_len &&
		nla_put(skb, ESPGW_SA_A_AUTH_KEY, algo->auth_key_len,
			algo->keys + algo->key_len));
}

/* What is set of an SA is told where it says something. */
static bool setting_is_told(const struct espgw_sa *sa, unsigned int type,
			    const void *v, u8 size)
{
	const struct espgw_sa_settings *set = &sa->set;

	switch (type) {
	case ESPGW_SA_A_REQID:
	case ESPGW_SA_A_ECN:
		return true;
	case ESPGW_SA_A_REPLAY_WINDOW:
		return sa->key.dir == ESPGW_DIR_IN;
	case ESPGW_SA_A_DSCP:
		return sa->key.dir == ESPGW_DIR_OUT;
	case ESPGW_SA_A_TTL:
		return READ_ONCE(set->has_ttl);
	case ESPGW_SA_A_MARK:
		return READ_ONCE(set->mark_mask);
	default:
		return memchr_inv(v, 0, size);
	}
}

static bool settings_put(struct sk_buff *skb, const struct espgw_sa *sa)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(espgw_nl_sa_members); i++) {
		const struct espgw_nl_member *m = &espgw_nl_sa_members[i];
		const void *v = (const void *)&sa->set + m->offset;

		if (m->size && setting_is_told(sa, i, v, m->size) &&
		    number_put(skb, i, v, m->size))
			return true;
	}
	return false;
}

/**
 * struct path_state - an SA's path MTU and peer as shown to people
 * @fit: what fits
 * @source: enum espgw_pmtu_source of the path MTU
 * @entry: a copy of the path's entry
 * @now_ms: the time of the copy, on the entry's clock
 * @probe: its probes
 * @peer: the peer's live outer address, with @mapped
 * @peer_port: its live UDP port, with @mapped
 * @mapped: the peer was seen elsewhere than where this SA was configured to send
 */
struct path_state {
	struct espgw_fit fit;
	u8 source;
	struct espgw_pmtu entry;
	u64 now_ms;
	struct espgw_probe_info probe;
	struct espgw_addr peer;
	__be16 peer_port;
	bool mapped;
};

/* Under RCU or espgw_net.lock. */
static void path_state(struct espgw_sa *sa, struct path_state *st)
{
	struct espgw_path *path = sa->path;
	const struct espgw_fit *f = &st->fit;
	u32 bound;

	espgw_fit_now(sa, &st->fit);
	spin_lock_bh(&path->lock);
	st->entry = path->pmtu;
	espgw_probe_tell(path, &st->probe);
	bound = path->bound;
	spin_unlock_bh(&path->lock);
	st->now_ms = espgw_path_now_ms();
	/* One that was configured to send there is not mapped. */
	st->mapped = sa->set.encap_sport &&
		     espgw_path_peer(path, &st->peer, &st->peer_port) &&
		     !(st->peer_port == READ_ONCE(sa->set.encap_dport) &&
		       espgw_addr_equal(&st->peer, &sa->key.dst));

	if (st->entry.mtu && st->entry.mtu <= f->path_mtu)
		st->source = st->entry.source;
	else if (bound && bound <= f->path_mtu)
		st->source = ESPGW_PMTU_PROBE;
	else if (f->in.mtu.mtu_cap != ESPGW_CAP_NONE &&
		 f->in.mtu.mtu_cap == f->path_mtu)
		st->source = ESPGW_PMTU_DEFAULT;
	else
		st->source = ESPGW_PMTU_DEVICE;
}

static bool sa_inbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	u64 top;

	spin_lock_bh(&sa->replay_lock);
	top = sa->replay.top;
	spin_unlock_bh(&sa->replay_lock);

	return nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, top, ESPGW_SA_A_PAD);
}

static bool sa_outbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	const struct espgw_mtu_policy *mp = &sa->set.mtu;
	struct path_state st;

	path_state(sa, &st);
	return nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, atomic64_read(&sa->seq),
				 ESPGW_SA_A_PAD) ||
	       (st.mapped &&
		(espgw_addr_put(skb, ESPGW_SA_A_PEER, &st.peer, sa->key.family) ||
		 nla_put_be16(skb, ESPGW_SA_A_PEER_PORT, st.peer_port))) ||
	       espgw_fill_mtu(skb, ESPGW_SA_A_MTU, mp, mp->set) ||
	       nla_put_u32(skb, ESPGW_SA_A_PMTU, st.fit.path_mtu) ||
	       nla_put_u32(skb, ESPGW_SA_A_INNER_MTU, st.fit.inner_mtu);
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
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);
	u32 idle_s;

	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_SA_A_EVENT, m->event)) ||
		nla_put_u8(skb, ESPGW_SA_A_DIR, sa->key.dir) ||
		espgw_addr_put(skb, ESPGW_SA_A_SRC, &sa->set.src, sa->key.family) ||
		espgw_addr_put(skb, ESPGW_SA_A_DST, &sa->key.dst, sa->key.family) ||
		nla_put_be32(skb, ESPGW_SA_A_SPI, sa->key.spi) ||
		/* The kernel may hide xfrm's keys from everybody. */
		algo_put(skb, sa->algo, m->keys && !sa->x) ||
		nla_put_u32(skb, ESPGW_SA_A_ICV_BITS, sa->len.icv * 8) ||
		(sa->x &&
		 nla_put_u8(skb, ESPGW_SA_A_OWNER, ESPGW_OWNER_XFRM)) ||
		(sa->set.esn && nla_put_flag(skb, ESPGW_SA_A_ESN)) ||
		settings_put(skb, sa) ||
		(sa->key.dir == ESPGW_DIR_IN ? sa_inbound_put(skb, sa) :
					       sa_outbound_put(skb, sa)) ||
		limits_put(skb, &sa->set.limits) ||
		nla_put_u8(skb, ESPGW_SA_A_STATE, espgw_sa_state(sa)) ||
		nla_put_u64_64bit(skb, ESPGW_SA_A_AGE_S,
				  ktime_get_boottime_seconds() - sa->added,
				  ESPGW_SA_A_PAD) ||
		(espgw_sa_idle_s(sa, &idle_s) &&
		 nla_put_u32(skb, ESPGW_SA_A_LAST_S, idle_s)) ||
		sa_stats_put(skb, sa) ||
		espgw_label_put(skb, ESPGW_SA_A_NAME, ESPGW_SA_A_COMMENT,
				READ_ONCE(sa->label)));
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
		espgw_addr_put(skb, ESPGW_PMTU_A_ECHO, &p->echo.addr, p->echo.family)) ||
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
	void *hdr = espgw_msg_begin(m);
	const struct espgw_pmtu *e;
	struct path_state st;

	path_state(sa, &st);
	e = &st.entry;

	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_PMTU_A_EVENT, m->event)) ||
		nla_put_be32(skb, ESPGW_PMTU_A_SPI, sa->key.spi) ||
		espgw_addr_put(skb, ESPGW_PMTU_A_DST, &sa->key.dst, sa->key.family) ||
		espgw_addr_put(skb, ESPGW_PMTU_A_SRC, &sa->set.src, sa->key.family) ||
		nla_put_u32(skb, ESPGW_PMTU_A_REQID, sa->set.reqid) ||
		nla_put_u32(skb, ESPGW_PMTU_A_PMTU, st.fit.path_mtu) ||
		nla_put_u32(skb, ESPGW_PMTU_A_INNER_MTU, st.fit.inner_mtu) ||
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
		nla_put_u32(skb, ESPGW_PMTU_A_FLOOR, st.fit.floor) ||
		nla_put_u32(skb, ESPGW_PMTU_A_CAP, st.fit.in.mtu.mtu_cap) ||
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
		probes_put(skb, &st.probe) ||
		(sa->x &&
		 nla_put_u8(skb, ESPGW_PMTU_A_OWNER, ESPGW_OWNER_XFRM)) ||
		espgw_called_put(skb, ESPGW_PMTU_A_NAME, READ_ONCE(sa->label)));
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

/* What was set by hand, bit n for attribute n. */
static u32 vfr_by_hand(u32 set)
{
	unsigned int i;
	u32 bits = 0;

	for (i = 0; i < ARRAY_SIZE(espgw_nl_vfr_members); i++)
		if (set & espgw_nl_vfr_members[i].word)
			bits |= BIT(i);
	return bits;
}

static bool vfr_users_put(struct sk_buff *skb, const struct espgw_vfrq *q)
{
	u32 ports = espgw_vfrq_users(q, ESPGW_FEATURE_PORTS);
	u32 natt = espgw_vfrq_users(q, ESPGW_FEATURE_NATT);
	u32 esp = espgw_vfrq_users(q, ESPGW_FEATURE_ESP);
	u32 gre = espgw_vfrq_users(q, ESPGW_FEATURE_GRE);
	u32 ends = espgw_vfrq_users(q, ESPGW_FEATURE_ENDS);

	return (ports && nla_put_u32(skb, ESPGW_VFR_A_USERS_PORTS, ports)) ||
	       (esp && nla_put_u32(skb, ESPGW_VFR_A_USERS_ESP, esp)) ||
	       (natt && nla_put_u32(skb, ESPGW_VFR_A_USERS_NATT, natt)) ||
	       (gre && nla_put_u32(skb, ESPGW_VFR_A_USERS_GRE, gre)) ||
	       (ends && nla_put_u32(skb, ESPGW_VFR_A_USERS_ENDS, ends));
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
	const struct espgw_dev *ed = q->ed;
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);
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

	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_VFR_A_EVENT, m->event)) ||
		(ed->dev &&
		 nla_put_u32(skb, ESPGW_VFR_A_IFINDEX, ed->ifindex)) ||
		nla_put_string(skb, ESPGW_VFR_A_IFNAME, ed->name) ||
		nla_put_u8(skb, ESPGW_VFR_A_DIR, q->dir) ||
		nla_put_u8(skb, ESPGW_VFR_A_MODE, cfg.mode) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_REASSEMBLIES, cfg.max_reassemblies) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_FRAGMENTS, cfg.max_fragments) ||
		nla_put_u32(skb, ESPGW_VFR_A_TIMEOUT_S, cfg.timeout_s) ||
		nla_put_u8(skb, ESPGW_VFR_A_DROP_FRAGMENTS, cfg.drop_fragments) ||
		nla_put_u32(skb, ESPGW_VFR_A_MAX_BYTES, cfg.max_bytes) ||
		nla_put_u32(skb, ESPGW_VFR_A_BY_HAND,
			    ed->of ? 0 : vfr_by_hand(cfg.set)) ||
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
	void *hdr = espgw_msg_begin(m);
	bool full = !hdr;
	unsigned int i;

	for (i = 1; i <= ESPGW_STATS_A_MAX && !full; i++)
		full = i != ESPGW_STATS_A_PAD &&
		       nla_put_u64_64bit(m->skb, i,
					 espgw_stats_sum(m->en->stats, i),
					 ESPGW_STATS_A_PAD);
	return espgw_msg_end(m, hdr, full);
}

/**
 * espgw_fill_acquire() - tell of a packet that wants an SA
 * @m: message
 * @ev: the policy that it met, and the packet
 *
 * Context: under RCU. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_acquire(const struct espgw_msg *m, const struct espgw_event *ev)
{
	const struct espgw_path_key *path = &ev->policy->path->key;
	const struct espgw_view *v = ev->view;
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		espgw_addr_put(skb, ESPGW_ACQUIRE_A_SRC, &v->src, v->family) ||
		espgw_addr_put(skb, ESPGW_ACQUIRE_A_DST, &v->dst, v->family) ||
		nla_put_u8(skb, ESPGW_ACQUIRE_A_PROTO, v->proto) ||
		nla_put_u16(skb, ESPGW_ACQUIRE_A_SPORT, v->sport) ||
		nla_put_u16(skb, ESPGW_ACQUIRE_A_DPORT, v->dport) ||
		nla_put_u8(skb, ESPGW_ACQUIRE_A_DSCP, v->tos >> 2) ||
		nla_put_u32(skb, ESPGW_ACQUIRE_A_REQID, path->reqid) ||
		espgw_addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_SRC, &path->src, path->family) ||
		espgw_addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_DST, &path->dst, path->family) ||
		nla_put_u32(skb, ESPGW_ACQUIRE_A_PRIO, ev->policy->rule.prio) ||
		espgw_called_put(skb, ESPGW_ACQUIRE_A_NAME, READ_ONCE(ev->policy->label)));
}

/**
 * espgw_fill_alert() - tell what an administrator should look at
 * @m: message
 * @ev: what happened: its kind; SPI, addresses and where fragments passed as far
 *	as they are known
 *
 * Return: 0 or -EMSGSIZE.
 */
int espgw_fill_alert(const struct espgw_msg *m, const struct espgw_event *ev)
{
	const struct espgw_vfrq *q = ev->vfr;
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		nla_put_u8(skb, ESPGW_ALERT_A_KIND, ev->what) ||
		(ev->spi && nla_put_be32(skb, ESPGW_ALERT_A_SPI, ev->spi)) ||
		(ev->src && espgw_addr_put(skb, ESPGW_ALERT_A_SRC, ev->src, ev->family)) ||
		(ev->dst && espgw_addr_put(skb, ESPGW_ALERT_A_DST, ev->dst, ev->family)) ||
		(ev->dev && nla_put_string(skb, ESPGW_ALERT_A_IFNAME,
					   ev->dev->name)) ||
		(q && (nla_put_string(skb, ESPGW_ALERT_A_IFNAME,
				      q->ed->name) ||
		       nla_put_u8(skb, ESPGW_ALERT_A_DIR, q->dir))));
}

/**
 * espgw_fill_guard() - tell whether devices that are not attached are watched
 * @m: message
 *
 * Context: caller holds espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_guard(const struct espgw_msg *m)
{
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		nla_put_u8(skb, ESPGW_GUARD_A_ON, !m->en->guard_off) ||
		nla_put_u32(skb, ESPGW_GUARD_A_DEVICES,
			    espgw_guards_count(m->en)));
}
