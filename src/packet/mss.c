// SPDX-License-Identifier: GPL-2.0
/* TCP SYNs through a tunnel offer segments that fit it. */
#include "packet/mss.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/checksum.h>

#include "core/mss.h"
#include "table/fit.h"

/* The longest TCP header, bytes. */
#define TCP_HDR_MAX	60

/* What an inserted option adds, bytes. */
#define MSS_OPT		4

/*
 * The largest segment that a tunnel carries, bytes; 0: offers are left as they
 * are. The smaller of both directions: the way out is known, and its MTU policy
 * decides; of the way in, what its SA adds on the same path. @above: headers of
 * tunnels around the segment's packet, taken to be the same both ways.
 */
static u16 mss_of(struct espgw_sa *sa, u8 dscp, u8 family, u32 above)
{
	struct espgw_sa *out = sa, *in = sa;
	struct espgw_fit f;
	u32 mss, inner;

	if (sa->key.dir == ESPGW_DIR_IN)
		out = espgw_sa_of(sa->path, dscp);
	else
		in = list_first_or_null_rcu(&sa->path->in_sas, struct espgw_sa,
					    on_path);
	if (!out)
		return 0;
	espgw_fit_now(out, &f);
	mss = f.in.mtu.mss;
	if (mss != ESPGW_MSS_AUTO)
		return mss == ESPGW_MSS_OFF ? 0 : mss;
	inner = f.inner_mtu;
	if (in)
		inner = min(inner, espgw_len_inner(&in->len, f.path_mtu));
	return espgw_mss_of(inner > above ? inner - above : 0, family);
}

static void grow_header(struct sk_buff *skb, unsigned int nh, u8 family)
{
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	__be16 len;

	if (family == 4) {
		iph = (struct iphdr *)(skb->data + nh);
		len = htons(ntohs(iph->tot_len) + MSS_OPT);
		csum_replace2(&iph->check, iph->tot_len, len);
		iph->tot_len = len;
	} else {
		ip6h = (struct ipv6hdr *)(skb->data + nh);
		ip6h->payload_len = htons(ntohs(ip6h->payload_len) + MSS_OPT);
	}
}

/**
 * espgw_mss_syn() - lower what a SYN offers to what fits
 * @sa: the SA that the packet takes or came by
 * @skb: a TCP segment with SYN, not a fragment, not shared; its data may move
 * @nh: where its IP header begins, bytes from skb->data
 * @above: bytes of the tunnels that it is in; 0: none. In one, no option is put
 *	in: that would make all of them longer
 * @v: what it is; its length is put right if an option had to be put in
 *
 * Both ways, since an offer binds the other side's segments and either side's
 * may be the first to be too big.
 *
 * Context: under RCU, bottom halves off. Return: 0, or -ENOMEM: drop it.
 */
int espgw_mss_syn(struct espgw_sa *sa, struct sk_buff *skb, unsigned int nh,
		  unsigned int above, struct espgw_view *v)
{
	unsigned int off = nh + v->hdr_len, room = 0;
	unsigned int len = v->len - v->hdr_len;
	u16 mss = mss_of(sa, v->tos >> 2, v->family, above);
	bool partial;

	if (!mss)
		return 0;
	/* Link-layer padding is where an option may have to go. */
	if (!above && skb->len - nh > v->len && pskb_trim(skb, nh + v->len))
		return -ENOMEM;
	if (!above && len <= TCP_HDR_MAX) {
		if (skb_linearize_cow(skb))
			return -ENOMEM;
		if (skb_tailroom(skb) < MSS_OPT &&
		    pskb_expand_head(skb, 0, MSS_OPT, GFP_ATOMIC))
			return -ENOMEM;
		room = skb_tailroom(skb);
	} else {
		/* Or with data behind it: no option can be put in. */
		len = min_t(unsigned int, len, TCP_HDR_MAX);
		if (skb_ensure_writable(skb, off + len))
			return -ENOMEM;
	}
	partial = skb->ip_summed == CHECKSUM_PARTIAL &&
		  skb_checksum_start_offset(skb) == off;
	switch (espgw_mss_clamp(skb->data + off, len, room, mss, v->family,
				partial)) {
	case ESPGW_MSS_NONE:
		return 0;
	case ESPGW_MSS_INSERTED:
		__skb_put(skb, MSS_OPT);
		v->len += MSS_OPT;
		grow_header(skb, nh, v->family);
		break;
	case ESPGW_MSS_LOWERED:
		break;
	}
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	espgw_count(sa->en, ESPGW_STATS_A_MSS_ADJUSTED);
	return 0;
}
