// SPDX-License-Identifier: GPL-2.0
/* skb surgery on the way out: an inner packet becomes an ESP packet. */
#include "packet/header.h"

#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/arp.h>
#include <net/dsfield.h>
#include <net/esp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/sch_generic.h>

#include "core/ecn.h"
#include "packet/crypto.h"
#include "hook/probe.h"
#include "packet/sent.h"

#if !IS_ENABLED(CONFIG_NETFILTER_SKIP_EGRESS)
#error "espgw needs a kernel with CONFIG_NETFILTER_SKIP_EGRESS (NETFILTER_EGRESS and NET_CLS_ACT)"
#endif

static u32 tfc_len(const struct espgw_encap *e, u32 len)
{
	return unlikely(e->tfc > len) ? e->tfc - len : 0;
}

/**
 * espgw_encap_tail() - what espgw_encap() puts behind a packet
 * @sa: outbound SA
 * @e: how
 * @len: inner packet, bytes
 *
 * Return: the tailroom that is enough, bytes.
 */
unsigned int espgw_encap_tail(const struct espgw_sa *sa,
			      const struct espgw_encap *e, unsigned int len)
{
	return tfc_len(e, len) + sa->len.align + 2 + sa->len.icv;
}

/* The next sequence number; 0 if they are used up (RFC 4303 3.3.3). */
static u64 next_seq(struct espgw_sa *sa)
{
	u64 last = atomic64_fetch_add_unless(&sa->seq, 1, sa->seq_max);

	return last == sa->seq_max ? 0 : last + 1;
}

static void build_ip4(struct sk_buff *skb, const struct espgw_sa *sa,
		      const struct espgw_addr *dst, u8 tos, u8 ttl, bool df,
		      u8 proto)
{
	struct iphdr *iph = (struct iphdr *)skb->data;

	iph->version = 4;
	iph->ihl = 5;
	iph->tos = tos;
	iph->tot_len = htons(skb->len);
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->ttl = ttl ?: ip4_dst_hoplimit(skb_dst(skb));
	iph->protocol = proto;
	iph->saddr = sa->src.a[0];
	iph->daddr = dst->a[0];
	/* An atomic datagram needs no ID (RFC 6864 4.1). */
	iph->id = 0;
	if (!df)
		__ip_select_ident(sa->en->net, iph, 1);
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void build_ip6(struct sk_buff *skb, const struct espgw_sa *sa,
		      const struct espgw_addr *dst, u8 tos, u8 ttl, u8 proto)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)skb->data;

	ip6_flow_hdr(ip6h, tos, 0);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = proto;
	ip6h->hop_limit = ttl ?: ip6_dst_hoplimit(skb_dst(skb));
	memcpy(&ip6h->saddr, &sa->src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, dst, sizeof(ip6h->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

/* Outer IP header and, if there is one, UDP header; their length, bytes. */
static unsigned int build_outer(struct espgw_sa *sa, struct sk_buff *skb,
				u8 tos, u8 ttl, bool df)
{
	u8 proto = sa->encap_sport ? IPPROTO_UDP : IPPROTO_ESP;
	const struct espgw_addr *dst = &sa->key.dst;
	struct espgw_addr peer;
	struct udphdr *uh;
	unsigned int hdr;
	__be16 port;

	if (unlikely(sa->encap_sport)) {
		espgw_path_peer(sa, &peer, &port);
		dst = &peer;
	}
	if (sa->key.family == 4) {
		hdr = sizeof(struct iphdr);
		build_ip4(skb, sa, dst, tos, ttl, df, proto);
	} else {
		hdr = sizeof(struct ipv6hdr);
		build_ip6(skb, sa, dst, tos, ttl, proto);
	}
	skb_set_transport_header(skb, hdr);
	if (likely(!sa->encap_sport))
		return hdr;
	uh = (struct udphdr *)(skb->data + hdr);
	uh->source = READ_ONCE(sa->encap_sport);
	uh->dest = port;
	uh->len = htons(skb->len - hdr);
	uh->check = 0;
	return hdr + sizeof(*uh);
}

/* After encryption: what depends on the ciphertext. */
static void finish(struct espgw_sa *sa, struct sk_buff *skb)
{
	struct ipv6hdr *ip6h;
	struct udphdr *uh;
	unsigned int len;

	/* RFC 3948 2.1: 0 over IPv4; RFC 8200 8.1: not over IPv6. */
	if (likely(!sa->encap_sport || sa->key.family == 4))
		return;
	ip6h = (struct ipv6hdr *)skb->data;
	uh = (struct udphdr *)(ip6h + 1);
	len = skb->len - sizeof(*ip6h);
	uh->check = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
				    IPPROTO_UDP,
				    csum_partial(uh, len, 0));
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}

/**
 * espgw_encap() - encapsulate and encrypt in place
 * @sa: outbound SA
 * @skb: the inner packet: skb->data at its IP header and skb->len its length;
 *	linear, writable, with headroom for sa->len.head and tailroom as
 *	espgw_encap_tail() says; its dst is the outer route
 * @e: how
 *
 * Context: under RCU, bottom halves off. Return: 0: skb is the outer packet
 * from its IP header on. -EINPROGRESS: it will be sent from
 * espgw_encap_async(). A positive enum espgw_stats_attr: drop it, for that
 * reason.
 */
int espgw_encap(struct espgw_sa *sa, struct sk_buff *skb,
		const struct espgw_encap *e)
{
	u8 tos, ttl = 0, dscp = READ_ONCE(sa->dscp);
	unsigned int inner_len = skb->len;
	unsigned int outer_hdr, pad, tfc, i;
	struct ip_esp_hdr *esph;
	u64 seq;
	u8 *p;
	int err;

	if (unlikely(READ_ONCE(sa->limited)) && !espgw_sa_charge(sa, inner_len))
		return ESPGW_STATS_A_DROP_OUT_LIMIT;
	seq = next_seq(sa);
	if (unlikely(!seq)) {
		espgw_sa_kill(sa, ESPGW_SA_EVENT_SEQ);
		return ESPGW_STATS_A_DROP_OUT_SEQ;
	}

	if (e->tell)
		espgw_sent_note(sa, seq, skb, e->family);
	if (unlikely(READ_ONCE(sa->path->watch) & BIT(ESPGW_WATCH_TCP)))
		espgw_probe_out(sa, skb, (u32)seq);

	tfc = tfc_len(e, inner_len);
	pad = espgw_len_pad(&sa->len, inner_len + tfc);
	p = __skb_put(skb, tfc + pad + 2 + sa->len.icv);
	if (unlikely(tfc))
		memset(p, 0, tfc);
	p += tfc;
	for (i = 0; i < pad; i++)	/* RFC 4303 2.4: 1, 2, 3, ... */
		p[i] = i + 1;
	p[pad] = pad;
	p[pad + 1] = e->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;

	__skb_push(skb, sa->len.head);
	skb_reset_network_header(skb);

	if (READ_ONCE(sa->has_ttl))
		ttl = READ_ONCE(sa->ttl) ?: e->ttl;
	tos = (dscp == ESPGW_COPY ? e->tos & ~INET_ECN_MASK : dscp << 2) |
	      espgw_ecn_encap(e->tos & INET_ECN_MASK, READ_ONCE(sa->ecn));

	outer_hdr = build_outer(sa, skb, tos, ttl, e->df);
	esph = (struct ip_esp_hdr *)(skb->data + outer_hdr);
	esph->spi = sa->key.spi;
	esph->seq_no = htonl(seq);

	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	espgw_sa_mark(sa, skb);
	nf_reset_ct(skb);

	espgw_sa_count(sa, ESPGW_SA_STAT_A_PACKETS);
	espgw_sa_count_add(sa, ESPGW_SA_STAT_A_BYTES, inner_len);
	espgw_count(sa->en, ESPGW_STATS_A_OUT_PACKETS);
	espgw_count_add(sa->en, ESPGW_STATS_A_OUT_BYTES, inner_len);
	/* Routers answer what they may not fragment: IPv6, always. */
	if ((e->df || sa->key.family == 6) &&
	    skb->len > READ_ONCE(sa->max_sent))
		WRITE_ONCE(sa->max_sent, skb->len);

	err = espgw_crypto_run(sa, skb, seq, e->frag_mtu, outer_hdr, true);
	if (likely(!err)) {
		finish(sa, skb);
		return 0;
	}
	if (err == -EINPROGRESS) {
		espgw_count(sa->en, ESPGW_STATS_A_OUT_ASYNC);
		return err;
	}
	if (err == -ESHUTDOWN)
		return ESPGW_STATS_A_DROP_OUT_NO_SA;
	return err == -ENOMEM ? ESPGW_STATS_A_DROP_OUT_NOMEM :
				ESPGW_STATS_A_DROP_OUT_CRYPTO;
}

static struct neighbour *find_neigh(struct sk_buff *skb, u8 family,
				    bool *is_v6gw)
{
	struct dst_entry *dst = skb_dst(skb);
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	if (family == 4)
		return ip_neigh_for_gw(container_of(dst, struct rtable, dst),
				       skb, is_v6gw);
	*is_v6gw = false;
	nexthop = rt6_nexthop(container_of(dst, struct rt6_info, dst),
			      &ipv6_hdr(skb)->daddr);
	neigh = __ipv6_neigh_lookup_noref(dst->dev, nexthop);
	if (unlikely(!neigh))
		neigh = __neigh_create(&nd_tbl, nexthop, dst->dev, false);
	return neigh;
}

/**
 * espgw_encap_link() - put the outer route's link-layer header on
 * @skb: an outer packet from its IP header on, whose route leaves by skb->dev
 * @family: outer, 4 or 6
 *
 * From the neighbour's cached header, so that the packet can go on in the
 * transmission that is under way.
 *
 * Context: under RCU, bottom halves off. Return: false if the neighbour has to
 * be resolved first; nothing is changed then.
 */
bool espgw_encap_link(struct sk_buff *skb, u8 family)
{
	unsigned int seq, hh_len, hh_alen;
	struct neighbour *neigh;
	struct hh_cache *hh;
	bool is_v6gw;

	if (!skb->dev->header_ops) {
		skb_reset_mac_header(skb);
		return true;
	}
	neigh = find_neigh(skb, family, &is_v6gw);
	if (IS_ERR(neigh) || !(READ_ONCE(neigh->nud_state) & NUD_CONNECTED))
		return false;
	hh = &neigh->hh;
	/* The cached header is for one ethertype; the gateway's family decides. */
	if (is_v6gw != (family == 6) && family == 4)
		return false;
	do {
		seq = read_seqbegin(&hh->hh_lock);
		hh_len = READ_ONCE(hh->hh_len);
		hh_alen = HH_DATA_ALIGN(hh_len);
		if (!hh_len || skb_headroom(skb) < hh_alen)
			return false;
		if (likely(hh_alen == HH_DATA_MOD))	/* Ethernet */
			memcpy(skb->data - HH_DATA_MOD, hh->hh_data,
			       HH_DATA_MOD);
		else
			memcpy(skb->data - hh_alen, hh->hh_data, hh_alen);
	} while (read_seqretry(&hh->hh_lock, seq));

	__skb_push(skb, hh_len);
	skb_reset_mac_header(skb);
	return true;
}

/* One outer packet or fragment of it to the outer route's neighbour. */
static int output_one(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? 4 : 6;
	struct net_device *dev = skb_dst(skb)->dev;
	struct neighbour *neigh;
	bool is_v6gw;
	int ret;

	skb->dev = dev;
	if (unlikely(skb_headroom(skb) < LL_RESERVED_SPACE(dev) &&
		     dev->header_ops)) {
		skb = skb_expand_head(skb, LL_RESERVED_SPACE(dev));
		if (!skb) {
			espgw_count(espgw_net(net),
				    ESPGW_STATS_A_DROP_OUT_NOMEM);
			return -ENOMEM;
		}
	}
	/* Policies were applied to what is inside: not again. */
	nf_skip_egress(skb, true);

	rcu_read_lock();
	neigh = find_neigh(skb, family, &is_v6gw);
	if (IS_ERR(neigh)) {
		espgw_drop(espgw_net(net), skb, ESPGW_STATS_A_DROP_OUT_NO_ROUTE);
		ret = PTR_ERR(neigh);
	} else {
		ret = neigh_output(neigh, skb, is_v6gw);
	}
	rcu_read_unlock();
	return ret;
}

static void send(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu)
{
	struct net *net = sa->en->net;

	memset(skb->cb, 0, sizeof(skb->cb));
	if (likely(!frag_mtu || skb->len <= frag_mtu)) {
		output_one(net, NULL, skb);
		return;
	}
	espgw_sa_count(sa, ESPGW_SA_STAT_A_POSTFRAG);
	espgw_count(sa->en, ESPGW_STATS_A_OUT_POSTFRAG);
	skb->dev = skb_dst(skb)->dev;
	skb->ignore_df = 1;
	if (sa->key.family == 4) {
		IPCB(skb)->frag_max_size = frag_mtu;
		ip_do_fragment(net, NULL, skb, output_one);
	} else {
		const struct nf_ipv6_ops *ops = nf_get_ipv6_ops();

		/* ip6_fragment() refuses more than what the route says. */
		IP6CB(skb)->frag_max_size = min(frag_mtu,
						dst_mtu(skb_dst(skb)));
		if (ops)
			ops->fragment(net, NULL, skb, output_one);
		else
			espgw_drop(sa->en, skb,
				   ESPGW_STATS_A_DROP_OUT_FRAGMENT);
	}
}

/* SAs around one packet. */
#define NESTING_MAX	4

/**
 * struct sending - an outer packet whose sending is under way
 * @outer: the one in whose sending this one came up, or NULL
 * @sa: what made it
 */
struct sending {
	struct sending *outer;
	const struct espgw_sa *sa;
};

/* What this CPU is sending, from the innermost call outward. */
static DEFINE_PER_CPU(struct sending *, sending);

/**
 * espgw_encap_nesting() - has a packet been through SAs already
 * @sa: the SA that is to carry it
 *
 * Sending by the outer route may lead to the egress hook again: through a tunnel
 * device that sends by an attached device, as nested SAs do, or recursive
 * routing.
 *
 * Context: bottom halves off. Return: enum espgw_nesting.
 */
enum espgw_nesting espgw_encap_nesting(const struct espgw_sa *sa)
{
	const struct sending *s = __this_cpu_read(sending);
	unsigned int depth = 0;

	for (; unlikely(s); s = s->outer) {
		if (s->sa == sa)
			return ESPGW_NESTING_LOOP;
		if (++depth == NESTING_MAX)
			return ESPGW_NESTING_DEEP;
	}
	return ESPGW_NESTING_OK;
}

/**
 * espgw_encap_output() - send an outer packet by its route's neighbour
 * @sa: the SA that made it
 * @skb: the packet from its IP header on; consumed
 * @frag_mtu: fragment it if it is longer, bytes; 0: do not
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_encap_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu)
{
	struct sending s = { .outer = __this_cpu_read(sending), .sa = sa };

	__this_cpu_write(sending, &s);
	send(sa, skb, frag_mtu);
	__this_cpu_write(sending, s.outer);
}

/* Keep the NAT's mapping (RFC 3948 2.3). */
static void send_keepalive(struct espgw_sa *sa)
{
	unsigned int hdr = (sa->key.family == 4 ? sizeof(struct iphdr) :
						  sizeof(struct ipv6hdr)) +
			   sizeof(struct udphdr);
	struct dst_entry *dst;
	struct sk_buff *skb;

	local_bh_disable();
	rcu_read_lock();
	dst = espgw_path_route(sa);
	skb = dst ? alloc_skb(LL_RESERVED_SPACE(dst->dev) + hdr + 1,
			      GFP_ATOMIC) : NULL;
	if (skb) {
		skb_reserve(skb, LL_RESERVED_SPACE(dst->dev));
		skb_put(skb, hdr);
		skb_put_u8(skb, 0xff);
		skb_reset_network_header(skb);
		skb_dst_set(skb, dst);
		build_outer(sa, skb, 0, 0, true);
		finish(sa, skb);
		espgw_sa_mark(sa, skb);
		espgw_count(sa->en, ESPGW_STATS_A_OUT_KEEPALIVE);
		espgw_encap_output(sa, skb, 0);
	} else {
		dst_release(dst);
		espgw_count(sa->en, dst ? ESPGW_STATS_A_DROP_OUT_NOMEM :
					  ESPGW_STATS_A_DROP_OUT_NO_ROUTE);
	}
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * espgw_encap_tick() - send NAT keepalives where they are due
 * @en: namespace
 *
 * Only where nothing else keeps the mapping (RFC 3948 4).
 *
 * Context: process context, once a second; caller holds espgw_net.lock.
 */
void espgw_encap_tick(struct espgw_net *en)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	if (!en->natt_sas)
		return;
	xa_for_each(&en->sas, id, sa) {
		u64 seq = atomic64_read(&sa->seq);

		if (seq != sa->idle_seq || !sa->keepalive_s ||
		    test_bit(ESPGW_SA_F_DEAD, &sa->flags)) {
			sa->idle_seq = seq;
			sa->idle_s = 0;
		} else if (++sa->idle_s >= sa->keepalive_s) {
			sa->idle_s = 0;
			send_keepalive(sa);
		}
	}
}

/**
 * espgw_encap_async() - an encryption has completed asynchronously
 * @op: the operation; freed here, with its reference to the SA
 * @err: 0 or why it failed
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_encap_async(struct espgw_op *op, int err)
{
	struct espgw_sa *sa = op->sa;
	struct sk_buff *skb = op->skb;
	u32 frag_mtu = op->frag_mtu;

	espgw_op_free(op);
	if (err) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_DROPPED);
		espgw_drop(sa->en, skb, ESPGW_STATS_A_DROP_OUT_CRYPTO);
	} else {
		finish(sa, skb);
		espgw_encap_output(sa, skb, frag_mtu);
	}
	espgw_sa_put(sa);
}
