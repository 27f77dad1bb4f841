// SPDX-License-Identifier: GPL-2.0
/*
 * What would become of a packet that is not sent.
 *
 * A packet is made, and asked about where packets are decided on: by the very
 * functions that they meet, in the same order. Nothing is sent, told or counted,
 * and no sequence number is taken.
 */
#include "hook/explain.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/lwtunnel.h>
#include <net/route.h>

#include "hook/ingress.h"
#include "packet/admit.h"
#include "packet/decap.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "packet/output.h"
#include "packet/protect.h"
#include "table/natt.h"

#define TTL	64

/**
 * struct course - an explanation that is being made
 * @e: it
 * @bytes: of inner packets that are encrypted so far
 * @count: of them
 * @reason: that which stops them; 0: nothing
 * @err: a negative error; 0: none
 */
struct course {
	struct espgw_explain *e;
	u64 bytes;
	u64 count;
	int reason;
	int err;
};

/* -- the packet */

static unsigned int upper_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return sizeof(struct udphdr);
	}
	return espgw_proto_has_ports(proto) ? 12 : 0;
}

static void build_ip(const struct espgw_explain_ask *ask, struct sk_buff *skb)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)skb->data;
	struct iphdr *iph = (struct iphdr *)skb->data;

	if (ask->family == 4) {
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->tos = ask->tos;
		iph->tot_len = htons(skb->len);
		iph->frag_off = ask->df ? htons(IP_DF) : 0;
		iph->ttl = TTL;
		iph->protocol = ask->proto;
		iph->saddr = ask->src.a[0];
		iph->daddr = ask->dst.a[0];
		ip_send_check(iph);
		skb->protocol = htons(ETH_P_IP);
		return;
	}
	ip6_flow_hdr(ip6h, ask->tos, 0);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = ask->proto;
	ip6h->hop_limit = TTL;
	memcpy(&ip6h->saddr, &ask->src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, &ask->dst, sizeof(ip6h->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

static void build_upper(const struct espgw_explain_ask *ask, u8 *upper)
{
	struct tcphdr *th = (struct tcphdr *)upper;
	struct icmphdr *icmph = (struct icmphdr *)upper;

	if (espgw_proto_has_ports(ask->proto)) {
		th->source = htons(ask->sport);
		th->dest = htons(ask->dport);
	}
	switch (ask->proto) {
	case IPPROTO_TCP:
		th->doff = sizeof(*th) / 4;
		th->ack = 1;
		break;
	case IPPROTO_ICMP:
		icmph->type = ICMP_ECHO;
		break;
	case IPPROTO_ICMPV6:
		icmph->type = ICMPV6_ECHO_REQUEST;
		break;
	}
}

/* The packet, skb->data at its IP header. */
static struct sk_buff *make(const struct espgw_explain_ask *ask,
			    struct netlink_ext_ack *extack)
{
	unsigned int hdr = ask->family == 4 ? sizeof(struct iphdr) :
					      sizeof(struct ipv6hdr);
	unsigned int least = hdr + upper_len(ask->proto);
	unsigned int len = ask->len ?: least;
	struct sk_buff *skb;

	if (len < least) {
		NL_SET_ERR_MSG(extack, "len is less than the packet's headers have");
		return ERR_PTR(-EINVAL);
	}
	skb = alloc_skb(len, GFP_KERNEL);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	skb_put_zero(skb, len);
	skb_reset_network_header(skb);
	build_ip(ask, skb);
	skb_set_transport_header(skb, hdr);
	build_upper(ask, skb->data + hdr);
	skb->ip_summed = CHECKSUM_UNNECESSARY;	/* there is none */
	skb->mark = ask->mark;
	return skb;
}

/* -- where it is */

static struct dst_entry *route_to(struct net *net, u8 family,
				  const struct espgw_addr *src,
				  const struct espgw_addr *dst, u32 mark)
{
	struct flowi4 fl4 = {
		.saddr = src->a[0],
		.daddr = dst->a[0],
		.flowi4_mark = mark,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct flowi6 fl6 = { .flowi6_mark = mark };
	struct dst_entry *found;
	struct rtable *rt;

	if (family == 4) {
		rt = __ip_route_output_key(net, &fl4);
		return IS_ERR(rt) ? NULL : &rt->dst;
	}
	memcpy(&fl6.saddr, src, sizeof(fl6.saddr));
	memcpy(&fl6.daddr, dst, sizeof(fl6.daddr));
	found = ip6_route_output(net, NULL, &fl6);
	if (!found->error)
		return found;
	dst_release(found);
	return NULL;
}

/* What leaves is routed to where it goes; what comes, from where it comes. */
static struct dst_entry *find_route(struct espgw_net *en,
				    const struct espgw_explain_ask *ask,
				    const struct espgw_sa *sa)
{
	if (sa)
		return route_to(en->net, sa->key.family, &sa->key.dst,
				&sa->set.src, 0);
	return ask->dir == ESPGW_DIR_OUT ?
	       route_to(en->net, ask->family, &ask->src, &ask->dst, ask->mark) :
	       route_to(en->net, ask->family, &ask->dst, &ask->src, 0);
}

/* Puts it to its device, with its route if it leaves. Under RCU. */
static int find_place(struct espgw_pkt *p, const struct espgw_explain_ask *ask,
		      struct netlink_ext_ack *extack)
{
	struct dst_entry *dst = find_route(p->en, ask, p->sa);
	struct net_device *dev;

	if (ask->ifindex)
		dev = dev_get_by_index_rcu(p->en->net, ask->ifindex);
	else
		dev = dst ? dst->dev : NULL;
	if (!dev) {
		dst_release(dst);
		NL_SET_ERR_MSG(extack, "no route says by which device: give dev");
		return -ENOENT;
	}
	p->skb->dev = dev;
	if (ask->dir == ESPGW_DIR_OUT)
		skb_dst_set(p->skb, dst);
	else
		dst_release(dst);
	p->ed = espgw_hooked_find_rcu(p->en, dev->ifindex);
	return 0;
}

static struct espgw_sa *find_sa(struct espgw_net *en,
				const struct espgw_explain_ask *ask,
				struct netlink_ext_ack *extack)
{
	struct espgw_sa *sa, *found = NULL;
	unsigned long id;

	xa_for_each(&en->sas, id, sa) {
		if (sa->key.dir != ESPGW_DIR_IN || sa->key.spi != ask->spi ||
		    (ask->sa_family &&
		     (sa->key.family != ask->sa_family ||
		      !espgw_addr_equal(&sa->key.dst, &ask->sa_dst))))
			continue;
		if (found) {
			NL_SET_ERR_MSG(extack, "several inbound SAs have this SPI: give sa-dst");
			return ERR_PTR(-EINVAL);
		}
		found = sa;
	}
	if (!found) {
		NL_SET_ERR_MSG(extack, "no such inbound SA");
		return ERR_PTR(-ENOENT);
	}
	return found;
}

/* -- what leaves */

static void count_one(u32 len, void *with)
{
	struct espgw_explain *e = with;

	e->packets++;
	if (e->runs && e->run[e->runs - 1].len == len)
		e->run[e->runs - 1].count++;
	else if (e->runs < ARRAY_SIZE(e->run))
		e->run[e->runs++] = (struct espgw_explain_run) {
			.count = 1,
			.len = len,
		};
}

/* One like the ESP packet of an inner one: as long, and routed as that. */
static struct sk_buff *make_outer(const struct espgw_pkt *p, u32 len)
{
	unsigned int outer = espgw_header_outer(p, len);
	struct sk_buff *skb = alloc_skb(outer, GFP_ATOMIC);
	struct iphdr *iph;

	if (!skb)
		return NULL;
	iph = skb_put_zero(skb, outer);
	skb_reset_network_header(skb);
	iph->version = p->sa->key.family;	/* IPv6 has it there as well */
	if (p->sa->key.family == 4)
		iph->ihl = sizeof(*iph) / 4;
	skb->protocol = htons(p->sa->key.family == 4 ? ETH_P_IP : ETH_P_IPV6);
	skb_dst_set(skb, dst_clone(p->dst));
	return skb;
}

/* In the order of espgw_encrypt(). */
static bool leave(struct espgw_pkt *p, u32 len, void *with)
{
	struct course *c = with;
	struct sk_buff *skb;

	c->bytes += len;
	c->count++;
	if (!espgw_sa_has_left(p->sa, c->bytes, c->count))
		c->reason = ESPGW_STATS_A_DROP_OUT_LIMIT;
	else if (!espgw_sa_seq_left(p->sa, c->count))
		c->reason = ESPGW_STATS_A_DROP_OUT_SEQ;
	if (c->reason)
		return false;
	skb = make_outer(p, len);
	c->err = skb ? espgw_output_pieces(p->sa, skb, p->frag_mtu, count_one,
					   c->e) : -ENOMEM;
	consume_skb(skb);
	return !c->err;
}

static const u8 plans[] = {
	[ESPGW_PLAN_ENCRYPT] = ESPGW_EXPLAIN_PLAN_ENCRYPT,
	[ESPGW_PLAN_FRAG_BEFORE] = ESPGW_EXPLAIN_PLAN_BEFORE,
	[ESPGW_PLAN_FRAG_AFTER] = ESPGW_EXPLAIN_PLAN_AFTER,
	[ESPGW_PLAN_WHOLE] = ESPGW_EXPLAIN_PLAN_WHOLE,
	[ESPGW_PLAN_DROP] = ESPGW_EXPLAIN_PLAN_DROP,
};

/* What the plan has decided on; @counter: as espgw_protect_decide() says. */
static int follow_plan(struct espgw_pkt *p, struct course *c, int counter)
{
	struct espgw_explain *e = c->e;
	int reason;

	strscpy(e->outer_dev, p->dst->dev->name, sizeof(e->outer_dev));
	e->fit = p->fit;
	e->made = p->plan;
	e->plan = plans[p->plan.act];
	e->peer = p->sa->key.dst;
	if (p->sa->set.encap_sport)
		espgw_sa_peer(p->sa, &e->peer, &e->peer_port);
	if (counter) {
		e->answers = p->plan.answer &&
			     espgw_icmp_would_answer(p->en, &p->view, &e->held);
		return counter;
	}
	reason = espgw_protect_pieces(p, leave, c);
	/* Segments fit: DF is honoured. */
	if (skb_is_gso(p->skb)) {
		e->plan = ESPGW_EXPLAIN_PLAN_SEGMENTS;
		e->made.df_overridden = false;
	}
	return c->reason ?: reason;
}

/* -- what is decided */

static void drop(struct espgw_explain *e, int counter)
{
	e->verdict = ESPGW_EXPLAIN_VERDICT_DROP;
	e->counter = counter;
}

static void protect(struct espgw_pkt *p, struct course *c)
{
	int counter = espgw_protect_decide(p, c->e->policy);

	c->e->sa = p->sa;
	if (p->dst)
		counter = follow_plan(p, c, counter);
	dst_release(p->dst);
	switch (counter) {
	case 0:
		c->e->verdict = ESPGW_EXPLAIN_VERDICT_ENCRYPT;
		break;
	case ESPGW_STATS_A_OUT_XFRM:
		c->e->verdict = ESPGW_EXPLAIN_VERDICT_XFRM;
		break;
	case ESPGW_STATS_A_OUT_BYPASS:
		break;
	default:
		drop(c->e, counter);
	}
}

static void admitted(struct espgw_explain *e, u8 dir, enum espgw_admit verdict)
{
	e->is_asked = true;
	e->admit = ESPGW_EXPLAIN_VERDICT_PASS;
	if (verdict == ESPGW_ADMIT_PASS)
		return;
	if (verdict == ESPGW_ADMIT_ENCRYPT) {
		e->admit = ESPGW_EXPLAIN_VERDICT_ENCRYPT;
		return;
	}
	e->admit = ESPGW_EXPLAIN_VERDICT_DROP;
	drop(e, espgw_admit_reason(dir, verdict));
}

/* Does its route make another packet of it, that hides it: see packet/tunnel. */
static bool is_hidden(const struct espgw_pkt *p)
{
	const struct dst_entry *dst = skb_dst(p->skb);

	return dst && dst->lwtstate &&
	       dst->lwtstate->type == LWTUNNEL_ENCAP_SEG6;
}

static void decide_out(struct espgw_pkt *p, struct course *c)
{
	enum espgw_admit verdict;

	verdict = espgw_pkt_admit(p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR,
				  &c->e->policy);
	admitted(c->e, ESPGW_DIR_OUT, espgw_pkt_admit_at(p->ed, verdict));
	if (c->e->admit != ESPGW_EXPLAIN_VERDICT_ENCRYPT)
		return;
	if (!is_hidden(p))
		protect(p, c);
	else if (!p->en->guard_off)
		drop(c->e, ESPGW_STATS_A_DROP_OUT_ENCAP);
}

static void decide_in(struct espgw_pkt *p, struct course *c)
{
	admitted(c->e, ESPGW_DIR_IN, espgw_ingress_decide(p, &c->e->policy));
}

/* It belongs to the device that its policies say. */
static void decide_decrypted(struct espgw_pkt *p, struct course *c)
{
	struct espgw_explain *e = c->e;
	int reason = espgw_decap_decide(p, &e->policy);

	e->is_asked = reason != ESPGW_STATS_A_DROP_IN_DEAD &&
		      reason != ESPGW_STATS_A_DROP_IN_LIMIT;
	e->admit = reason && reason != ESPGW_STATS_A_DROP_IN_DEVICE ?
		   ESPGW_EXPLAIN_VERDICT_DROP : ESPGW_EXPLAIN_VERDICT_PASS;
	if (reason)
		drop(e, reason);
}

/* Under RCU, bottom halves off. */
static void decide(struct espgw_pkt *p, struct course *c, u8 dir)
{
	struct espgw_explain *e = c->e;

	e->verdict = ESPGW_EXPLAIN_VERDICT_PASS;
	e->sa = p->sa;
	if (p->ed)
		e->place = p->ed->watched ? ESPGW_EXPLAIN_PLACE_WATCHED :
					    ESPGW_EXPLAIN_PLACE_ATTACHED;
	if (!espgw_skb_view(&p->view, p->skb, 0)) {
		if (p->ed || p->sa)
			drop(e, p->sa ? ESPGW_STATS_A_DROP_IN_INNER :
				dir == ESPGW_DIR_IN ?
				ESPGW_STATS_A_DROP_IN_MALFORMED :
				ESPGW_STATS_A_DROP_OUT_MALFORMED);
	} else if (p->sa) {
		decide_decrypted(p, c);
	} else if (p->ed && dir == ESPGW_DIR_OUT) {
		decide_out(p, c);
	} else if (p->ed) {
		decide_in(p, c);
	}
	e->view = p->view;
	e->ifindex = p->skb->dev->ifindex;
	strscpy(e->dev, p->skb->dev->name, sizeof(e->dev));
}

/**
 * espgw_explain() - what would become of a packet
 * @en: namespace
 * @ask: the packet
 * @e: result; its policy and SA are there as long as the lock is held
 * @extack: says what is wrong with @ask
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or a negative
 * error.
 */
int espgw_explain(struct espgw_net *en, const struct espgw_explain_ask *ask,
		  struct espgw_explain *e, struct netlink_ext_ack *extack)
{
	struct espgw_pkt p = { .en = en };
	struct course c = { .e = e };

	lockdep_assert_held(&en->lock);
	memset(e, 0, sizeof(*e));
	if (ask->spi) {
		p.sa = find_sa(en, ask, extack);
		if (IS_ERR(p.sa))
			return PTR_ERR(p.sa);
	}
	p.skb = make(ask, extack);
	if (IS_ERR(p.skb))
		return PTR_ERR(p.skb);
	local_bh_disable();
	rcu_read_lock();
	c.err = find_place(&p, ask, extack);
	if (!c.err)
		decide(&p, &c, ask->dir);
	rcu_read_unlock();
	local_bh_enable();
	consume_skb(p.skb);
	return c.err;
}
