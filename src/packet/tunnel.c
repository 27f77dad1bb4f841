// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of tunnel devices above an SA, as what is inside of them: GRE, IPIP,
 * IPv6 in IPv4 and the other ways round.
 */
#include "packet/tunnel.h"

#include "core/df.h"
#include "core/tunnel.h"
#include "packet/mss.h"
#include "table/fit.h"

/* The beginning of a packet that is looked at, bytes. */
#define HEADERS_MAX	128

/* @in: receives the innermost packet. Return: where it begins, from @nh; 0: none. */
static unsigned int inmost(struct sk_buff *skb, unsigned int nh,
			   const struct espgw_view *v, struct espgw_view *in)
{
	if (!pskb_may_pull(skb, min(skb->len, nh + HEADERS_MAX)))
		return 0;
	*in = *v;
	return espgw_tunnel_inmost(in, skb->data + nh, skb_headlen(skb) - nh);
}

/**
 * espgw_tunnel_out() - go by what is inside of a tunnel device's packet
 * @p: the packet, and the SA that it is to take; its skb is not shared, and its
 *	data may move
 *
 * Linux' devices set DF on all that they make, so as to learn of the path MTU.
 * Who has sent what is inside does not know of that: where it has no DF, its view
 * has none from here on, and the packet may be cut. The device's peer puts it
 * together. A SYN inside offers what fits.
 *
 * Context: under RCU, bottom halves off. Return: 0, or the reason to drop it.
 */
int espgw_tunnel_out(struct espgw_pkt *p)
{
	struct espgw_view in;
	unsigned int off = inmost(p->skb, p->nh, &p->view, &in);

	if (!off)
		return 0;
	/* What another host has made has its DF from that. */
	if (p->view.df &&
	    espgw_is_local(p->en, p->skb->dev, &p->view.src, p->view.family))
		p->view.df = espgw_df_outer(ESPGW_DF_COPY, in.family, in.df,
					    in.len);
	return espgw_mss_inside(p->sa, p->skb, p->nh + off, off, &in) ?
		ESPGW_STATS_A_DROP_OUT_NOMEM : 0;
}

/**
 * espgw_tunnel_in() - a SYN in a tunnel's packet that has arrived offers what fits
 * @sa: the SA that it came by
 * @skb: the packet, skb->data at its IP header, not shared; its data may move
 * @v: what it is, a tunnel's or not
 *
 * Context: under RCU, bottom halves off. Return: 0, or -ENOMEM: drop it.
 */
int espgw_tunnel_in(struct espgw_sa *sa, struct sk_buff *skb,
		    const struct espgw_view *v)
{
	struct espgw_view in;
	unsigned int off = inmost(skb, 0, v, &in);

	return off ? espgw_mss_inside(sa, skb, off, off, &in) : 0;
}
