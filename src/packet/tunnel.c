// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of tunnel devices above an SA, as what is inside of them: GRE, IPIP,
 * IPv6 in IPv4 and the other ways round.
 */
#include "packet/tunnel.h"

#include <linux/if_arp.h>

#include "core/df.h"
#include "core/tunnel.h"
#include "packet/admit.h"
#include "packet/mss.h"
#include "table/device.h"
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

/* Would a policy have it protected? @dev: one for a device as well */
static bool would_protect(struct espgw_pkt *p, bool dev)
{
	struct espgw_policy *policy;

	switch (espgw_pkt_admit(p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR,
				&policy)) {
	case ESPGW_ADMIT_PASS:
	case ESPGW_ADMIT_DISCARD:
		return false;
	default:
		return dev || !policy || !policy->dev;
	}
}

static bool is_tunnel(u8 proto)
{
	return proto == IPPROTO_IPIP || proto == IPPROTO_IPV6 ||
	       proto == IPPROTO_ETHERNET;
}

/**
 * espgw_tunnel_hides() - has a route hidden from the policies what is to be protected
 * @p: a packet on its way out that no policy covers as it is: its en, ed, skb, nh and
 *	view
 *
 * Segment routing (RFC 8986 5) puts an IPv6 header around a packet before it comes to
 * a hook, or replaces its destination by the first segment. So it is judged once more by
 * where it goes in the end, and by what is in it, as deep as that can be seen. What
 * cannot be read is hidden if a policy may cover it, and so are later fragments of
 * tunnels that begin here.
 *
 * A tunnel device's packets look the same, but for a list of segments. What is in them
 * has met that device's hook, and policies with another device are not for it.
 *
 * Context: under RCU, bottom halves off. Return: true if so: it must not leave.
 */
bool espgw_tunnel_hides(const struct espgw_pkt *p)
{
	struct espgw_pkt in = { .en = p->en, .ed = p->ed, .skb = p->skb,
				.nh = p->nh, .view = p->view };
	unsigned int n, len;
	u8 buf[HEADERS_MAX];
	bool listed = false;
	int skip;

	if (p->view.hdr_len == sizeof(struct ipv6hdr) &&
	    !is_tunnel(p->view.proto))
		return false;
	for (n = 0; n <= ESPGW_TUNNELS_MAX; n++) {
		len = min_t(unsigned int, p->skb->len - in.nh, sizeof(buf));
		if (skb_copy_bits(p->skb, in.nh, buf, len) ||
		    (n && espgw_view(&in.view, buf, len, ESPGW_MTU_MAX +
				     ESPGW_IP6_HDR) != ESPGW_VIEW_OK))
			return !espgw_pkt_is_elsewhere(&in, false);
		skip = espgw_tunnel_end(&in.view, buf, len, &in.view.dst);
		if (skip < 0)
			return !espgw_pkt_is_elsewhere(&in, false);
		listed |= skip;
		if ((n || skip) && would_protect(&in, listed))
			return true;
		if (in.view.frag_off)
			return is_tunnel(in.view.proto) &&
			       espgw_is_local(p->en, p->skb->dev,
					      &p->view.src, p->view.family);
		in.nh += in.view.hdr_len;
		if (in.nh >= p->skb->len)
			return false;
		len = min_t(unsigned int, p->skb->len - in.nh, sizeof(buf));
		if (skb_copy_bits(p->skb, in.nh, buf, len))
			return true;
		skip = espgw_tunnel_skip(in.view.proto, buf, len);
		if (skip < 0 || in.nh + skip >= p->skb->len)
			return false;
		in.nh += skip;
	}
	return true;
}

/* The tunnel device between two addresses of a family; NULL: there is none. */
static struct net_device *device_between(const struct net *net, u8 family,
					 const struct espgw_addr *local,
					 const struct espgw_addr *remote)
{
	unsigned short type = family == 4 ? ARPHRD_TUNNEL : ARPHRD_TUNNEL6;
	size_t len = family == 4 ? sizeof(struct in_addr) :
				   sizeof(struct in6_addr);
	struct net_device *dev;

	for_each_netdev_rcu(net, dev)
		if (dev->type == type && !memcmp(dev->broadcast, remote, len) &&
		    (!memcmp(dev->dev_addr, local, len) ||
		     !memchr_inv(dev->dev_addr, 0, len)))
			return dev;
	return NULL;
}

/* Of what is inside, @p, at the hook of the device whose it is, if that has one. */
static enum espgw_admit judge_at(struct espgw_pkt *p, u8 dir,
				 struct net_device *tunnel)
{
	struct net_device *dev = p->skb->dev;
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	p->ed = espgw_hooked_find_rcu(p->en, tunnel->ifindex);
	if (!p->ed)
		return ESPGW_ADMIT_PASS;
	p->skb->dev = tunnel;
	verdict = espgw_pkt_admit(p, dir, ESPGW_ORIGIN_CLEAR, &policy);
	p->skb->dev = dev;
	if (dir == ESPGW_DIR_IN && espgw_pkt_is_xfrms(p, policy))
		return ESPGW_ADMIT_PASS;
	return espgw_pkt_admit_at(p->ed, verdict);
}

/**
 * espgw_tunnel_inside() - may what is in a tunnel's packet leave or arrive as it is
 * @p: a packet in clear, which may itself: its en, ed, skb, nh and view
 * @dir: enum espgw_dir
 *
 * Flow tables put IP in IP, and take it off, below the tunnel's device, whose hooks
 * never see what is inside (seen on Linux 7.3, not on 6.12). So here it meets what these
 * would say. What is cut has been through the stack, and so through those hooks: a flow
 * table leaves it alone.
 *
 * Context: under RCU, bottom halves off. Return: the decision.
 */
enum espgw_admit espgw_tunnel_inside(const struct espgw_pkt *p, u8 dir)
{
	struct espgw_pkt in = { .en = p->en, .ed = p->ed, .skb = p->skb,
				.nh = p->nh + p->view.hdr_len };
	const struct espgw_view *v = &p->view;
	bool out = dir == ESPGW_DIR_OUT;
	const struct espgw_addr *local = out ? &v->src : &v->dst;
	const struct espgw_addr *remote = out ? &v->dst : &v->src;
	struct net_device *tunnel;
	unsigned int len;
	u8 buf[HEADERS_MAX];

	if (likely(v->proto != (v->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6)) ||
	    v->is_frag || p->skb->len <= in.nh)
		return ESPGW_ADMIT_PASS;
	tunnel = device_between(dev_net(p->skb->dev), v->family, local, remote);
	if (!tunnel)
		return ESPGW_ADMIT_PASS;
	len = min_t(unsigned int, p->skb->len - in.nh, sizeof(buf));
	if (skb_copy_bits(p->skb, in.nh, buf, len) ||
	    espgw_view(&in.view, buf, len, ESPGW_MTU_MAX + ESPGW_IP6_HDR) !=
	    ESPGW_VIEW_OK)
		return espgw_pkt_is_elsewhere(&in, !out) ?
		       ESPGW_ADMIT_PASS : ESPGW_ADMIT_UNREADABLE;
	return judge_at(&in, dir, tunnel);
}
