// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: netfilter's ingress hook, of devices attached or not. By those that
 * are our ESP is decrypted; clear text that should not be is dropped by all.
 */
#include "hook/ingress.h"

#include <linux/etherdevice.h>
#include <linux/if_pppox.h>
#include <linux/if_vlan.h>
#include <linux/ppp_defs.h>
#include <net/ip.h>
#include <net/mpls.h>

#include "base/event.h"
#include "packet/admit.h"
#include "packet/decap.h"
#include "packet/icmp.h"
#include "packet/output.h"
#include "packet/tunnel.h"
#include "packet/vfr.h"
#include "table/device.h"
#include "table/fit.h"
#include "table/natt.h"

static unsigned int receive(struct espgw_pkt *p);

/* An aggregate that ESP is in: each of its packets for itself. */
static noinline unsigned int aggregate(struct espgw_pkt *p)
{
	struct espgw_pkt one = { .en = p->en, .ed = p->ed };
	struct sk_buff *seg, *next;

	skb_list_walk_safe(espgw_decap_cut(p), seg, next) {
		skb_mark_not_on_list(seg);
		one.skb = seg;
		one.nh = 0;
		one.sa = NULL;
		if (!espgw_skb_view(&one.view, seg, 0))
			espgw_pkt_drop(&one, ESPGW_STATS_A_DROP_IN_MALFORMED);
		else if (receive(&one) == NF_ACCEPT)
			espgw_output_on(one.skb);
	}
	return NF_STOLEN;
}

/*
 * A peer's NAT keepalive is for nobody (RFC 3948 2.3): where no daemon listens,
 * the stack would answer that the port is closed. One that is only forwarded
 * here is others'.
 */
static bool is_keepalive(const struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;
	const u8 *payload;
	u8 buf;

	if (v->len != v->hdr_len + sizeof(struct udphdr) + 1 ||
	    !espgw_natt_is_port(p->en, v->dport))
		return false;
	payload = skb_header_pointer(p->skb, v->len - 1, 1, &buf);
	return payload && *payload == 0xff &&
	       espgw_is_local(p->en, p->skb->dev, &v->dst, v->family);
}

/* What the policies say of what has come in clear, and is not xfrm's to judge. */
static __always_inline enum espgw_admit judge(struct espgw_pkt *p,
					      struct espgw_policy **policy)
{
	enum espgw_admit verdict;

	verdict = espgw_pkt_admit(p, ESPGW_DIR_IN, ESPGW_ORIGIN_CLEAR, policy);
	if (likely(verdict == ESPGW_ADMIT_PASS) ||
	    espgw_pkt_is_xfrms(p, *policy))
		return ESPGW_ADMIT_PASS;
	return espgw_pkt_admit_at(p->ed, verdict);
}

/* May it arrive in clear? RFC 4301 5.2. */
static unsigned int admit_clear(struct espgw_pkt *p)
{
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	if (espgw_spd_is_empty(&p->en->spd) ||
	    espgw_pkt_is_uncovered(p->en, p->skb, p->nh,
				   p->view.family == 4 ? htons(ETH_P_IP) :
							 htons(ETH_P_IPV6),
				   true, true) ||
	    espgw_secpath_is_ours(p->skb))
		return NF_ACCEPT;
	verdict = judge(p, &policy);
	if (likely(verdict == ESPGW_ADMIT_PASS))
		verdict = espgw_tunnel_inside(p, ESPGW_DIR_IN);
	if (likely(verdict == ESPGW_ADMIT_PASS))
		return NF_ACCEPT;
	if (verdict == ESPGW_ADMIT_CLEARTEXT)
		espgw_alert_at(p->ed, ESPGW_ALERT_CLEARTEXT, &p->view);
	return espgw_pkt_drop(p, espgw_admit_reason(ESPGW_DIR_IN, verdict));
}

/* The stack drops what its header's checksum is wrong of, and counts it. */
static bool header_ok(const struct espgw_pkt *p)
{
	return p->view.family != 4 ||
	       likely(!ip_fast_csum(p->skb->data, ip_hdr(p->skb)->ihl));
}

static unsigned int admit_fragment(struct espgw_pkt *p)
{
	unsigned int verdict = admit_clear(p);

	if (verdict == NF_ACCEPT &&
	    unlikely(!espgw_vfrq_pass(espgw_dev_vfr(p->ed, ESPGW_DIR_IN),
				      &p->view, NULL)))
		return espgw_pkt_drop(p, ESPGW_STATS_A_DROP_IN_VFR);
	return verdict;
}

/*
 * A fragment, by the ports of its datagram's first one (RFC 4301 7). When that
 * comes, it goes on in the reception under way, before those that have waited.
 */
static noinline unsigned int fragment(struct espgw_pkt *p)
{
	struct sk_buff_head released;
	unsigned int verdict;
	u32 sa_id;

	if (!header_ok(p))
		return NF_ACCEPT;
	__skb_queue_head_init(&released);
	if (!espgw_vfrq_take(espgw_dev_vfr(p->ed, ESPGW_DIR_IN), p->skb, 0,
			     &p->view, NULL, &released))
		return NF_STOLEN;
	verdict = admit_fragment(p);
	while ((p->skb = __skb_dequeue(&released))) {
		if (!espgw_vfrq_view(&p->view, p->skb, &p->nh, &sa_id))
			espgw_pkt_drop(p, ESPGW_STATS_A_DROP_IN_MALFORMED);
		else if (admit_fragment(p) == NF_ACCEPT)
			espgw_output_up(p->en, p->skb);
	}
	return verdict;
}

/* UDP, whole, which does not begin with ESP for us. True: that is its end. */
static bool of_natt(struct espgw_pkt *p, unsigned int *verdict)
{
	if (unlikely(skb_is_gso(p->skb)) && espgw_decap_find_among(p)) {
		*verdict = aggregate(p);
		return true;
	}
	if (likely(!is_keepalive(p)))
		return false;
	espgw_count(p->en, ESPGW_STATS_A_IN_KEEPALIVE);
	consume_skb(p->skb);
	*verdict = NF_STOLEN;
	return true;
}

/* What is no ESP for us: in clear, and may be what somebody else has to say. */
static unsigned int not_ours(struct espgw_pkt *p)
{
	unsigned int verdict;

	if (unlikely(p->view.is_frag)) {
		if (espgw_secpath_is_ours(p->skb))
			return NF_ACCEPT;
		/* Nobody else says that it was decrypted. */
		espgw_origin_forget(p->skb);
		if (espgw_vfrq_wants(espgw_dev_vfr(p->ed, ESPGW_DIR_IN),
				     &p->view) &&
		    (!p->ed->watched ||
		     espgw_pkt_is_judged_by_ports(p, ESPGW_DIR_IN)))
			return fragment(p);
	} else if (p->view.proto == IPPROTO_UDP) {
		if (espgw_natt(p->en) && p->view.has_ports &&
		    of_natt(p, &verdict))
			return verdict;
	} else if (p->view.proto == IPPROTO_ICMP ||
		   p->view.proto == IPPROTO_ICMPV6) {
		espgw_icmp_input(p->en, p->skb, &p->view);
	}
	return admit_clear(p);
}

/* Ours or not; p->skb, not shared, and its view. */
static __always_inline unsigned int take(struct espgw_pkt *p)
{
	int reason;

	/* ESP in fragments comes back at LOCAL_IN. */
	if (likely(!p->view.is_frag && espgw_decap_find(p))) {
		if (!header_ok(p))
			return NF_ACCEPT;
		reason = espgw_decap(p);
		if (likely(!reason))
			return espgw_output_deliver(p);
		if (unlikely(reason == -EMSGSIZE))
			return aggregate(p);
		if (reason > 0)
			espgw_drop(p->en, p->skb, reason);
		return NF_STOLEN;
	}
	return not_ours(p);
}

static noinline unsigned int receive(struct espgw_pkt *p)
{
	return take(p);
}

/* The clone comes back as a packet of its own. */
static unsigned int shared(struct espgw_net *en, struct sk_buff *skb)
{
	skb = espgw_skb_own(skb);
	if (skb)
		espgw_output_again(en, skb);
	else
		espgw_count(en, ESPGW_STATS_A_DROP_IN_NOMEM);
	return NF_STOLEN;
}

/*
 * Behind MPLS labels, which this host may take off: it goes on with what is there
 * past these hooks, by loopback, another device or a VRF. So it is judged as if it
 * had come without; wherever the labels lead, for only the stack knows.
 */
static noinline unsigned int labelled(struct espgw_dev *ed, struct sk_buff *skb)
{
	struct espgw_pkt p = { .en = ed->en, .ed = ed, .skb = skb };
	__be16 proto;

	if (skb->pkt_type == PACKET_OTHERHOST ||
	    espgw_spd_is_empty(&ed->en->spd) ||
	    !espgw_skb_behind_labels(skb, &p.nh, &proto) ||
	    espgw_pkt_is_uncovered(ed->en, skb, p.nh, proto, true, true))
		return NF_ACCEPT;
	if (skb_shared(skb))
		return shared(ed->en, skb);
	if (!espgw_skb_view(&p.view, skb, p.nh))
		return ed->watched && espgw_pkt_is_elsewhere(&p, true) ?
		       NF_ACCEPT :
		       espgw_pkt_drop(&p, ESPGW_STATS_A_DROP_IN_MALFORMED);
	return admit_clear(&p);
}

/*
 * Whose a frame is: the device's, or the bridge's that it is a port of; NULL: another
 * host's, or everybody's by a bridge, which hands it to its other ports as well.
 */
static struct net_device *recipient(const struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (!netif_is_bridge_port(dev))
		return skb->pkt_type == PACKET_OTHERHOST ? NULL : dev;
	dev = netdev_master_upper_dev_get_rcu(dev);
	if (dev && (skb->pkt_type == PACKET_HOST ||
		    ether_addr_equal(eth_hdr(skb)->h_dest, dev->dev_addr)))
		return dev;
	return NULL;
}

/* The VLAN device of a frame's tag; NULL: none in this namespace. */
static struct net_device *vlan_of(struct net_device *dev, __be16 proto, u16 tci)
{
	struct net_device *vlan = NULL;

	if (!(tci & VLAN_VID_MASK))
		return dev;
	if (dev)
		vlan = __vlan_find_dev_deep_rcu(dev, proto, tci & VLAN_VID_MASK);
	return vlan && net_eq(dev_net(vlan), dev_net(dev)) ? vlan : NULL;
}

/*
 * Where IP begins behind tags and PPPoE; @nh: bytes from skb->data; @dev: in and out: the
 * device whose it is, below PPPoE, or NULL.
 */
static bool find_ip(const struct sk_buff *skb, unsigned int *nh, __be16 *proto,
		    struct net_device **dev)
{
	const struct vlan_hdr *vh;
	const __be16 *ppp;
	struct vlan_hdr _vh;
	__be16 _ppp;

	if (skb_vlan_tag_present(skb))
		*dev = vlan_of(*dev, skb->vlan_proto, skb_vlan_tag_get(skb));
	while (eth_type_vlan(*proto)) {
		vh = skb_header_pointer(skb, *nh, sizeof(_vh), &_vh);
		if (!vh)
			return false;
		*dev = vlan_of(*dev, *proto, ntohs(vh->h_vlan_TCI));
		*proto = vh->h_vlan_encapsulated_proto;
		*nh += VLAN_HLEN;
	}
	if (*proto == htons(ETH_P_PPP_SES)) {
		ppp = skb_header_pointer(skb, *nh + sizeof(struct pppoe_hdr),
					 sizeof(_ppp), &_ppp);
		if (!ppp)
			return false;
		*proto = *ppp == htons(PPP_IP) ? htons(ETH_P_IP) :
			 *ppp == htons(PPP_IPV6) ? htons(ETH_P_IPV6) : 0;
		*nh += PPPOE_SES_HLEN;
	}
	return *proto == htons(ETH_P_IP) || *proto == htons(ETH_P_IPV6);
}

/*
 * Of a VLAN, of the bridge that this is a port of, or in PPPoE: there are devices for that,
 * with hooks of their own. But a flow table of this one takes tags and headers off, and
 * sends on what is inside past those. It leaves fragments and ICMP alone.
 */
static noinline unsigned int wrapped(struct espgw_dev *ed, struct sk_buff *skb)
{
	struct espgw_pkt p = { .en = ed->en, .skb = skb };
	struct net_device *dev = skb->dev, *its = recipient(skb);
	__be16 proto = skb->protocol;
	unsigned int verdict;

	if (!its || espgw_spd_is_empty(&ed->en->spd) ||
	    !find_ip(skb, &p.nh, &proto, &its) || !its ||
	    espgw_pkt_is_uncovered(ed->en, skb, p.nh, proto, true, true))
		return NF_ACCEPT;
	p.ed = espgw_hooked_find_rcu(ed->en, its->ifindex);
	if (!p.ed)
		return NF_ACCEPT;
	if (skb_shared(skb))
		return shared(ed->en, skb);
	if (!espgw_skb_view(&p.view, skb, p.nh) || p.view.is_frag ||
	    p.view.proto == IPPROTO_ICMP || p.view.proto == IPPROTO_ICMPV6)
		return NF_ACCEPT;
	skb->dev = its;
	verdict = admit_clear(&p);
	if (verdict == NF_ACCEPT)
		skb->dev = dev;
	return verdict;
}

/*
 * Not IP; or for another host; or with something around it. Behind a priority tag
 * (VLAN 0) the stack takes off another one after this hook, and would go on with what is
 * in there on this device.
 */
static unsigned int pass_over(struct espgw_dev *ed, struct sk_buff *skb)
{
	struct espgw_net *en = ed->en;
	const struct vlan_hdr *vh;
	struct vlan_hdr _vh;

	if ((skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)) ||
	    skb->protocol == htons(ETH_P_PPP_SES) ||
	    netif_is_bridge_port(skb->dev))
		return wrapped(ed, skb);
	if (eth_p_mpls(skb->protocol))
		return labelled(ed, skb);
	if (likely(!eth_type_vlan(skb->protocol)) ||
	    espgw_spd_is_empty(&en->spd))
		return NF_ACCEPT;
	vh = skb_header_pointer(skb, 0, sizeof(_vh), &_vh);
	if (vh && vh->h_vlan_TCI & htons(VLAN_VID_MASK))
		return wrapped(ed, skb);
	espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_MALFORMED);
	return NF_STOLEN;
}

/* It is IP, for this host to receive or to forward, and by this device. */
static __always_inline bool is_for_stack(const struct sk_buff *skb)
{
	return (skb->protocol == htons(ETH_P_IP) ||
		skb->protocol == htons(ETH_P_IPV6)) &&
	       skb->pkt_type != PACKET_OTHERHOST &&
	       !(skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb));
}

/*
 * Neither ESP nor, by what its header says, anything that may be in UDP: if no
 * policy covers it, nothing here is for it.
 */
static __always_inline bool is_others(const struct espgw_net *en,
				      const struct sk_buff *skb)
{
	u8 proto;

	if (skb_headlen(skb) < sizeof(struct iphdr))
		return false;
	proto = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						   ipv6_hdr(skb)->nexthdr;
	return proto != IPPROTO_ESP &&
	       (proto != IPPROTO_UDP || !espgw_natt(en)) &&
	       espgw_pkt_is_uncovered(en, skb, 0, skb->protocol, true, true);
}

/*
 * What may be ESP, or covered. A function of its own, so that what is others' pays
 * for no frame on the stack.
 */
static noinline unsigned int look(struct espgw_dev *ed, struct sk_buff *skb)
{
	struct espgw_net *en = ed->en;
	struct espgw_pkt p __uninitialized;

	if (unlikely(skb_shared(skb)))
		return shared(en, skb);

	p.en = en;
	p.ed = ed;
	p.skb = skb;
	p.nh = 0;
	p.sa = NULL;
	if (unlikely(!espgw_skb_view(&p.view, skb, 0))) {
		if (espgw_spd_is_empty(&en->spd))
			return NF_ACCEPT;
		return espgw_pkt_drop(&p, ESPGW_STATS_A_DROP_IN_MALFORMED);
	}

	return take(&p);
}

/**
 * espgw_ingress() - NF_NETDEV_INGRESS of an attached device
 * @priv: struct espgw_dev
 * @skb: a packet that arrived, skb->data at its network header
 * @state: netfilter's
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with @skb as it was
 * or as the inner packet; NF_STOLEN.
 */
unsigned int espgw_ingress(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct espgw_dev *ed = priv;

	if (unlikely(!is_for_stack(skb)))
		return pass_over(ed, skb);
	if (is_others(ed->en, skb))
		return NF_ACCEPT;
	return look(ed, skb);
}

/**
 * espgw_ingress_late() - a packet has come that did not meet espgw_ingress()
 * @ed: the device that it came by
 * @skb: the packet, skb->data at its IP header, not shared
 *
 * Where it is ESP of ours, it will meet LOCAL_IN.
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, or NF_STOLEN.
 */
unsigned int espgw_ingress_late(struct espgw_dev *ed, struct sk_buff *skb)
{
	struct espgw_pkt p = { .en = ed->en, .ed = ed, .skb = skb };

	if (!espgw_skb_view(&p.view, skb, 0))
		return espgw_spd_is_empty(&ed->en->spd) ||
		       (ed->watched && espgw_pkt_is_elsewhere(&p, true)) ?
		       NF_ACCEPT :
		       espgw_pkt_drop(&p, ESPGW_STATS_A_DROP_IN_MALFORMED);
	if (!p.view.is_frag && espgw_decap_find(&p))
		return NF_ACCEPT;
	return not_ours(&p);
}

/*
 * What comes by a port of a bridge or of a bond is not this device's: it goes on
 * by the bridge's or the bond's own, which is watched as well, or by another port.
 * By a VRF's only this host's own comes, as by loopback.
 */
static bool is_judged_elsewhere(const struct net_device *dev)
{
	return netif_is_any_bridge_port(dev) || netif_is_lag_port(dev) ||
	       netif_is_l3_master(dev);
}

/**
 * espgw_ingress_decide() - may a packet in clear arrive
 * @p: the packet: its en, ed, skb, nh and view; not a fragment
 * @policy: result: the policy that it meets, or NULL
 *
 * Nothing is dropped, told or counted.
 *
 * Context: under RCU. Return: ESPGW_ADMIT_PASS if it may.
 */
enum espgw_admit espgw_ingress_decide(struct espgw_pkt *p,
				      struct espgw_policy **policy)
{
	*policy = NULL;
	if (p->ed->watched && is_judged_elsewhere(p->skb->dev))
		return ESPGW_ADMIT_PASS;
	return judge(p, policy);
}

/**
 * espgw_guard_in() - NF_NETDEV_INGRESS of a device that is not attached
 * @priv: struct espgw_dev
 * @skb: a packet that arrived, skb->data at its network header
 * @state: netfilter's
 *
 * What should have come protected is dropped here as well. What was decrypted on
 * a device below this one has been judged there.
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, NF_STOLEN.
 */
unsigned int espgw_guard_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct espgw_dev *ed = priv;
	struct espgw_net *en = ed->en;

	if (unlikely(!is_for_stack(skb)))
		return is_judged_elsewhere(skb->dev) && !netif_is_bridge_port(skb->dev) ?
		       NF_ACCEPT : pass_over(ed, skb);
	if (likely(espgw_pkt_is_uncovered(en, skb, 0, skb->protocol, true,
					  false)))
		return NF_ACCEPT;
	if (netif_is_bridge_port(skb->dev))
		return wrapped(ed, skb);
	if (is_judged_elsewhere(skb->dev) || espgw_secpath_is_ours(skb))
		return NF_ACCEPT;
	return skb_shared(skb) ? shared(en, skb) : espgw_ingress_late(ed, skb);
}
