// SPDX-License-Identifier: GPL-2.0
/* Headers and trailer: an inner packet becomes an ESP packet. */
#include "packet/header.h"

#include <net/dsfield.h>
#include <net/esp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>

#include "base/trace.h"
#include "core/ecn.h"
#include "packet/crypto.h"
#include "packet/output.h"
#include "packet/sent.h"
#include "table/fit.h"

/* What an operation is about, should it complete later. */
struct encryption {
	struct espgw_sa *sa;
	struct sk_buff *skb;
	u32 frag_mtu;
};

static_assert(sizeof(struct encryption) <= ESPGW_OP_OWNER);

static u32 tfc_len(const struct espgw_pkt *p, u32 len)
{
	return unlikely(p->tfc > len) ? p->tfc - len : 0;
}

/**
 * espgw_header_tail() - what espgw_encrypt() puts behind a packet
 * @p: the packet, or what it is to become a piece of
 * @len: the inner packet's length, bytes
 *
 * Return: the tailroom that is enough, bytes.
 */
unsigned int espgw_header_tail(const struct espgw_pkt *p, unsigned int len)
{
	const struct espgw_len *l = &p->sa->len;

	return tfc_len(p, len) + l->align + 2 + l->icv;
}

/**
 * espgw_header_outer() - how long an ESP packet espgw_encrypt() makes
 * @p: the packet, or what it is to become a piece of
 * @len: the inner packet's length, bytes
 *
 * Return: bytes, from its IP header on.
 */
unsigned int espgw_header_outer(const struct espgw_pkt *p, unsigned int len)
{
	return espgw_len_outer(&p->sa->len, len + tfc_len(p, len));
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
	iph->saddr = sa->set.src.a[0];
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
	memcpy(&ip6h->saddr, &sa->set.src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, dst, sizeof(ip6h->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

/* Outer IP header and, if there is one, UDP header; their length, bytes. */
static unsigned int build_outer(struct espgw_sa *sa, struct sk_buff *skb,
				u8 tos, u8 ttl, bool df)
{
	u8 proto = sa->set.encap_sport ? IPPROTO_UDP : IPPROTO_ESP;
	const struct espgw_addr *dst = &sa->key.dst;
	struct espgw_addr peer;
	struct udphdr *uh;
	unsigned int hdr;
	__be16 port;

	if (unlikely(sa->set.encap_sport)) {
		espgw_sa_peer(sa, &peer, &port);
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
	if (likely(!sa->set.encap_sport))
		return hdr;
	uh = (struct udphdr *)(skb->data + hdr);
	uh->source = READ_ONCE(sa->set.encap_sport);
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
	if (likely(!sa->set.encap_sport || sa->key.family == 4))
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

static void encrypted(struct espgw_op *op, int err)
{
	const struct encryption e = *(struct encryption *)op->owner;

	espgw_op_free(op);
	if (err) {
		espgw_sa_count(e.sa, ESPGW_SA_STAT_A_DROPPED);
		/* The one that it came by may have gone meanwhile. */
		e.skb->dev = skb_dst(e.skb)->dev;
		espgw_drop(e.sa->en, e.skb, ESPGW_STATS_A_DROP_OUT_CRYPTO);
	} else {
		finish(e.sa, e.skb);
		espgw_output(e.sa, e.skb, e.frag_mtu);
	}
	espgw_sa_put(e.sa);
}

static int run(struct espgw_pkt *p, u64 seq, unsigned int outer_hdr)
{
	struct espgw_sa *sa = p->sa;
	struct sk_buff *skb = p->skb;
	bool later = espgw_crypto_is_later(&sa->cipher);
	struct encryption *e;
	struct espgw_op *op;
	int err;

	op = espgw_op_alloc(&sa->cipher);
	if (unlikely(!op))
		return ESPGW_STATS_A_DROP_OUT_NOMEM;
	/* Held before it is handed over: it may end before we return. */
	if (later && unlikely(!refcount_inc_not_zero(&sa->refs))) {
		espgw_op_free(op);	/* deleted since we found it */
		return ESPGW_STATS_A_DROP_OUT_NO_SA;
	}
	op->done = encrypted;
	e = (struct encryption *)op->owner;
	e->sa = sa;
	e->skb = skb;
	e->frag_mtu = p->frag_mtu;
	err = espgw_crypto_run(&sa->cipher, op, skb->data + outer_hdr,
			       skb->len - outer_hdr, seq, true, later);
	if (unlikely(err == -EINPROGRESS)) {
		espgw_count(p->en, ESPGW_STATS_A_OUT_ASYNC);
		return err;
	}
	if (later)
		espgw_sa_put(sa);
	if (likely(!err)) {
		finish(sa, skb);
		return 0;
	}
	return err == -ENOMEM ? ESPGW_STATS_A_DROP_OUT_NOMEM :
				ESPGW_STATS_A_DROP_OUT_CRYPTO;
}

static noinline void tell(const struct espgw_pkt *p, u64 seq, u32 inner_len)
{
	trace_encap(p->en, skb_dst(p->skb)->dev, p->sa->key.spi,
		    p->sa->set.reqid, seq, &p->view, inner_len, p->skb->len);
}

/**
 * espgw_encrypt() - encapsulate and encrypt in place
 * @p: the packet: its sa, plan, tfc, frag_mtu, tell, and of its view family, TOS
 *	and TTL; its skb->data at the inner IP header and skb->len its length;
 *	linear, writable, with headroom for sa->len.head and tailroom as
 *	espgw_header_tail() says; its skb's dst is the outer route
 *
 * Context: under RCU, bottom halves off. Return: 0: the skb is the outer packet
 * from its IP header on. -EINPROGRESS: it will be sent later. A positive enum
 * espgw_stats_attr: drop it, for that reason.
 */
int espgw_encrypt(struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;
	struct espgw_sa *sa = p->sa;
	struct sk_buff *skb = p->skb;
	u8 tos, ttl = 0, dscp = READ_ONCE(sa->set.dscp);
	unsigned int outer_hdr, pad, tfc, i, inner_len = skb->len;
	struct ip_esp_hdr *esph;
	u64 seq;
	u8 *t;

	if (unlikely(READ_ONCE(sa->limited)) && !espgw_sa_charge(sa, inner_len))
		return ESPGW_STATS_A_DROP_OUT_LIMIT;
	seq = espgw_sa_next_seq(sa);
	if (unlikely(!seq)) {
		/* Xfrm has ended it, in this moment. */
		if (sa->x && test_bit(ESPGW_SA_F_DEAD, &sa->flags))
			return ESPGW_STATS_A_DROP_OUT_NO_SA;
		espgw_sa_kill(sa, ESPGW_SA_EVENT_SEQ);
		return ESPGW_STATS_A_DROP_OUT_SEQ;
	}

	if (p->tell || unlikely(p->inside.count))
		espgw_sent_note(sa, seq, skb, v, &p->inside);
	if (unlikely(inner_len > READ_ONCE(sa->path->watch_len)) &&
	    v->proto == IPPROTO_TCP)
		espgw_taps->sent(sa, skb, (u32)seq);

	tfc = tfc_len(p, inner_len);
	pad = espgw_len_pad(&sa->len, inner_len + tfc);
	t = __skb_put(skb, tfc + pad + 2 + sa->len.icv);
	if (unlikely(tfc))
		memset(t, 0, tfc);
	t += tfc;
	for (i = 0; i < pad; i++)	/* RFC 4303 2.4: 1, 2, 3, ... */
		t[i] = i + 1;
	t[pad] = pad;
	t[pad + 1] = v->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;

	__skb_push(skb, sa->len.head);
	skb_reset_network_header(skb);

	if (READ_ONCE(sa->set.has_ttl))
		ttl = READ_ONCE(sa->set.ttl) ?: v->ttl;
	tos = (dscp == ESPGW_COPY ? v->tos & ~INET_ECN_MASK : dscp << 2) |
	      espgw_ecn_encap(v->tos & INET_ECN_MASK, READ_ONCE(sa->set.ecn));

	outer_hdr = build_outer(sa, skb, tos, ttl, p->plan.outer_df);
	esph = (struct ip_esp_hdr *)(skb->data + outer_hdr);
	esph->spi = sa->key.spi;
	esph->seq_no = htonl(seq);

	espgw_skb_reset(skb);
	espgw_sa_mark(sa, skb);

	espgw_sa_count(sa, ESPGW_SA_STAT_A_PACKETS);
	espgw_sa_count_add(sa, ESPGW_SA_STAT_A_BYTES, inner_len);
	espgw_count(p->en, ESPGW_STATS_A_OUT_PACKETS);
	espgw_count_add(p->en, ESPGW_STATS_A_OUT_BYTES, inner_len);
	/* Routers answer what they may not fragment: IPv6, always. */
	if ((p->plan.outer_df || sa->key.family == 6) &&
	    skb->len > READ_ONCE(sa->max_sent))
		WRITE_ONCE(sa->max_sent, skb->len);
	if (trace_encap_enabled())
		tell(p, seq, inner_len);
	return run(p, seq, outer_hdr);
}

/* Keep the NAT's mapping (RFC 3948 2.3). Under RCU, bottom halves off. */
static void send_keepalive(struct espgw_sa *sa)
{
	unsigned int hdr = (sa->key.family == 4 ? sizeof(struct iphdr) :
						  sizeof(struct ipv6hdr)) +
			   sizeof(struct udphdr);
	struct dst_entry *dst;
	struct sk_buff *skb;

	dst = espgw_sa_route(sa);
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
		espgw_output(sa, skb, 0);
	} else {
		dst_release(dst);
		espgw_count(sa->en, dst ? ESPGW_STATS_A_DROP_OUT_NOMEM :
					  ESPGW_STATS_A_DROP_OUT_NO_ROUTE);
	}
}

/**
 * espgw_header_init() - be ready to send keepalives
 */
void espgw_header_init(void)
{
	espgw_sa_send_keepalive = send_keepalive;
}
