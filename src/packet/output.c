// SPDX-License-Identifier: GPL-2.0
/*
 * The one place where packets leave: to the wire, or to the stack.
 *
 *   out, ESP    here    in the transmission under way: espgw_output_here()
 *               route   to the outer route's neighbour, cut if need be: espgw_output()
 *   out, clear  past    on from the hook that held it: espgw_output_clear()
 *   in          here    in the reception under way: NF_ACCEPT
 *               device  as if it had arrived by the device that it belongs to: there
 *                       as well, where nobody could tell; else in a reception anew
 *               GRO     aggregated first: espgw_output_deliver()
 *               on      where NF_ACCEPT would, past the hook: espgw_output_on()
 *               anew    as if it had just arrived: espgw_output_up(), or past no
 *                       hook: espgw_output_again()
 */
#include "packet/output.h"

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ndisc.h>
#include <net/netdev_rx_queue.h>
#include <net/route.h>
#include <net/sch_generic.h>

#include "table/natt.h"

#if !IS_ENABLED(CONFIG_NETFILTER_SKIP_EGRESS)
#error "espgw needs a kernel with CONFIG_NETFILTER_SKIP_EGRESS (NETFILTER_EGRESS and NET_CLS_ACT)"
#endif

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

/*
 * Known, but not confirmed of late: sending to it makes the stack ask whether it
 * is still there. While it is not known at all, packets wait for it.
 */
static noinline bool is_usable(struct neighbour *neigh)
{
	return READ_ONCE(neigh->nud_state) & NUD_VALID &&
	       !neigh_event_send(neigh, NULL);
}

/* Where none is cached, by the device: VLAN, tunnels that have none, IPv6's. */
static noinline bool build_link_header(struct sk_buff *skb,
				       struct neighbour *neigh)
{
	struct net_device *dev = neigh->dev;
	unsigned int seq;
	int err;

	/* The stack caches it when it sends: once by the neighbour, then. */
	if ((dev->header_ops->cache && !READ_ONCE(neigh->hh.hh_len)) ||
	    skb_headroom(skb) < dev->hard_header_len)
		return false;
	do {
		__skb_pull(skb, skb_network_offset(skb));
		seq = read_seqbegin(&neigh->ha_lock);
		err = dev_hard_header(skb, dev, ntohs(skb->protocol), neigh->ha,
				      NULL, skb->len);
	} while (read_seqretry(&neigh->ha_lock, seq));
	if (err < 0) {
		__skb_pull(skb, skb_network_offset(skb));
		return false;
	}
	skb_reset_mac_header(skb);
	return true;
}

/* The outer route's link-layer header, from the neighbour's cached one. */
static bool put_link_header(struct sk_buff *skb, u8 family)
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
	if (IS_ERR(neigh))
		return false;
	if (unlikely(!(READ_ONCE(neigh->nud_state) & NUD_CONNECTED)) &&
	    !is_usable(neigh))
		return false;
	hh = &neigh->hh;
	/* The cached header is for one ethertype; the gateway's family decides. */
	if (is_v6gw != (family == 6) && family == 4)
		return build_link_header(skb, neigh);
	do {
		seq = read_seqbegin(&hh->hh_lock);
		hh_len = READ_ONCE(hh->hh_len);
		hh_alen = HH_DATA_ALIGN(hh_len);
		if (unlikely(!hh_len))
			return build_link_header(skb, neigh);
		if (skb_headroom(skb) < hh_alen)
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

/**
 * espgw_output_here() - make an ESP packet ready for the transmission under way
 * @p: its skb from its IP header on, whose route leaves by the hook's device
 *
 * Context: under RCU, bottom halves off. Return: false if the neighbour's address
 * is not known, or its header not cached yet; nothing is changed then.
 */
bool espgw_output_here(struct espgw_pkt *p)
{
	if (unlikely(!put_link_header(p->skb, p->sa->key.family)))
		return false;
	/* The stack took the length before this hook. */
	qdisc_skb_cb(p->skb)->pkt_len = p->skb->len;
	return true;
}

/* One outer packet or fragment of it to the outer route's neighbour. */
static void output_one(struct espgw_net *en, struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? 4 : 6;
	struct net_device *dev = skb_dst(skb)->dev;
	struct neighbour *neigh;
	bool is_v6gw;

	skb->dev = dev;
	if (unlikely(skb_headroom(skb) < LL_RESERVED_SPACE(dev) &&
		     dev->header_ops)) {
		skb = skb_expand_head(skb, LL_RESERVED_SPACE(dev));
		if (!skb) {
			espgw_count(en, ESPGW_STATS_A_DROP_OUT_NOMEM);
			return;
		}
	}
	/* Policies were applied to what is inside: not again. */
	nf_skip_egress(skb, true);

	rcu_read_lock();
	neigh = find_neigh(skb, family, &is_v6gw);
	if (IS_ERR(neigh))
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_OUT_NO_ROUTE);
	else
		neigh_output(neigh, skb, is_v6gw);
	rcu_read_unlock();
}

/**
 * struct cut - an outer packet that is being cut
 * @ip4: IPv4: the stack's state of it
 * @ip6: IPv6: likewise
 * @left: bytes that are to come; of whichever it is
 */
struct cut {
	union {
		struct ip_frag_state ip4;
		struct ip6_frag_state ip6;
	};
	unsigned int *left;
};

static void cut_begin(struct cut *c, struct espgw_net *en, struct sk_buff *skb,
		      u8 family, u32 mtu)
{
	struct net_device *dev = skb_dst(skb)->dev;
	struct ipv6hdr *ip6h;

	if (family == 4) {
		ip_frag_init(skb, sizeof(struct iphdr), LL_RESERVED_SPACE(dev),
			     mtu - sizeof(struct iphdr), false, &c->ip4);
		c->left = &c->ip4.left;
		return;
	}
	ip6h = ipv6_hdr(skb);
	ip6_frag_init(skb, sizeof(*ip6h),
		      mtu - sizeof(*ip6h) - sizeof(struct frag_hdr),
		      dev->needed_tailroom, LL_RESERVED_SPACE(dev),
		      &ip6h->nexthdr, ip6h->nexthdr,
		      ipv6_select_ident(en->net, &ip6h->daddr, &ip6h->saddr),
		      &c->ip6);
	c->left = &c->ip6.left;
}

static struct sk_buff *cut_next(struct cut *c, struct sk_buff *skb, u8 family)
{
	return family == 4 ? ip_frag_next(skb, &c->ip4) :
			     ip6_frag_next(skb, &c->ip6);
}

/*
 * Cut an ESP packet to the path MTU that we know. The stack would cut it by its
 * own route's, which it lowers on the word of messages that nobody validated.
 */
static void output_cut(struct espgw_sa *sa, struct sk_buff *skb, u32 mtu)
{
	struct espgw_net *en = sa->en;
	struct sk_buff *n;
	struct cut c;

	espgw_sa_count(sa, ESPGW_SA_STAT_A_POSTFRAG);
	espgw_count(en, ESPGW_STATS_A_OUT_POSTFRAG);
	skb->dev = skb_dst(skb)->dev;
	/* Its socket may be of any kind: pieces are nobody's. */
	skb_orphan(skb);
	cut_begin(&c, en, skb, sa->key.family, mtu);
	while (*c.left) {
		n = cut_next(&c, skb, sa->key.family);
		if (IS_ERR(n)) {
			espgw_drop(en, skb, ESPGW_STATS_A_DROP_OUT_FRAGMENT);
			return;
		}
		espgw_skb_inherit(n, skb);
		output_one(en, n);
	}
	consume_skb(skb);
}

static bool is_cut(const struct sk_buff *skb, u32 frag_mtu)
{
	return unlikely(frag_mtu && skb->len > frag_mtu);
}

/**
 * espgw_output_pieces() - what espgw_output() would send, one by one
 * @sa: the SA
 * @skb: a packet as long as the SA's would be, from its IP header on, and with its
 *	route; not consumed, its own to change
 * @frag_mtu: fragment it if it is longer, bytes; 0: do not
 * @piece: called for each with its length, bytes
 * @with: for @piece
 *
 * Context: under RCU, bottom halves off. Return: 0 or -ENOMEM.
 */
int espgw_output_pieces(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu,
			void (*piece)(u32 len, void *with), void *with)
{
	struct sk_buff *n;
	struct cut c;

	if (!is_cut(skb, frag_mtu)) {
		piece(skb->len, with);
		return 0;
	}
	cut_begin(&c, sa->en, skb, sa->key.family, frag_mtu);
	while (*c.left) {
		n = cut_next(&c, skb, sa->key.family);
		if (IS_ERR(n))
			return -ENOMEM;
		piece(n->len, with);
		consume_skb(n);
	}
	return 0;
}

/**
 * espgw_output() - send an ESP packet by its route's neighbour
 * @sa: the SA that made it
 * @skb: the packet from its IP header on; consumed
 * @frag_mtu: fragment it if it is longer, bytes; 0: do not
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu)
{
	memset(skb->cb, 0, sizeof(skb->cb));
	if (likely(!is_cut(skb, frag_mtu)))
		output_one(sa->en, skb);
	else
		output_cut(sa, skb, frag_mtu);
}

/**
 * espgw_output_clear() - send on what the egress hook has held
 * @skb: a packet that may leave as it is; consumed
 *
 * In a transmission of its own, past the hook.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_output_clear(struct sk_buff *skb)
{
	nf_skip_egress(skb, true);
	dev_queue_xmit(skb);
}

/**
 * espgw_output_again() - have a packet arrive once more, at the hooks as well
 * @en: namespace
 * @skb: a packet as it has arrived; consumed
 *
 * Context: bottom halves off.
 */
void espgw_output_again(struct espgw_net *en, struct sk_buff *skb)
{
	if (netif_rx(skb) == NET_RX_DROP)
		espgw_count(en, ESPGW_STATS_A_DROP_IN_BACKLOG);
}

/* A link-layer header for whoever looks at it there: from nobody, to the device. */
static bool put_device_header(struct sk_buff *skb)
{
	struct ethhdr *eth;

	if (skb->dev->type != ARPHRD_ETHER) {
		skb_reset_mac_header(skb);
		return true;
	}
	if (skb_cow_head(skb, ETH_HLEN))
		return false;
	eth = __skb_push(skb, ETH_HLEN);
	eth_zero_addr(eth->h_source);
	ether_addr_copy(eth->h_dest, skb->dev->dev_addr);
	eth->h_proto = skb->protocol;
	skb_reset_mac_header(skb);
	__skb_pull(skb, ETH_HLEN);
	return true;
}

static void receive_aggregated(struct espgw_net *en, struct espgw_dev *ed,
			       struct sk_buff *skb)
{
	espgw_count(en, ESPGW_STATS_A_IN_GRO);
	if (gro_cells_receive(&ed->gro, skb) == NET_RX_DROP)
		espgw_count(en, ESPGW_STATS_A_DROP_IN_BACKLOG);
}

static bool is_to_aggregate(const struct sk_buff *skb)
{
	u8 proto = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						      ipv6_hdr(skb)->nexthdr;

	return proto == IPPROTO_TCP && skb->dev->features & NETIF_F_GRO;
}

/* Is one hook all that there is at a device's ingress? */
static bool has_one_hook(const struct net_device *dev)
{
	const struct nf_hook_entries *e = rcu_dereference(dev->nf_hooks_ingress);

	return e && e->num_hook_entries == 1;
}

/* May another processor go on with what arrives by a device? */
static bool is_steered(const struct net_device *dev)
{
#ifdef CONFIG_RPS
	/* The table of flows is a pointer in some kernels, a tagged one in others. */
	return rcu_access_pointer(dev->_rx->rps_map) ||
	       READ_ONCE(dev->_rx->rps_flow_table);
#else
	return false;
#endif
}

/*
 * May the hook of its own device have to do with a packet out of a tunnel? It
 * lets pass what was decrypted, unless that is ESP once more, or about ESP.
 */
static bool is_for_hook(const struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;

	if (v->is_frag)
		return false;
	switch (v->proto) {
	case IPPROTO_UDP:
		return espgw_natt_is_port(p->en, v->dport);
	case IPPROTO_ESP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return true;
	}
	return false;
}

/*
 * May a packet go on by its own device in the reception under way? If that has this
 * module's hook and nothing else to see that it did not arrive by itself: no tap,
 * program, classifier, or other hook; and if on the device that it came by nobody
 * behind this module's hook would see it there.
 */
static bool may_go_over(const struct espgw_pkt *p, struct net_device *dev)
{
	struct net_device *from = p->ed->dev;

	return has_one_hook(dev) && has_one_hook(from) &&
	       !dev_nit_active(dev) && list_empty(&from->ptype_specific) &&
	       !espgw_dev_has_classifier(dev) &&
	       !rcu_access_pointer(dev->xdp_prog) &&
	       !is_steered(dev) &&
	       !skb_vlan_tag_present(p->skb) && !is_for_hook(p);
}

/*
 * An inner packet that belongs to another device than its ESP came by: taps,
 * classifiers and firewall see it arrive there. That device's ingress hook knows
 * it by its security path. @p: it, in the reception under way; or NULL.
 */
static noinline unsigned int output_on_device(struct espgw_net *en,
					      struct sk_buff *skb,
					      const struct espgw_pkt *p)
{
	struct net_device *dev = skb->dev;
	struct espgw_dev *ed;

	if (!espgw_output_may_arrive(dev)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_DEVICE);
		return NF_STOLEN;
	}
	if (!put_device_header(skb)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_NOMEM);
		return NF_STOLEN;
	}
	skb_orphan(skb);
	skb_set_queue_mapping(skb, 0);
	if (espgw_dev_has_tstats(dev))
		dev_sw_netstats_rx_add(dev, skb->len);
	ed = espgw_dev_find_rcu(en, dev->ifindex);
	if (ed && is_to_aggregate(skb)) {
		receive_aggregated(en, ed, skb);
		return NF_STOLEN;
	}
	if (ed && p && may_go_over(p, dev)) {
		skb->skb_iif = dev->ifindex;
		skb_reset_mac_len(skb);
		return NF_ACCEPT;
	}
	espgw_output_again(en, skb);
	return NF_STOLEN;
}

/* The stack has noted by which device its ESP arrived. */
static bool belongs_elsewhere(const struct sk_buff *skb)
{
	return unlikely(skb->skb_iif != skb->dev->ifindex);
}

/**
 * espgw_output_up() - give a packet to the stack anew
 * @en: namespace
 * @skb: an inner packet, or one in clear that may pass; consumed
 *
 * For what could not go on in the reception that was under way. The ingress
 * hooks and classifiers have had it and are passed by, unless it is another
 * device's.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_output_up(struct espgw_net *en, struct sk_buff *skb)
{
	if (belongs_elsewhere(skb)) {
		output_on_device(en, skb, NULL);
		return;
	}
	skb->tc_skip_classify = 1;
	espgw_output_again(en, skb);
}

/**
 * espgw_output_on() - let a packet go on where NF_ACCEPT at the ingress hook would
 * @skb: an inner packet, or one in clear that may pass; consumed
 *
 * For one of several that a hook made of one, or that comes to the hook's verdict
 * later. Those that come next go on at once: it must not wait behind them.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_output_on(struct sk_buff *skb)
{
	skb->tc_skip_classify = 1;	/* taps, classifiers and hooks have had it */
	netif_receive_skb_core(skb);
}

/**
 * espgw_output_deliver() - give an inner packet to the stack
 * @p: a packet that was decrypted at the ingress hook of its device
 *
 * TCP is aggregated like what arrives in clear, where the device does so: its
 * further way is longer than the way to here. All of it, bulk or not, so that it
 * stays in order. Other packets go on in the reception under way.
 *
 * Context: under RCU, bottom halves off. Return: netfilter's verdict.
 */
unsigned int espgw_output_deliver(struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb;

	if (belongs_elsewhere(skb))
		return output_on_device(p->en, skb, p);
	if (!is_to_aggregate(skb))
		return NF_ACCEPT;
	skb->tc_skip_classify = 1;	/* it has been here */
	receive_aggregated(p->en, p->ed, skb);
	return NF_STOLEN;
}
