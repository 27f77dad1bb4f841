// SPDX-License-Identifier: GPL-2.0
/* The way out: classify, plan, execute. */
#include "hook/egress.h"

#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/netfilter_netdev.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/sch_generic.h>

#include "core/fragplan.h"
#include "core/plan.h"
#include "core/view.h"
#include "table/device.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "packet/mss.h"
#include "control/netlink.h"
#include "table/path.h"
#include "table/sad.h"
#include "packet/skb.h"
#include "table/spd.h"
#include "packet/split.h"

/**
 * struct out - a packet on its way out
 * @en: namespace
 * @sa: the SA it takes
 * @dst: the outer route; a reference is held
 * @view: what it is
 * @plan: what is done with it
 * @split: the pieces that lookahead fragmentation makes
 * @path_mtu: effective path MTU, bytes
 * @encap: what its outer header is made of
 * @no_id: the segments' IPv4 IDs are nothing but their order
 */
struct out {
	struct espgw_net *en;
	struct espgw_sa *sa;
	struct dst_entry *dst;
	struct espgw_view view;
	struct espgw_plan plan;
	enum espgw_split split;
	u32 path_mtu;
	struct espgw_encap encap;
	bool no_id;
};

static unsigned int drop(struct out *o, struct sk_buff *skb,
			 enum espgw_stats_attr reason)
{
	if (o->sa)
		espgw_sa_count(o->sa, ESPGW_SA_STAT_A_DROPPED);
	espgw_drop(o->en, skb, reason);
	return NF_STOLEN;
}

/* Room in front and behind, and nobody else's data. skb->data: inner header. */
static bool make_room(const struct out *o, struct sk_buff *skb)
{
	unsigned int head = o->sa->len.head + LL_RESERVED_SPACE(o->dst->dev);
	unsigned int tail;

	if (unlikely(skb_is_nonlinear(skb)) && __skb_linearize(skb))
		return false;
	tail = espgw_encap_tail(o->sa, &o->encap, skb->len);
	if (likely(!skb_cloned(skb) && skb_headroom(skb) >= head &&
		   skb_tailroom(skb) >= tail))
		return true;
	head = head > skb_headroom(skb) ? head - skb_headroom(skb) : 0;
	tail = tail > skb_tailroom(skb) ? tail - skb_tailroom(skb) : 0;
	return !pskb_expand_head(skb, SKB_DATA_ALIGN(head), tail, GFP_ATOMIC);
}

/* Encapsulate, encrypt and send one packet; skb->data: inner header. */
static bool send_one(struct out *o, struct sk_buff *skb)
{
	int err;

	skb_dst_drop(skb);
	skb_dst_set(skb, dst_clone(o->dst));
	if (!make_room(o, skb)) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return false;
	}
	err = espgw_encap(o->sa, skb, &o->encap);
	if (err > 0) {
		drop(o, skb, err);
		return false;
	}
	if (!err)
		espgw_encap_output(o->sa, skb, o->encap.frag_mtu);
	return true;
}

static struct sk_buff *piece_alloc(const struct out *o,
				   const struct sk_buff *skb,
				   const struct espgw_fragplan *fp,
				   const struct espgw_piece *piece, u16 id)
{
	const u8 *iph = skb->data;
	unsigned int len = piece->hdr_len + piece->len;
	struct sk_buff *n;

	n = alloc_skb(o->sa->len.head + LL_RESERVED_SPACE(o->dst->dev) + len +
		      espgw_encap_tail(o->sa, &o->encap, len), GFP_ATOMIC);
	if (!n)
		return NULL;
	skb_reserve(n, o->sa->len.head + LL_RESERVED_SPACE(o->dst->dev));
	skb_put(n, len);
	espgw_fragplan_header(fp, piece, iph, id, n->data);
	if (skb_copy_bits(skb, fp->first_hdr + piece->off,
			  n->data + piece->hdr_len, piece->len)) {
		kfree_skb(n);
		return NULL;
	}
	n->dev = skb->dev;
	n->priority = skb->priority;
	n->mark = skb->mark;
	n->tstamp = skb->tstamp;
	n->protocol = skb->protocol;
	skb_copy_hash(n, skb);
	skb_copy_secmark(n, skb);
	return n;
}

/* Lookahead fragmentation (RFC 4301 8.1: before encryption). */
static void send_pieces(struct out *o, struct sk_buff *skb)
{
	struct iphdr *iph = (struct iphdr *)skb->data;
	struct espgw_fragplan fp;
	struct espgw_piece piece;
	u16 id = ntohs(iph->id);

	if (espgw_fragplan_init(&fp, skb->data, o->plan.inner_mtu, o->split)) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_FRAGMENT);
		return;
	}
	espgw_sa_count(o->sa, ESPGW_SA_STAT_A_PREFRAG);
	espgw_count(o->en, ESPGW_STATS_A_OUT_PREFRAG);
	if ((!id || o->no_id) && o->plan.df_overridden) {
		/* An atomic datagram's ID means nothing (RFC 6864 4.1). */
		struct iphdr fresh = *iph;

		__ip_select_ident(o->en->net, &fresh, 1);
		id = ntohs(fresh.id);
	}
	while (espgw_fragplan_next(&fp, &piece)) {
		struct sk_buff *n = piece_alloc(o, skb, &fp, &piece, id);

		/* A datagram with a hole is of no use: the rest goes too. */
		if (!n || !send_one(o, n)) {
			drop(o, skb, ESPGW_STATS_A_DROP_OUT_FRAGMENT);
			return;
		}
		espgw_count(o->en, ESPGW_STATS_A_OUT_PREFRAG_PIECES);
	}
	consume_skb(skb);
}

/* One packet that is not GSO (any more), by the plan; skb->data: inner header. */
static void send_planned(struct out *o, struct sk_buff *skb)
{
	if (o->plan.act == ESPGW_PLAN_FRAG_BEFORE &&
	    skb->len > o->plan.inner_mtu) {
		if (o->plan.df_overridden) {
			espgw_sa_count(o->sa, ESPGW_SA_STAT_A_DF_OVERRIDDEN);
			espgw_count(o->en, ESPGW_STATS_A_OUT_DF_OVERRIDDEN);
		}
		send_pieces(o, skb);
		return;
	}
	if (o->plan.df_overridden && skb->len > o->plan.inner_mtu) {
		espgw_sa_count(o->sa, ESPGW_SA_STAT_A_DF_OVERRIDDEN);
		espgw_count(o->en, ESPGW_STATS_A_OUT_DF_OVERRIDDEN);
	}
	send_one(o, skb);
}

/* A super-packet: its segments are packets of their own. */
static void send_segments(struct out *o, struct sk_buff *skb, unsigned int nh)
{
	struct sk_buff *segs, *seg, *next;

	/* Segmentation counts on from the super-packet's ID. */
	o->no_id = o->view.family == 4 &&
		   !((struct iphdr *)(skb->data + nh))->id;
	/* No features: linear segments with their checksums filled in. */
	segs = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segs)) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_MALFORMED);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		__skb_pull(seg, nh);
		send_planned(o, seg);
	}
}

/*
 * A length that stands for a super-packet's longest segment: to the plan it
 * matters only between which of these bounds it lies.
 */
static u32 gso_packet_len(const struct out *o, const struct sk_buff *skb,
			  u32 inner_mtu)
{
	const u32 bounds[] = {
		min_t(u32, ESPGW_IP6_MIN_MTU, inner_mtu),
		inner_mtu,
		max_t(u32, ESPGW_IP6_MIN_MTU, inner_mtu),
		espgw_len_inner(&o->sa->len, o->dst->dev->mtu),
		espgw_len_inner(&o->sa->len, ESPGW_MTU_MAX),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		if (skb_gso_validate_network_len(skb, bounds[i]))
			return bounds[i];
	return U16_MAX;
}

static void make_plan(struct out *o, const struct espgw_dev *ed,
		      const struct sk_buff *skb)
{
	struct espgw_mtu_policy mp = ed->eff;
	struct espgw_plan_in in;
	u32 inner_mtu;

	/* Of the device that carries the outer packet. */
	if (unlikely(o->dst->dev != ed->dev))
		espgw_mtu_policy_at(o->en, o->dst->dev->ifindex, &mp);
	if (o->sa->mtu.set)
		espgw_mtu_policy_merge(&mp, &o->sa->mtu);

	o->path_mtu = espgw_path_mtu(o->sa, mp.mtu_cap, o->dst);
	o->split = mp.split;
	inner_mtu = espgw_len_inner(&o->sa->len, o->path_mtu);

	in.len = o->sa->len;
	in.inner_len = skb_is_gso(skb) ? gso_packet_len(o, skb, inner_mtu) :
					 o->view.len;
	in.path_mtu = o->path_mtu;
	in.dev_mtu = o->dst->dev->mtu;
	in.df = mp.df;
	in.frag = mp.frag;
	in.inner_df_policy = mp.inner_df;
	in.icmp_answer = mp.icmp_answer;
	in.inner_family = o->view.family;
	in.outer_family = o->sa->key.family;
	in.inner_df = o->view.df;
	in.force_df0 = READ_ONCE(o->sa->path->floored);
	espgw_plan_make(&o->plan, &in);

	o->encap.frag_mtu = o->plan.act == ESPGW_PLAN_FRAG_AFTER ?
			    o->path_mtu : 0;
	o->encap.tfc = min(READ_ONCE(o->sa->tfc), inner_mtu);
	o->encap.family = o->view.family;
	o->encap.tos = o->view.tos;
	o->encap.ttl = o->view.ttl;
	o->encap.df = o->plan.outer_df;
	/*
	 * Only a sender that wants to know, and of what routers may not
	 * fragment; what is below the floor is not told to anybody.
	 */
	o->encap.tell = o->view.df && !o->plan.df_overridden &&
			(o->plan.outer_df || o->sa->key.family == 6) &&
			espgw_len_outer(&o->sa->len, o->view.len) >
			(mp.min_pmtu ?: ESPGW_PMTU_FLOOR4);
}

static unsigned int too_big(struct out *o, struct sk_buff *skb)
{
	espgw_sa_count(o->sa, ESPGW_SA_STAT_A_TOO_BIG);
	if (o->plan.answer &&
	    espgw_icmp_answer(o->en, skb, &o->view, o->plan.inner_mtu))
		espgw_sa_count(o->sa, ESPGW_SA_STAT_A_ANSWERED);
	return drop(o, skb, ESPGW_STATS_A_DROP_OUT_TOO_BIG);
}

/* Ask for an SA, once a second: the key daemon has heard it, or will not. */
static void acquire(struct out *o, struct espgw_policy *p)
{
	if (espgw_due(&p->path->acquired))
		espgw_notify_acquire(o->en, p, &o->view);
}

/*
 * Recursive routing: the way to the peer leads through the tunnel. The packet
 * would come round for ever; the SA rests for a while, so that a routing
 * protocol which learned that route through it can lose it again. 0 or the
 * reason to drop.
 */
static int check_loop(struct espgw_sa *sa)
{
	switch (espgw_encap_nesting(sa)) {
	case ESPGW_NESTING_LOOP:
		espgw_sa_hold(sa);
		return ESPGW_STATS_A_DROP_OUT_LOOP;
	case ESPGW_NESTING_DEEP:
		return ESPGW_STATS_A_DROP_OUT_LOOP;
	default:
		return unlikely(espgw_sa_held(sa)) ?
		       ESPGW_STATS_A_DROP_OUT_HELD : 0;
	}
}

/*
 * Queues behind this hook shall see the flows that are inside, not one tunnel
 * ("pre-classify"). The stack's own hash dissects headers once more. As there,
 * a fragment has no ports, even the first: else it leaves the later ones' queue.
 */
static void keep_flow(const struct out *o, struct sk_buff *skb)
{
	const struct espgw_view *v = &o->view;
	bool has_ports = v->has_ports && !v->is_frag;
	u32 ports = has_ports ? v->sport << 16 | v->dport : 0;
	u32 hash;

	if (skb->l4_hash || skb->sw_hash)
		return;
	if (v->family == 4)
		hash = jhash_3words((__force u32)v->src.a[0],
				    (__force u32)v->dst.a[0], ports,
				    o->en->flow_seed + v->proto);
	else
		hash = jhash_2words(jhash2((const u32 *)&v->src,
					   2 * sizeof(v->src) / sizeof(u32),
					   o->en->flow_seed),
				    ports, v->proto);
	__skb_set_sw_hash(skb, hash ?: 1, has_ports);
}

static unsigned int protect(struct out *o, struct espgw_dev *ed,
			    struct espgw_policy *p, struct sk_buff *skb,
			    unsigned int nh)
{
	bool in_place = true;
	int reason, err;

	o->sa = espgw_path_sa(p->path, o->view.tos >> 2);
	if (unlikely(!o->sa)) {
		acquire(o, p);
		return drop(o, skb, ESPGW_STATS_A_DROP_OUT_NO_SA);
	}
	reason = check_loop(o->sa);
	if (unlikely(reason))
		return drop(o, skb, reason);
	o->dst = espgw_path_route(o->sa);
	if (unlikely(!o->dst))
		return drop(o, skb, ESPGW_STATS_A_DROP_OUT_NO_ROUTE);

	if (unlikely(skb_shared(skb))) {
		/* Its other holder may look at it as it is. */
		struct sk_buff *n = skb_clone(skb, GFP_ATOMIC);

		consume_skb(skb);
		if (!n) {
			espgw_count(o->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
			goto stolen;
		}
		skb = n;
		in_place = false;
	}

	keep_flow(o, skb);
	if (unlikely(espgw_mss_adjust(o->sa, skb, nh, &o->view))) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	make_plan(o, ed, skb);
	if (o->plan.act == ESPGW_PLAN_DROP) {
		too_big(o, skb);
		goto stolen;
	}
	if (o->plan.act == ESPGW_PLAN_FRAG_BEFORE &&
	    o->split == ESPGW_SPLIT_TCP &&
	    espgw_split_tcp(skb, nh, &o->view, o->plan.inner_mtu)) {
		espgw_count(o->en, ESPGW_STATS_A_OUT_TCP_SPLIT);
		send_segments(o, skb, nh);
		goto stolen;
	}
	if (skb_is_gso(skb)) {
		espgw_count(o->en, ESPGW_STATS_A_OUT_GSO);
		send_segments(o, skb, nh);
		goto stolen;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0)) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	/* Link-layer padding is not part of the packet. */
	if (unlikely(skb->len - nh > o->view.len) &&
	    pskb_trim(skb, nh + o->view.len)) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	__skb_pull(skb, nh);

	if (o->plan.act != ESPGW_PLAN_ENCRYPT || o->dst->dev != skb->dev ||
	    !in_place) {
		send_planned(o, skb);
		goto stolen;
	}

	/* The normal case: in place, and on in the transmission under way. */
	if (unlikely(!make_room(o, skb))) {
		drop(o, skb, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, o->dst);	/* our reference goes with it */
	err = espgw_encap(o->sa, skb, &o->encap);
	if (unlikely(err)) {
		if (err > 0)
			drop(o, skb, err);
		return NF_STOLEN;
	}
	if (unlikely(!espgw_encap_link(skb, o->sa->key.family))) {
		espgw_encap_output(o->sa, skb, 0);
		return NF_STOLEN;
	}
	/* The stack took the length before this hook. */
	qdisc_skb_cb(skb)->pkt_len = skb->len;
	return NF_ACCEPT;

stolen:
	dst_release(o->dst);
	return NF_STOLEN;
}

/* By policy, whatever it is. Without a call on the way of whole packets. */
static __always_inline unsigned int
classify(struct out *o, struct espgw_dev *ed, struct sk_buff *skb,
	 unsigned int nh)
{
	struct espgw_policy_stats *ps;
	struct espgw_policy *p;

	switch (espgw_spd_lookup_skb(o->en, skb, nh, &o->view, ed->dev->ifindex,
				     false, &p)) {
	case ESPGW_MATCH_NO:
		espgw_count(o->en, ESPGW_STATS_A_OUT_NO_POLICY);
		return NF_ACCEPT;
	case ESPGW_MATCH_UNKNOWN:
		return drop(o, skb, ESPGW_STATS_A_DROP_OUT_FRAG_PORTS);
	case ESPGW_MATCH_YES:
		break;
	}
	ps = this_cpu_ptr(p->stats);
	u64_stats_inc(&ps->packets);
	u64_stats_add(&ps->bytes, o->view.len);

	switch (p->cfg.action) {
	case ESPGW_ACTION_BYPASS:
		espgw_count(o->en, ESPGW_STATS_A_OUT_BYPASS);
		return NF_ACCEPT;
	case ESPGW_ACTION_PROTECT:
		if (unlikely(espgw_policy_exempts(p, &o->view, false)))
			return NF_ACCEPT;
		return protect(o, ed, p, skb, nh);
	default:
		return drop(o, skb, ESPGW_STATS_A_DROP_OUT_DISCARD);
	}
}

/* On in a transmission of its own, past this hook. */
static void transmit(struct sk_buff *skb)
{
	nf_skip_egress(skb, true);
	dev_queue_xmit(skb);
}

/*
 * A fragment, by the ports of its datagram's first one (RFC 4301 7). When that
 * comes, it leaves before those that have waited for it.
 */
static noinline unsigned int fragment(struct out *o, struct espgw_dev *ed,
				      struct sk_buff *skb, unsigned int nh)
{
	bool alone = !skb_shared(skb);
	struct sk_buff_head released;
	u32 sa_id;

	__skb_queue_head_init(&released);
	/* Its other holder may look at it as it is. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb) {
		espgw_count(o->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return NF_STOLEN;
	}
	if (!espgw_vfrq_take(espgw_dev_vfr(ed, ESPGW_DIR_OUT), skb, nh,
			     &o->view, NULL, &released))
		return NF_STOLEN;
	if (likely(alone && skb_queue_empty(&released)))
		return classify(o, ed, skb, nh);
	for (;;) {
		if (classify(o, ed, skb, nh) == NF_ACCEPT)
			transmit(skb);
		do {
			skb = __skb_dequeue(&released);
			if (!skb)
				return NF_STOLEN;
			o->sa = NULL;
			if (espgw_vfrq_view(&o->view, skb, &nh, &sa_id))
				break;
			drop(o, skb, ESPGW_STATS_A_DROP_OUT_MALFORMED);
		} while (true);
	}
}

/**
 * espgw_egress() - NF_NETDEV_EGRESS of an attached device
 * @priv: struct espgw_dev
 * @skb: a packet that is about to leave, skb->data at its link-layer header
 * @state: netfilter's
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with @skb as it was
 * or as an ESP packet; NF_STOLEN.
 */
unsigned int espgw_egress(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct espgw_dev *ed = priv;
	unsigned int nh = skb_network_offset(skb);
	struct out o;

	/* With a VLAN tag it is the VLAN device's packet: attach that one. */
	if ((skb->protocol != htons(ETH_P_IP) &&
	     skb->protocol != htons(ETH_P_IPV6)) || (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)))
		return NF_ACCEPT;
	if (list_empty(&ed->en->spd_shapes) &&
	    !READ_ONCE(espgw_dev_vfr(ed, ESPGW_DIR_OUT)->follow))
		return NF_ACCEPT;

	o.en = ed->en;
	o.sa = NULL;
	o.no_id = false;
	if (unlikely(!espgw_skb_view(&o.view, skb, nh)))
		return drop(&o, skb, ESPGW_STATS_A_DROP_OUT_MALFORMED);

	if (unlikely(o.view.is_frag) &&
	    espgw_vfrq_wants(espgw_dev_vfr(ed, ESPGW_DIR_OUT), &o.view))
		return fragment(&o, ed, skb, nh);
	return classify(&o, ed, skb, nh);
}
