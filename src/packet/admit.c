// SPDX-License-Identifier: GPL-2.0
/* What the policies say of a packet, whatever it is: what core/admit decides by. */
#include "packet/admit.h"

#include <linux/icmp.h>

#include "base/event.h"
#include "table/natt.h"

/* By verdict: the counter of what is dropped for it, in and out. */
static const u8 reasons[][2] = {
	[ESPGW_ADMIT_INVALID] = { ESPGW_STATS_A_DROP_IN_DISCARD,
				  ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_FRAG_PORTS] = { ESPGW_STATS_A_DROP_IN_FRAG_PORTS,
				     ESPGW_STATS_A_DROP_OUT_FRAG_PORTS },
	[ESPGW_ADMIT_DISCARD] = { ESPGW_STATS_A_DROP_IN_DISCARD,
				  ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_CLEARTEXT] = { ESPGW_STATS_A_DROP_IN_CLEARTEXT,
				    ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_SELECTOR] = { ESPGW_STATS_A_DROP_IN_SELECTOR,
				   ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_MIXED] = { ESPGW_STATS_A_DROP_IN_CLEARTEXT,
				ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_ND] = { ESPGW_STATS_A_DROP_IN_ND,
			     ESPGW_STATS_A_DROP_OUT_DISCARD },
	[ESPGW_ADMIT_UNREADABLE] = { ESPGW_STATS_A_DROP_IN_UNREADABLE,
				     ESPGW_STATS_A_DROP_OUT_UNREADABLE },
};

/**
 * espgw_admit_reason() - the counter of a drop
 * @dir: enum espgw_dir
 * @verdict: not ESPGW_ADMIT_PASS nor ESPGW_ADMIT_ENCRYPT
 *
 * Return: the counter.
 */
enum espgw_stats_attr espgw_admit_reason(u8 dir, enum espgw_admit verdict)
{
	return reasons[verdict][dir == ESPGW_DIR_OUT];
}

/* -- what a packet came by, where the stack puts fragments together */

/*
 * The traffic control index, which nothing reads between here and a socket: of
 * all that goes with an skb, the stack's reassembly keeps the first fragment's.
 * Later ones in clear do not get so far: see ESPGW_FEATURE_ENDS.
 */

/**
 * espgw_origin_mark() - note by which path a fragment for this host came
 * @skb: the fragment
 * @path: the path
 */
void espgw_origin_mark(struct sk_buff *skb, const struct espgw_path *path)
{
	skb->tc_index = espgw_origin_of(path);
}

/**
 * espgw_origin_forget() - a fragment came in clear, whatever was noted elsewhere
 * @skb: the fragment
 */
void espgw_origin_forget(struct sk_buff *skb)
{
	if (unlikely(skb->tc_index & ESPGW_ORIGIN_MARK))
		skb->tc_index = 0;
}

/**
 * espgw_origin_take() - how did a packet's first fragment come
 * @skb: a packet that the stack has reassembled; what was noted is forgotten
 *
 * Return: what names the path; 0: it came in clear.
 */
u16 espgw_origin_take(struct sk_buff *skb)
{
	u16 origin = skb->tc_index;

	if (!(origin & ESPGW_ORIGIN_MARK))
		return 0;
	skb->tc_index = 0;
	return origin;
}

/* -- ICMP errors: by the flow that they are about (RFC 4301 6.2) */

/* So much of a quoted packet is looked at without an allocation, bytes. */
#define QUOTE_USUAL	128

/*
 * The quoted packet. Return: ESPGW_VIEW_OK, or ESPGW_VIEW_SHORT: no more than
 * its addresses are known; or ESPGW_VIEW_MALFORMED: nothing is.
 */
static enum espgw_view_result quoted_view(const struct espgw_pkt *p,
					  struct espgw_view *q)
{
	unsigned int off = p->view.hdr_len + sizeof(struct icmphdr), len;
	enum espgw_view_result result = ESPGW_VIEW_MALFORMED;
	u8 usual[QUOTE_USUAL], *buf = usual;

	if (p->view.len <= off)
		return ESPGW_VIEW_MALFORMED;
	len = p->view.len - off;
	if (len > sizeof(usual)) {
		buf = kmalloc(len, GFP_ATOMIC | __GFP_NOWARN);
		if (!buf) {
			buf = usual;
			len = sizeof(usual);
		}
	}
	/* Its length is what it was: the quote's end is not the packet's. */
	if (!skb_copy_bits(p->skb, p->nh + off, buf, len)) {
		result = espgw_view(q, buf, len,
				    ESPGW_MTU_MAX + ESPGW_IP6_HDR);
		if (result != ESPGW_VIEW_OK)
			result = espgw_view_addresses(q, buf, len) ?
				 ESPGW_VIEW_SHORT : ESPGW_VIEW_MALFORMED;
	}
	if (buf != usual)
		kfree(buf);
	if (result != ESPGW_VIEW_MALFORMED && q->family != p->view.family)
		return ESPGW_VIEW_MALFORMED;
	return result;
}

static enum espgw_match exempt(const struct espgw_policy *p,
			       const struct espgw_view *v, bool inbound)
{
	const struct espgw_path_key *k = &p->path->key;

	return espgw_admit_exempt(v, &k->src, &k->dst, k->family, inbound);
}

/* What would the policies say of a packet of the error's own direction? */
static enum espgw_ruling judge_flow(struct espgw_pkt *p, u8 dir, int ifindex,
				    const struct espgw_view *q,
				    struct espgw_policy **found)
{
	bool inbound = dir == ESPGW_DIR_IN;
	struct espgw_policy *policy;
	enum espgw_match m;

	m = espgw_spd_lookup(p->en, q, ifindex, inbound, p->skb->mark, &policy);
	if (p->origin == ESPGW_ORIGIN_DECRYPTED &&
	    (!espgw_pkt_came_by(p, policy) || READ_ONCE(p->sa->path->parted)))
		m = espgw_pkt_lookup_own(p, q, m, &policy);
	if (m == ESPGW_MATCH_UNKNOWN)
		return ESPGW_RULING_UNREADABLE;
	if (m == ESPGW_MATCH_NO ||
	    policy->action != ESPGW_ACTION_PROTECT ||
	    exempt(policy, q, inbound) == ESPGW_MATCH_YES)
		return ESPGW_RULING_NONE;
	*found = policy;
	return espgw_pkt_came_by(p, policy) ? ESPGW_RULING_PROTECT_SAME :
					      ESPGW_RULING_PROTECT;
}

/*
 * The error goes to where the quoted packet came from: looked up is a packet of
 * the quoted one's flow in the error's own direction. Who makes it up may quote
 * what he likes: whatever a host could take it to be about is looked up, the
 * flow as it is quoted and that of the host which gets the error.
 */
static noinline enum espgw_ruling judge_error(struct espgw_pkt *p, u8 dir,
					      int ifindex,
					      struct espgw_policy **found)
{
	enum espgw_ruling as_quoted;
	struct espgw_view q;

	if (quoted_view(p, &q) == ESPGW_VIEW_MALFORMED)
		return espgw_spd_may_protect(p->en, &p->view.dst,
					     p->view.family, ifindex,
					     dir == ESPGW_DIR_IN) ?
		       ESPGW_RULING_UNREADABLE : ESPGW_RULING_NONE;
	swap(q.src, q.dst);
	swap(q.sport, q.dport);
	as_quoted = judge_flow(p, dir, ifindex, &q, found);
	if (espgw_addr_equal(&q.dst, &p->view.dst))
		return as_quoted;
	/* By a tunnel it comes to nobody but who sent what it quotes. */
	if (p->origin == ESPGW_ORIGIN_DECRYPTED)
		return ESPGW_RULING_NONE;
	if (as_quoted != ESPGW_RULING_NONE)
		return as_quoted;
	q.dst = p->view.dst;
	return judge_flow(p, dir, ifindex, &q, found);
}

/* -- NAT */

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
static void addr_of(struct espgw_addr *a, const union nf_inet_addr *from)
{
	memcpy(a, from, sizeof(*a));
}

/* Would a policy protect it, as @v? */
static bool protects(const struct espgw_pkt *p, const struct espgw_view *v)
{
	struct espgw_policy *policy;
	enum espgw_match m;

	m = espgw_spd_lookup(p->en, v, p->skb->dev->ifindex, false,
			     p->skb->mark, &policy);
	return m != ESPGW_MATCH_NO &&
	       policy->action == ESPGW_ACTION_PROTECT &&
	       exempt(policy, v, false) != ESPGW_MATCH_YES;
}

/**
 * espgw_pkt_was_covered() - did a protect policy cover a packet before NAT
 * @p: a packet on its way out, which none covers as it is, and which has been
 *	translated
 *
 * As it came to this host; or with its source as it came, and where it goes.
 *
 * Context: under RCU. Return: true if so: it must not leave in clear.
 */
bool espgw_pkt_was_covered(const struct espgw_pkt *p)
{
	const struct nf_conntrack_tuple *t;
	struct espgw_view v = p->view;
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct;

	ct = nf_ct_get(p->skb, &ctinfo);
	if (!ct || nf_ct_l3num(ct) != (v.family == 4 ? NFPROTO_IPV4 :
						       NFPROTO_IPV6))
		return false;
	t = &ct->tuplehash[CTINFO2DIR(ctinfo)].tuple;
	addr_of(&v.src, &t->src.u3);
	if (v.has_ports)
		v.sport = ntohs(t->src.u.all);
	if (protects(p, &v))
		return true;
	addr_of(&v.dst, &t->dst.u3);
	if (v.has_ports)
		v.dport = ntohs(t->dst.u.all);
	return protects(p, &v);
}
#else
bool espgw_pkt_was_covered(const struct espgw_pkt *p)
{
	return false;
}
#endif

/* -- what is not usual */

/**
 * espgw_pkt_go_home() - a packet out of a tunnel whose policies are for devices
 * @p: the packet, decrypted; its skb->dev is set to the device that they all are for,
 *	if there is such: it is that one's, if any of them covers it
 *
 * Context: under RCU. Return: true if they are not all for the same.
 */
bool espgw_pkt_go_home(struct espgw_pkt *p)
{
	const struct espgw_path *path = p->sa->path;
	const struct espgw_name *home = READ_ONCE(path->home);
	struct net_device *dev;
	int ifindex;

	if (!home)
		return READ_ONCE(path->parted);
	ifindex = READ_ONCE(home->ifindex);
	if (ifindex == p->skb->dev->ifindex)
		return false;
	dev = dev_get_by_index_rcu(p->en->net, ifindex);
	if (likely(dev))
		p->skb->dev = dev;
	return false;
}

/**
 * espgw_pkt_lookup_own() - a packet out of a tunnel, whose own policy may not be
 *	the first to cover it, or be for another device
 * @p: the packet; its origin is set. If it has just been decrypted: receives the
 *	device that it belongs to, as its skb->dev
 * @v: what is looked up: itself, or what it is about
 * @m: what the look-up of the first has found
 * @policy: that one, or NULL; the one that counts
 *
 * Context: under RCU. Return: what counts.
 */
enum espgw_match espgw_pkt_lookup_own(struct espgw_pkt *p,
				      const struct espgw_view *v,
				      enum espgw_match m,
				      struct espgw_policy **policy)
{
	struct espgw_spd_own own = { .id_mask = ESPGW_ORIGIN_MARK - 1 };
	int ifindex = p->skb->dev->ifindex;
	struct espgw_policy *found;
	struct net_device *dev;
	enum espgw_match by_own;

	if (p->origin == ESPGW_ORIGIN_DECRYPTED) {
		own.id = p->sa->path->id;
		own.id_mask = U32_MAX;
	} else {
		own.id = p->came_by & own.id_mask;
	}
	by_own = espgw_spd_lookup_own(p->en, v, &ifindex, true, p->skb->mark,
				      &own, &found);
	if (by_own == ESPGW_MATCH_NO)
		return m;
	*policy = found;
	if (ifindex != p->skb->dev->ifindex &&
	    p->origin == ESPGW_ORIGIN_DECRYPTED) {
		dev = dev_get_by_index_rcu(p->en->net, ifindex);
		if (!dev) {	/* it has gone in this moment */
			*policy = NULL;
			return ESPGW_MATCH_NO;
		}
		p->skb->dev = dev;
	}
	return by_own;
}

/**
 * espgw_pkt_exempt() - is a packet what the tunnel of its policy lives on
 * @p: the packet, which did not come by that tunnel
 * @policy: the policy that covers it, and the ends of its tunnel
 * @inbound: it has come
 *
 * Return: as espgw_admit_exempt().
 */
enum espgw_match espgw_pkt_exempt(const struct espgw_pkt *p,
				  const struct espgw_policy *policy,
				  bool inbound)
{
	const struct espgw_view *v = &p->view;

	/* UDP may be ESP for an SA with ports of its own: the whole will tell. */
	if (inbound && v->is_frag && v->proto == IPPROTO_UDP && v->has_ports &&
	    espgw_natt_is_port(p->en, v->dport))
		return ESPGW_MATCH_YES;
	return exempt(policy, v, inbound);
}

/**
 * espgw_pkt_judge_icmp() - what the policies say of an ICMP message
 * @p: the packet; its origin is set
 * @dir: enum espgw_dir
 * @ruling: what they say of it by itself
 * @found: the policy that it met; that of what it is about, if that counts
 *
 * Context: under RCU. Return: enum espgw_ruling.
 */
enum espgw_ruling espgw_pkt_judge_icmp(struct espgw_pkt *p, u8 dir,
				       enum espgw_ruling ruling,
				       struct espgw_policy **found)
{
	int ifindex = p->skb->dev->ifindex;
	enum espgw_ruling quoted;

	/* Out of a tunnel, not even a part of neighbour discovery is let in. */
	if (p->origin == ESPGW_ORIGIN_DECRYPTED ? espgw_is_nd_part(&p->view) :
						  espgw_is_nd(&p->view))
		return ruling == ESPGW_RULING_DISCARD &&
		       p->origin != ESPGW_ORIGIN_DECRYPTED ?
		       ruling : ESPGW_RULING_NEIGHBOUR;
	if (ruling == ESPGW_RULING_PROTECT ||
	    ruling == ESPGW_RULING_PROTECT_SAME ||
	    !espgw_is_icmp_error(&p->view))
		return ruling;
	quoted = judge_error(p, dir, ifindex, found);
	return quoted == ESPGW_RULING_NONE ? ruling : quoted;
}

/**
 * espgw_pkt_is_judged_by_ports() - does what becomes of a fragment depend on its
 * datagram's ports
 * @p: the fragment
 * @dir: enum espgw_dir
 *
 * Where that is not so, no device that is only watched has to look for order.
 *
 * Context: under RCU. Return: true if so.
 */
bool espgw_pkt_is_judged_by_ports(struct espgw_pkt *p, u8 dir)
{
	bool has_ports = p->view.has_ports;
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	p->view.has_ports = false;
	verdict = espgw_pkt_admit(p, dir, ESPGW_ORIGIN_CLEAR, &policy);
	p->view.has_ports = has_ports;
	return verdict == ESPGW_ADMIT_FRAG_PORTS;
}

/**
 * espgw_pkt_is_elsewhere() - is a packet that cannot be read between addresses
 * that no policy covers
 * @p: the packet: its en, skb and nh
 * @inbound: it has come
 *
 * Context: under RCU. Return: true if so, whatever it is.
 */
bool espgw_pkt_is_elsewhere(const struct espgw_pkt *p, bool inbound)
{
	const struct sk_buff *skb = p->skb;
	struct espgw_view v;

	if (skb_headlen(skb) <= p->nh ||
	    !espgw_view_addresses(&v, skb->data + p->nh,
				  skb_headlen(skb) - p->nh))
		return false;
	if (inbound)
		swap(v.src, v.dst);
	return !(v.family == 4 ?
		 espgw_cover_maybe4(p->en, v.src.a[0], v.dst.a[0]) :
		 espgw_cover_maybe6(p->en, v.src.a[0], v.dst.a[0]));
}
