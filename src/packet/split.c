// SPDX-License-Identifier: GPL-2.0
/*
 * TCP that is too big is cut into segments, not fragments ("split tcp").
 *
 * A packet is made what a sender with segmentation offload would have given us:
 * a super-packet whose segments fit. The stack's own segmentation does the rest:
 * sequence numbers, flags, checksums, identification.
 */
#include "packet/split.h"

#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/tcp.h>

/* The options that sign a segment (RFC 2385, RFC 5925). */
#define OPT_MD5	19
#define OPT_AO	29

/* Are there only options that each segment may carry? */
static bool options_ok(const struct tcphdr *th)
{
	const u8 *p = (const u8 *)(th + 1);
	unsigned int left = th->doff * 4 - sizeof(*th);

	while (left) {
		switch (p[0]) {
		case TCPOPT_EOL:
			return true;
		case TCPOPT_NOP:
			p++;
			left--;
			continue;
		case OPT_MD5:
		case OPT_AO:
			return false;
		}
		if (left < 2 || p[1] < 2 || p[1] > left)
			return false;
		left -= p[1];
		p += p[1];
	}
	return true;
}

/* Segmentation writes new checksums: not over one that was wrong. */
static bool checksum_ok(struct sk_buff *skb, unsigned int off, unsigned int len,
			const struct espgw_view *v)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL ||
	    skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	return !csum_tcpudp_magic(v->src.a[0], v->dst.a[0], len, IPPROTO_TCP,
				  skb_checksum(skb, off, len, 0));
}

/**
 * espgw_split_tcp() - have an IPv4 TCP packet cut into segments
 * @skb: the packet, perhaps a super-packet, not shared, its network header set;
 *	its data may move
 * @nh: where its IP header begins, bytes from skb->data
 * @v: what it is
 * @inner_mtu: what fits, bytes
 *
 * What cannot be cut so is left as it is: SYN with data, urgent data, signed
 * segments, fragments, wrong checksums.
 *
 * Return: true if skb is a super-packet now whose segments fit.
 */
bool espgw_split_tcp(struct sk_buff *skb, unsigned int nh,
		     const struct espgw_view *v, u32 inner_mtu)
{
	unsigned int off = nh + v->hdr_len, hdr, end = nh + v->len;
	struct skb_shared_info *si;
	struct tcphdr *th;

	if (v->family != 4 || v->proto != IPPROTO_TCP || v->is_frag ||
	    (skb_is_gso(skb) && !skb_is_gso_tcp(skb)))
		return false;
	if (!pskb_may_pull(skb, off + sizeof(*th)))
		return false;
	th = (struct tcphdr *)(skb->data + off);
	hdr = th->doff * 4;
	if (hdr < sizeof(*th) || v->hdr_len + hdr >= inner_mtu ||
	    !pskb_may_pull(skb, off + hdr))
		return false;
	th = (struct tcphdr *)(skb->data + off);
	if (th->syn || th->urg || th->rst || !options_ok(th))
		return false;
	if (skb->len > end && pskb_trim(skb, end))
		return false;
	if (!skb_is_gso(skb) &&
	    !checksum_ok(skb, off, v->len - v->hdr_len, v))
		return false;
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;

	skb_set_transport_header(skb, off);
	si = skb_shinfo(skb);
	si->gso_size = inner_mtu - v->hdr_len - hdr;
	/* Not what its buffers were laid out for: segmentation has to look. */
	si->gso_type |= SKB_GSO_TCPV4 | SKB_GSO_DODGY;
	si->gso_segs = DIV_ROUND_UP(skb->len - off - hdr, si->gso_size);
	return true;
}
