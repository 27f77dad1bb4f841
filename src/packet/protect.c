// SPDX-License-Identifier: GPL-2.0
/* What a protect policy covers: an SA, a plan, and out. */
#include "packet/protect.h"

#include <linux/jhash.h>
#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "base/event.h"
#include "core/fragplan.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "packet/mss.h"
#include "packet/nest.h"
#include "packet/output.h"
#include "packet/segment.h"
#include "packet/split.h"
#include "packet/tunnel.h"
#include "table/fit.h"
#include "table/flow.h"
#include "table/natt.h"
#include "table/spd.h"

/* Room in front and behind, and nobody else's data. skb->data: inner header. */
static bool make_room(const struct espgw_pkt *p)
{
	unsigned int head = p->sa->len.head + LL_RESERVED_SPACE(p->dst->dev);
	struct sk_buff *skb = p->skb;
	unsigned int tail;

	if (unlikely(skb_is_nonlinear(skb)) && __skb_linearize(skb))
		return false;
	tail = espgw_header_tail(p, skb->len);
	if (likely(!skb_cloned(skb) && skb_headroom(skb) >= head &&
		   skb_tailroom(skb) >= tail))
		return true;
	head = head > skb_headroom(skb) ? head - skb_headroom(skb) : 0;
	tail = tail > skb_tailroom(skb) ? tail - skb_tailroom(skb) : 0;
	return !pskb_expand_head(skb, SKB_DATA_ALIGN(head), tail, GFP_ATOMIC);
}

/* Encapsulate, encrypt and send p->skb, skb->data: inner header; consumed. */
static bool send_one(struct espgw_pkt *p)
{
	int err;

	skb_dst_drop(p->skb);
	skb_dst_set(p->skb, dst_clone(p->dst));
	err = make_room(p) ? espgw_encrypt(p) : ESPGW_STATS_A_DROP_OUT_NOMEM;
	if (err > 0) {
		espgw_pkt_drop(p, err);
		return false;
	}
	if (!err)
		espgw_output(p->sa, p->skb, p->frag_mtu);
	return true;
}

/* A packet of its own, with room around it: what is cut off goes there. */
static struct sk_buff *fresh_alloc(const struct espgw_pkt *p, unsigned int len)
{
	unsigned int head = p->sa->len.head + LL_RESERVED_SPACE(p->dst->dev);
	struct sk_buff *n;

	/* A piece of a page: the heap's are longer, and cleared to their end. */
	n = dev_alloc_skb(head + len + espgw_header_tail(p, len));
	if (likely(n)) {
		skb_reserve(n, head);
		__skb_put(n, len);
	}
	return n;
}

static struct sk_buff *piece_alloc(const struct espgw_pkt *p,
				   const struct sk_buff *skb,
				   const struct espgw_fragplan *fp,
				   const struct espgw_piece *piece, u16 id)
{
	struct sk_buff *n = fresh_alloc(p, piece->hdr_len + piece->len);

	if (!n)
		return NULL;
	espgw_fragplan_header(fp, piece, skb->data, id, n->data);
	if (skb_copy_bits(skb, fp->first_hdr + piece->off,
			  n->data + piece->hdr_len, piece->len)) {
		kfree_skb(n);
		return NULL;
	}
	espgw_skb_inherit(n, skb);
	return n;
}

static void count_overridden(const struct espgw_pkt *p)
{
	espgw_sa_count(p->sa, ESPGW_SA_STAT_A_DF_OVERRIDDEN);
	espgw_count(p->en, ESPGW_STATS_A_OUT_DF_OVERRIDDEN);
}

static u16 fresh_id(struct espgw_net *en, const struct iphdr *iph)
{
	struct iphdr copy = *iph;

	__ip_select_ident(en->net, &copy, 1);
	return ntohs(copy.id);
}

/*
 * The last piece: what is left of the packet, if that is in one part and nobody
 * else's, so that nothing is copied and it may go on in the transmission under
 * way. Else one like the others. NULL: the packet is as it was.
 */
static struct sk_buff *piece_last(struct espgw_pkt *p, struct sk_buff *skb,
				  const struct espgw_fragplan *fp,
				  const struct espgw_piece *piece, u16 id)
{
	struct sk_buff *n;
	u8 hdr[ESPGW_IP4_HDR_MAX];

	if (likely(!skb_is_nonlinear(skb) && !skb_cloned(skb))) {
		espgw_fragplan_header(fp, piece, skb->data, id, hdr);
		__skb_pull(skb, fp->first_hdr + piece->off - piece->hdr_len);
		memcpy(skb->data, hdr, piece->hdr_len);
		return skb;
	}
	/* Then it is not the one that the hook has in its hands. */
	p->alone = false;
	n = piece_alloc(p, skb, fp, piece, id);
	if (n)
		consume_skb(skb);
	return n;
}

/*
 * Lookahead fragmentation (RFC 4301 8.1: before encryption): all pieces but the
 * last are sent, and p->skb is that one. False: the packet is gone.
 */
static bool send_ahead(struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb;
	struct iphdr *iph = (struct iphdr *)skb->data;
	struct espgw_fragplan fp;
	struct espgw_piece piece;
	u16 id = ntohs(iph->id);

	if (espgw_fragplan_init(&fp, skb->data, p->plan.inner_mtu,
				p->fit.in.mtu.split))
		goto err_drop;
	espgw_sa_count(p->sa, ESPGW_SA_STAT_A_PREFRAG);
	espgw_count(p->en, ESPGW_STATS_A_OUT_PREFRAG);
	/* An atomic datagram's ID means nothing (RFC 6864 4.1). */
	if ((!id || p->fresh_id) && iph->frag_off & htons(IP_DF))
		id = fresh_id(p->en, iph);
	while (espgw_fragplan_next(&fp, &piece)) {
		p->skb = espgw_fragplan_has_next(&fp) ?
			 piece_alloc(p, skb, &fp, &piece, id) :
			 piece_last(p, skb, &fp, &piece, id);
		if (!p->skb)
			break;
		espgw_count(p->en, ESPGW_STATS_A_OUT_PREFRAG_PIECES);
		if (!espgw_fragplan_has_next(&fp))
			return true;
		if (!send_one(p))
			break;
	}
	/* A datagram with a hole is of no use: the rest goes too. */
	p->skb = skb;
err_drop:
	espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_FRAGMENT);
	return false;
}

static bool is_cut_before(const struct espgw_pkt *p)
{
	return p->plan.act == ESPGW_PLAN_FRAG_BEFORE &&
	       p->skb->len > p->plan.inner_mtu;
}

/*
 * What is too long for the tunnel, by the plan; p->skb is not GSO (any more),
 * skb->data: inner header; it becomes what is left to be sent. False: nothing is.
 */
static __always_inline bool cut_ahead(struct espgw_pkt *p)
{
	if (likely(p->skb->len <= p->plan.inner_mtu))
		return true;
	if (p->plan.df_overridden)
		count_overridden(p);
	return !is_cut_before(p) || send_ahead(p);
}

/* A segment, skb->data: inner header. Is its IPv4 ID one of its sender's? */
static void send_segment(struct espgw_pkt *p, struct sk_buff *seg, bool own_id)
{
	struct iphdr *iph = (struct iphdr *)seg->data;

	if (p->view.family == 4 && !p->view.df && !own_id) {
		iph->id = htons(fresh_id(p->en, iph));
		ip_send_check(iph);
	}
	p->skb = seg;
	if (cut_ahead(p))
		send_one(p);
}

/* TCP's, if nothing about it is unusual. */
static bool send_tcp(struct espgw_pkt *p, unsigned int ids)
{
	struct espgw_segments segs;
	struct sk_buff *skb = p->skb, *seg;
	unsigned int n = 0, len;

	if (!espgw_segments_begin(&segs, skb, p->nh, &p->view))
		return false;
	while ((len = espgw_segments_len(&segs))) {
		seg = fresh_alloc(p, len);
		if (!seg) {
			p->skb = skb;
			espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_NOMEM);
			return true;
		}
		espgw_segments_fill(&segs, seg);
		send_segment(p, seg, n++ < ids);
	}
	consume_skb(skb);
	return true;
}

/*
 * A super-packet: its segments are packets of their own. So many IPv4 IDs from
 * its own on are its sender's for it; the next ones will be those of others.
 */
static void send_segments(struct espgw_pkt *p, unsigned int ids)
{
	struct sk_buff *segs, *seg, *next;
	unsigned int n = 0;

	/* Segmentation counts on from the super-packet's ID. */
	p->fresh_id = p->view.family == 4 &&
		      !((struct iphdr *)(p->skb->data + p->nh))->id;
	if (likely(send_tcp(p, ids)))
		return;
	/* No features: linear segments with their checksums filled in. */
	segs = skb_gso_segment(p->skb, 0);
	if (IS_ERR_OR_NULL(segs)) {
		espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_MALFORMED);
		return;
	}
	consume_skb(p->skb);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		__skb_pull(seg, p->nh);
		send_segment(p, seg, n++ < ids);
	}
}

/*
 * A length that stands for a super-packet's longest segment: to the plan it
 * matters only between which of these bounds it lies.
 */
static u32 gso_packet_len(const struct espgw_pkt *p)
{
	u32 inner_mtu = p->fit.inner_mtu;
	const u32 bounds[] = {
		min_t(u32, ESPGW_IP6_MIN_MTU, inner_mtu),
		inner_mtu,
		max_t(u32, ESPGW_IP6_MIN_MTU, inner_mtu),
		espgw_len_inner(&p->sa->len, p->dst->dev->mtu),
		espgw_len_inner(&p->sa->len, ESPGW_MTU_MAX),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		if (skb_gso_validate_network_len(p->skb, bounds[i]))
			return bounds[i];
	return U16_MAX;
}

static __always_inline void make_plan(struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;
	struct espgw_plan_in in = {
		.inner_family = v->family,
		.inner_df = v->df,
	};

	espgw_fit(p->sa, p->dst, &p->fit);
	in.inner_len = skb_is_gso(p->skb) ? gso_packet_len(p) : v->len;
	espgw_plan_make(&p->plan, &p->fit, &in);

	p->frag_mtu = p->plan.act == ESPGW_PLAN_FRAG_AFTER ?
		      p->fit.path_mtu : 0;
	p->tfc = min(READ_ONCE(p->sa->set.tfc), p->fit.inner_mtu);
	/*
	 * Only a sender that wants to know, and of what routers may not
	 * fragment; what is below the floor is not told to anybody.
	 */
	p->tell = v->df && !p->plan.df_overridden &&
		  (p->plan.outer_df || p->sa->key.family == 6) &&
		  espgw_len_outer(&p->sa->len, v->len) > p->fit.floor;
}

static void too_big(struct espgw_pkt *p)
{
	espgw_sa_count(p->sa, ESPGW_SA_STAT_A_TOO_BIG);
	if (p->plan.answer && espgw_icmp_answer(p->en, p->skb, &p->view,
						p->plan.inner_mtu))
		espgw_sa_count(p->sa, ESPGW_SA_STAT_A_ANSWERED);
	espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_TOO_BIG);
}

/* The SA that a packet takes, or NULL. */
static __always_inline struct espgw_sa *sa_for(const struct espgw_pkt *p,
					       const struct espgw_policy *policy)
{
	const struct espgw_path_key *path = &policy->path->key;
	struct espgw_sa_key key;
	struct espgw_sa *sa;

	sa = espgw_sa_of(policy->path, p->view.tos >> 2);
	/* Mostly the newest is the one that is named. */
	if (likely(!policy->spi || (sa && sa->key.spi == policy->spi)))
		return sa;
	key = (struct espgw_sa_key) {
		.dst = path->dst,
		.spi = policy->spi,
		.family = path->family,
		.dir = ESPGW_DIR_OUT,
	};
	sa = espgw_sa_find(p->en, &key);
	return sa && !test_bit(ESPGW_SA_F_DEAD, &sa->flags) ? sa : NULL;
}

/* Ask for an SA, once a second: the key daemon has heard it, or will not. */
static void acquire(const struct espgw_pkt *p, struct espgw_policy *policy)
{
	const struct espgw_event ev = {
		.en = p->en,
		.policy = policy,
		.view = &p->view,
	};

	if (espgw_due(&policy->path->acquired))
		espgw_event_post(ESPGW_EVENT_ACQUIRE, &ev);
}

/*
 * Queues behind this hook shall see the flows that are inside, not one tunnel
 * ("pre-classify"). The stack's own hash dissects headers once more. As there,
 * a fragment has no ports, even the first: else it leaves the later ones' queue.
 */
static u32 flow_hash(const struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;
	bool has_ports = v->has_ports && !v->is_frag;
	u32 ports = has_ports ? v->sport << 16 | v->dport : 0;
	u32 hash;

	if (v->family == 4)
		hash = jhash_3words((__force u32)v->src.a[0],
				    (__force u32)v->dst.a[0], ports,
				    p->en->flow_seed + v->proto);
	else
		hash = jhash_2words(jhash2((const u32 *)&v->src,
					   2 * sizeof(v->src) / sizeof(u32),
					   p->en->flow_seed),
				    ports, v->proto);
	return hash ?: 1;
}

static __always_inline void keep_flow(const struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb;

	if (!skb->l4_hash && !skb->sw_hash)
		__skb_set_sw_hash(skb, p->flow_hash ?: flow_hash(p),
				  p->view.has_ports && !p->view.is_frag);
}

/*
 * What is to become one packet: checksum filled in, link-layer padding off, data
 * at its IP header. 0 or the reason to drop it.
 */
static int strip(struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb;

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0))
		return ESPGW_STATS_A_DROP_OUT_NOMEM;
	if (unlikely(skb->len - p->nh > p->view.len) &&
	    pskb_trim(skb, p->nh + p->view.len))
		return ESPGW_STATS_A_DROP_OUT_NOMEM;
	__skb_pull(skb, p->nh);
	return 0;
}

/* The normal case: in place, and on in the transmission under way. */
static unsigned int send_here(struct espgw_pkt *p)
{
	int err;

	if (unlikely(!make_room(p))) {
		dst_release(p->dst);
		return espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_NOMEM);
	}
	skb_dst_drop(p->skb);
	skb_dst_set(p->skb, p->dst);	/* our reference goes with it */
	err = espgw_encrypt(p);
	if (unlikely(err))
		return err > 0 ? espgw_pkt_drop(p, err) : NF_STOLEN;
	if (likely(espgw_output_here(p)))
		return NF_ACCEPT;
	espgw_output(p->sa, p->skb, 0);
	return NF_STOLEN;
}

static noinline bool may_be_natt(const struct espgw_pkt *p)
{
	return espgw_natt_is_peer(p->en, &p->view.dst, p->view.dport);
}

/* What may be ESP already, or in a tunnel device's packet. 0 or the reason to drop. */
static __always_inline int look_inside(struct espgw_pkt *p)
{
	switch (p->view.proto) {
	case IPPROTO_UDP:
		if (likely(p->view.dport != ESPGW_VXLAN_PORT &&
			   (!espgw_natt(p->en) || !may_be_natt(p))))
			break;
		fallthrough;
	case IPPROTO_ESP:
		return espgw_nest_check(p);
	case IPPROTO_GRE:
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		return espgw_nest_check(p) ?: espgw_tunnel_out(p);
	}
	return 0;
}

/* Its way to the peer. 0, with its route; or the reason to drop it. */
static __always_inline int find_way(struct espgw_pkt *p)
{
	int reason;

	p->inside.count = 0;
	reason = look_inside(p);
	if (unlikely(reason))
		return reason;
	if (unlikely(espgw_sa_held(p->sa)))
		return ESPGW_STATS_A_DROP_OUT_HELD;
	p->dst = espgw_sa_route(p->sa);
	return likely(p->dst) ? 0 : ESPGW_STATS_A_DROP_OUT_NO_ROUTE;
}

/* Is it cut into TCP segments? Then it is a super-packet from here on. */
static __always_inline bool split(struct espgw_pkt *p)
{
	return p->plan.act == ESPGW_PLAN_FRAG_BEFORE &&
	       p->fit.in.mtu.split == ESPGW_SPLIT_TCP &&
	       espgw_split_tcp(p->skb, p->nh, &p->view, p->plan.inner_mtu);
}

/**
 * espgw_protect_by() - encrypt a packet by an SA
 * @p: the packet: its en, skb, nh, view and sa
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with the skb as an
 * ESP packet; NF_STOLEN.
 */
unsigned int espgw_protect_by(struct espgw_pkt *p)
{
	unsigned int ids;
	int reason;

	if (unlikely(skb_shared(p->skb))) {
		p->alone = false;
		p->skb = espgw_skb_own(p->skb);
		if (!p->skb) {
			espgw_count(p->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
			return NF_STOLEN;
		}
	}
	reason = find_way(p);
	if (unlikely(reason))
		return espgw_pkt_drop(p, reason);

	if (unlikely(p->view.len > ESPGW_MTU_MAX) &&
	    !espgw_skb_unjumbo(p->skb, p->nh, &p->view)) {
		espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	keep_flow(p);
	if (unlikely(espgw_mss_adjust(p->sa, p->skb, p->nh, &p->view))) {
		espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_NOMEM);
		goto stolen;
	}
	make_plan(p);
	if (p->plan.act == ESPGW_PLAN_DROP) {
		too_big(p);
		goto stolen;
	}
	ids = skb_is_gso(p->skb) ? skb_shinfo(p->skb)->gso_segs : 1;
	if (split(p)) {
		espgw_count(p->en, ESPGW_STATS_A_OUT_TCP_SPLIT);
		send_segments(p, ids);
		goto stolen;
	}
	if (skb_is_gso(p->skb)) {
		espgw_count(p->en, ESPGW_STATS_A_OUT_GSO);
		send_segments(p, UINT_MAX);
		goto stolen;
	}
	reason = strip(p);
	if (unlikely(reason)) {
		espgw_pkt_drop(p, reason);
		goto stolen;
	}
	if (unlikely(!cut_ahead(p)))
		goto stolen;
	if (likely(!p->frag_mtu && p->alone && p->dst->dev == p->skb->dev))
		return send_here(p);
	send_one(p);
stolen:
	dst_release(p->dst);
	return NF_STOLEN;
}

/* Key daemons have policies of their own on their sockets, which go before all. */
static bool has_socket_policy(const struct sk_buff *skb)
{
	const struct sock *sk = skb_to_full_sk(skb);

	return sk && sk_fullsock(sk) &&
	       rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
}

/*
 * A packet that xfrm's policy covers. What is routed into one of its interfaces is
 * left to that, behind this hook, as long as there is no SA here: it encrypts, or
 * asks for an SA, or drops. Elsewhere xfrm has had it already, and has not
 * protected it.
 */
static noinline int choose_adopted(const struct espgw_pkt *p,
				   const struct espgw_policy *policy)
{
	if (policy->dev)
		return p->sa && !READ_ONCE(policy->left) ?
		       0 : ESPGW_STATS_A_OUT_XFRM;
	if (has_socket_policy(p->skb))
		return ESPGW_STATS_A_OUT_BYPASS;
	return p->sa ? 0 : ESPGW_STATS_A_DROP_OUT_NO_SA;
}

/*
 * The SA that protects it. 0, or the counter of what becomes of it instead: it is
 * left to xfrm, or passes, or is dropped.
 */
static __always_inline int choose(struct espgw_pkt *p,
				  const struct espgw_policy *policy)
{
	p->sa = sa_for(p, policy);
	if (unlikely(policy->owner != ESPGW_OWNER_HAND))
		return choose_adopted(p, policy);
	return likely(p->sa) ? 0 : ESPGW_STATS_A_DROP_OUT_NO_SA;
}

static noinline unsigned int not_protected(struct espgw_pkt *p,
					   struct espgw_policy *policy,
					   int counter)
{
	if (counter != ESPGW_STATS_A_DROP_OUT_NO_SA) {
		espgw_count(p->en, counter);
		return NF_ACCEPT;
	}
	if (policy->owner == ESPGW_OWNER_HAND)
		acquire(p, policy);
	return espgw_pkt_drop(p, counter);
}

/**
 * espgw_protect() - encrypt what a protect policy covers
 * @p: the packet, as it met the egress hook of p->ed: its en, skb, nh and view
 * @policy: the policy
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with the skb as an
 * ESP packet, or left to xfrm; NF_STOLEN.
 */
unsigned int espgw_protect(struct espgw_pkt *p, struct espgw_policy *policy)
{
	int counter = choose(p, policy);

	if (unlikely(counter))
		return not_protected(p, policy, counter);
	/* What xfrm's policy for no interface says, a socket's own may not. */
	if (p->flow_gen &&
	    (policy->owner == ESPGW_OWNER_HAND || policy->dev)) {
		p->flow_hash = flow_hash(p);
		espgw_flow_keep(p->flow_gen, &p->view, ESPGW_DIR_OUT,
				p->skb->dev->ifindex, p->skb->mark, policy,
				p->sa, p->flow_hash);
	}
	return espgw_protect_by(p);
}

/**
 * espgw_protect_decide() - what espgw_protect() would do with a packet
 * @p: the packet, not shared and no super-packet; its sa, dst, fit, plan, tfc and
 *	frag_mtu are set as far as it gets, and dst is to be released
 * @policy: the policy
 *
 * Nothing is sent, told or counted.
 *
 * Context: under RCU, bottom halves off. Return: 0: it is encrypted; or the
 * counter of what becomes of it instead.
 */
int espgw_protect_decide(struct espgw_pkt *p, const struct espgw_policy *policy)
{
	int counter;

	p->dst = NULL;
	counter = choose(p, policy) ?: find_way(p);
	if (counter)
		return counter;
	make_plan(p);
	return p->plan.act == ESPGW_PLAN_DROP ?
	       ESPGW_STATS_A_DROP_OUT_TOO_BIG : 0;
}

/**
 * espgw_protect_pieces() - what it would encrypt, one by one
 * @p: the packet, by espgw_protect_decide(); its skb->data at its IP header, the
 *	route and the packet's data its own
 * @piece: called for each with its length, bytes. Return: false: no more
 * @with: for @piece
 *
 * Context: as espgw_protect_decide(). Return: 0, or the reason to drop it.
 */
int espgw_protect_pieces(struct espgw_pkt *p,
			 bool (*piece)(struct espgw_pkt *p, u32 len, void *with),
			 void *with)
{
	struct espgw_fragplan fp;
	struct espgw_segments segs;
	struct espgw_piece cut;
	u32 len;

	if (split(p)) {
		if (!espgw_segments_begin(&segs, p->skb, p->nh, &p->view))
			return ESPGW_STATS_A_DROP_OUT_MALFORMED;
		while ((len = espgw_segments_len(&segs)) && piece(p, len, with))
			espgw_segments_skip(&segs, len);
		return 0;
	}
	if (!is_cut_before(p)) {
		piece(p, p->skb->len, with);
		return 0;
	}
	if (espgw_fragplan_init(&fp, p->skb->data, p->plan.inner_mtu,
				p->fit.in.mtu.split))
		return ESPGW_STATS_A_DROP_OUT_FRAGMENT;
	while (espgw_fragplan_next(&fp, &cut) &&
	       piece(p, cut.hdr_len + cut.len, with))
		;
	return 0;
}
