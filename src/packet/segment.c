// SPDX-License-Identifier: GPL-2.0
/*
 * TCP super-packets are cut into buffers with room for what encryption adds.
 *
 * What the stack's own segmentation makes has no room behind, and its payload is
 * copied once more to get it, or lies in pages and is then put together: here it
 * is copied and summed up once. The rules are that one's (tcp_gso_segment());
 * whatever is unusual is left to it.
 */
#include "packet/segment.h"

#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "packet/context.h"

/* Kinds of super-packets whose segments are made here. */
#define KINDS	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_DODGY | \
		 SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID)

/**
 * espgw_segments_begin() - can a super-packet be cut here
 * @s: result
 * @skb: it; its data may move
 * @nh: where its IP header begins, bytes from skb->data
 * @v: what it is
 *
 * Not what a socket of this host sends: the stack moves the socket's account of
 * what is on its way to the last segment.
 *
 * Return: true if so; then skb->data is at its IP header.
 */
bool espgw_segments_begin(struct espgw_segments *s, struct sk_buff *skb,
			  unsigned int nh, const struct espgw_view *v)
{
	u32 type = skb_shinfo(skb)->gso_type, mss = skb_shinfo(skb)->gso_size;
	unsigned int off = nh + v->hdr_len, len;
	const struct tcphdr *th;

	if (!skb_is_gso_tcp(skb) || type & ~KINDS || !mss ||
	    skb->destructor || skb->encapsulation || v->proto != IPPROTO_TCP ||
	    (v->family == 6 && v->hdr_len != sizeof(struct ipv6hdr)) ||
	    !pskb_may_pull(skb, off + sizeof(*th)))
		return false;
	th = (struct tcphdr *)(skb->data + off);
	len = th->doff * 4;
	if (len < sizeof(*th) || th->syn || th->urg ||
	    nh + v->len != skb->len || off + len >= skb->len ||
	    !pskb_may_pull(skb, off + len))
		return false;

	__skb_pull(skb, nh);
	th = (struct tcphdr *)(skb->data + v->hdr_len);
	*s = (struct espgw_segments) {
		.skb = skb,
		.family = v->family,
		.ip_len = v->hdr_len,
		.hdr_len = v->hdr_len + len,
		.mss = mss,
		.payload = skb->len - v->hdr_len - len,
		.id_step = !(type & SKB_GSO_TCP_FIXEDID),
		.tcp_seq = ntohl(th->seq),
	};
	if (v->family == 4)
		s->id = ntohs(((struct iphdr *)skb->data)->id);
	return true;
}

/* Length and identification; the sum that TCP's checksum begins with, folded. */
static __sum16 finish_ip(struct espgw_segments *s, struct sk_buff *n, __wsum sum)
{
	unsigned int len = n->len - s->ip_len;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	if (s->family == 4) {
		iph = (struct iphdr *)n->data;
		iph->tot_len = htons(n->len);
		iph->id = htons(s->id);
		s->id += s->id_step;
		ip_send_check(iph);
		return csum_tcpudp_magic(iph->saddr, iph->daddr, len,
					 IPPROTO_TCP, sum);
	}
	ip6h = (struct ipv6hdr *)n->data;
	ip6h->payload_len = htons(len);
	return csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_TCP,
			       sum);
}

/**
 * espgw_segments_fill() - the next segment
 * @s: what is being cut
 * @n: receives it: of the length that espgw_segments_len() says, linear
 *
 * It is of the same packet to everything that follows, connection tracking
 * included.
 */
void espgw_segments_fill(struct espgw_segments *s, struct sk_buff *n)
{
	unsigned int len = n->len - s->hdr_len;
	bool is_last = s->next + len == s->payload;
	struct tcphdr *th;
	__wsum sum;

	memcpy(n->data, s->skb->data, s->hdr_len);
	sum = skb_copy_and_csum_bits(s->skb, s->hdr_len + s->next,
				     n->data + s->hdr_len, len);
	th = (struct tcphdr *)(n->data + s->ip_len);
	th->seq = htonl(s->tcp_seq + s->next);
	if (s->next)		/* RFC 3168 6.1.2: said once */
		th->cwr = 0;
	if (!is_last)
		th->fin = th->psh = 0;
	th->check = 0;
	sum = csum_partial(th, s->hdr_len - s->ip_len, sum);
	th->check = finish_ip(s, n, sum);
	espgw_segments_skip(s, n->len);

	espgw_skb_inherit(n, s->skb);
	n->skb_iif = s->skb->skb_iif;
	nf_copy(n, s->skb);
}
