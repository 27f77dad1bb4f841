// SPDX-License-Identifier: GPL-2.0
/* The way out: netfilter's egress hook, of devices attached or not. */
#include "hook/egress.h"

#include <linux/etherdevice.h>
#include <linux/if_pppox.h>
#include <linux/if_vlan.h>
#include <linux/netfilter_netdev.h>
#include <linux/ppp_defs.h>
#include <net/mpls.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "base/event.h"
#include "packet/admit.h"
#include "packet/output.h"
#include "packet/protect.h"
#include "packet/tunnel.h"
#include "packet/vfr.h"
#include "table/adopt.h"
#include "table/flow.h"

/*
 * How a packet meets a hook.
 * PLAIN: an attached device's, its IP header behind the link-layer header
 * WRAPPED: an attached device's, behind tags and labels of that and of its route
 * GUARDED: about to leave by a device that is not attached, or with another's tag
 */
enum met { PLAIN, WRAPPED, GUARDED };

/* Is the tag in a frame that of the device that it leaves by, or only a priority? */
static bool is_own_tag(const struct net_device *dev, __be16 tci)
{
	u16 id = ntohs(tci) & VLAN_VID_MASK;

	return !id || (is_vlan_dev(dev) && id == vlan_dev_vlan_id(dev));
}

/* This host's own route has put labels there; others' are switched by theirs. */
static bool is_behind_labels(const struct sk_buff *skb, unsigned int *nh,
			     __be16 *proto)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && dst->lwtstate && espgw_skb_behind_labels(skb, nh, proto);
}

/*
 * Where IP begins behind VLAN tags, MPLS labels and PPPoE; @nh: bytes from
 * skb->data; @own: there is nothing before it but what the device itself, and the
 * packet's route, have put there.
 */
static noinline bool find_ip(const struct sk_buff *skb, unsigned int *nh,
			     __be16 *proto, bool *own)
{
	const struct vlan_hdr *vh;
	const __be16 *ppp;
	struct vlan_hdr _vh;
	__be16 _ppp;

	*own = !skb_vlan_tag_present(skb) || !skb_vlan_tag_get_id(skb);
	if (eth_p_mpls(*proto))
		return is_behind_labels(skb, nh, proto);
	if (*proto == htons(ETH_P_IP) || *proto == htons(ETH_P_IPV6))
		return true;
	if (skb->dev->type != ARPHRD_ETHER)
		return false;
	*nh = ETH_HLEN;
	while (eth_type_vlan(*proto)) {
		vh = skb_header_pointer(skb, *nh, sizeof(_vh), &_vh);
		if (!vh)
			return false;
		*own &= is_own_tag(skb->dev, vh->h_vlan_TCI);
		*proto = vh->h_vlan_encapsulated_proto;
		*nh += VLAN_HLEN;
	}
	if (eth_p_mpls(*proto))
		return is_behind_labels(skb, nh, proto);
	if (*proto == htons(ETH_P_PPP_SES)) {
		ppp = skb_header_pointer(skb, *nh + sizeof(struct pppoe_hdr),
					 sizeof(_ppp), &_ppp);
		if (!ppp)
			return false;
		*own = false;
		*proto = *ppp == htons(PPP_IP) ? htons(ETH_P_IP) :
			 *ppp == htons(PPP_IPV6) ? htons(ETH_P_IPV6) : 0;
		*nh += PPPOE_SES_HLEN;
	}
	return *proto == htons(ETH_P_IP) || *proto == htons(ETH_P_IPV6);
}

/* Is it sent by this host, or only bridged from one port to another? */
static bool is_sent_here(const struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev, *other;
	const u8 *from = skb_mac_header(skb) + ETH_ALEN;

	if (skb_dst(skb) || dev->type != ARPHRD_ETHER ||
	    !skb_mac_header_was_set(skb))
		return true;
	for_each_netdev_rcu(dev_net(dev), other)
		if (other->addr_len == ETH_ALEN &&
		    ether_addr_equal(other->dev_addr, from))
			return true;
	return false;
}

/* Offloaded flows have no route; what answers their senders goes by one. */
static void give_route(struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb;
	struct net_device *in;

	in = dev_get_by_index_rcu(p->en->net, skb->skb_iif);
	if (!skb_dst(skb) && in && p->view.family == 4)
		ip_route_input_noref(skb, p->view.dst.a[0], p->view.src.a[0],
				     p->view.tos, in);
}

/*
 * What NAT makes uncovered must not leave in clear for that. (Where such a flow
 * is to be protected as it was, it is to be exempt from NAT.) Nor must what a route
 * or a flow table has put into another packet.
 */
static unsigned int no_policy(struct espgw_pkt *p, enum met met)
{
	if (espgw_nat_was(p->skb) &&
	    espgw_pkt_was_covered(p)) {
		espgw_alert_at(p->ed, ESPGW_ALERT_NAT, &p->view);
		return espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_NAT);
	}
	if (espgw_tunnel_inside(p, ESPGW_DIR_OUT) != ESPGW_ADMIT_PASS)
		return espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_ENCAP);
	if (unlikely(p->view.family == 6) && !READ_ONCE(p->en->guard_off) &&
	    espgw_tunnel_hides(p))
		return espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_ENCAP);
	if (met == PLAIN)
		espgw_count(p->en, ESPGW_STATS_A_OUT_NO_POLICY);
	return NF_ACCEPT;
}

static __always_inline void count_policy(const struct espgw_pkt *p,
					 struct espgw_policy *policy)
{
	struct espgw_policy_stats *ps = this_cpu_ptr(policy->stats);

	u64_stats_inc(&ps->packets);
	u64_stats_add(&ps->bytes, p->view.len);
}

/* As its flow's last packet was; false: it is to be decided. */
static __always_inline bool is_decided(struct espgw_pkt *p)
{
	const struct espgw_flow *f;

	if (unlikely(!espgw_flow_is_plain(&p->view)))
		return false;
	p->flow_gen = espgw_flow_begin(p->en);
	f = espgw_flow_find(&p->flow_gen, &p->view, ESPGW_DIR_OUT,
			    p->skb->dev->ifindex, p->skb->mark);
	if (unlikely(!f || READ_ONCE(f->policy->left) ||
		     test_bit(ESPGW_SA_F_DEAD, &f->sa->flags)))
		return false;
	p->sa = f->sa;
	p->flow_hash = f->hash;
	count_policy(p, f->policy);
	return true;
}

/* By policy, whatever it is. Without a call on the way of whole packets. */
static __always_inline unsigned int classify(struct espgw_pkt *p)
{
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	if (likely(is_decided(p)))
		return espgw_protect_by(p);
	verdict = espgw_pkt_admit(p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR, &policy);
	if (!policy) {
		if (likely(verdict == ESPGW_ADMIT_PASS))
			return no_policy(p, PLAIN);
	} else if (verdict != ESPGW_ADMIT_FRAG_PORTS) {
		count_policy(p, policy);
	}
	if (likely(verdict == ESPGW_ADMIT_ENCRYPT))
		return espgw_protect(p, policy);
	if (verdict != ESPGW_ADMIT_PASS)
		return espgw_pkt_drop(p, espgw_admit_reason(ESPGW_DIR_OUT,
							    verdict));
	if (policy->action == ESPGW_ACTION_BYPASS)
		espgw_count(p->en, ESPGW_STATS_A_OUT_BYPASS);
	return NF_ACCEPT;
}

/* It was about to leave by another device, or with something around it. */
static unsigned int protect_aside(struct espgw_pkt *p,
				  struct espgw_policy *policy, enum met met)
{
	struct sk_buff *skb;

	if (met == GUARDED) {
		espgw_count(p->en, ESPGW_STATS_A_OUT_GUARDED);
		espgw_alert_at(p->ed, ESPGW_ALERT_GUARDED, &p->view);
	}
	skb = p->skb = espgw_skb_own(p->skb);
	if (!skb) {
		espgw_count(p->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return NF_STOLEN;
	}
	/* Without tags, labels and PPPoE, those of the way that it does not take. */
	if (met == GUARDED)
		__vlan_hwaccel_clear_tag(skb);
	skb->protocol = htons(p->view.family == 4 ? ETH_P_IP : ETH_P_IPV6);
	skb_set_network_header(skb, p->nh);
	p->alone = false;
	give_route(p);
	return espgw_protect(p, policy);
}

/* By policy, as far as it protects. */
static noinline unsigned int classify_aside(struct espgw_pkt *p, enum met met)
{
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	verdict = espgw_pkt_admit(p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR, &policy);
	verdict = espgw_pkt_admit_at(p->ed, verdict);
	switch (verdict) {
	case ESPGW_ADMIT_PASS:
		return policy ? NF_ACCEPT : no_policy(p, met);
	case ESPGW_ADMIT_ENCRYPT:
		if (!is_sent_here(p->skb))
			return NF_ACCEPT;
		count_policy(p, policy);
		return protect_aside(p, policy, met);
	default:
		return espgw_pkt_drop(p, espgw_admit_reason(ESPGW_DIR_OUT,
							    verdict));
	}
}

static __always_inline unsigned int judge(struct espgw_pkt *p, enum met met)
{
	return met == PLAIN ? classify(p) : classify_aside(p, met);
}

/*
 * A fragment, by the ports of its datagram's first one (RFC 4301 7). When that
 * comes, it leaves before those that have waited for it.
 */
static noinline unsigned int fragment(struct espgw_pkt *p, enum met met)
{
	struct sk_buff_head released;
	unsigned int verdict;
	u32 sa_id;

	p->alone = !skb_shared(p->skb);
	__skb_queue_head_init(&released);
	p->skb = espgw_skb_own(p->skb);
	if (!p->skb) {
		espgw_count(p->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return NF_STOLEN;
	}
	if (!espgw_vfrq_take(espgw_dev_vfr(p->ed, ESPGW_DIR_OUT), p->skb, p->nh,
			     &p->view, NULL, &released))
		return NF_STOLEN;
	if (likely(p->alone && skb_queue_empty(&released)))
		return judge(p, met);
	/* From here on none of them is in the transmission under way. */
	p->alone = false;
	for (;;) {
		verdict = judge(p, met);
		if (verdict == NF_ACCEPT)
			espgw_output_clear(p->skb);
		do {
			p->sa = NULL;
			p->skb = __skb_dequeue(&released);
			if (!p->skb)
				return NF_STOLEN;
			if (espgw_vfrq_view(&p->view, p->skb, &p->nh, &sa_id))
				break;
			espgw_pkt_drop(p, ESPGW_STATS_A_DROP_OUT_MALFORMED);
		} while (true);
	}
}

/* By its addresses alone; @nh: where the IP header of @proto begins. */
static __always_inline bool is_passed_by(const struct espgw_dev *ed,
					 const struct sk_buff *skb,
					 unsigned int nh, __be16 proto)
{
	const struct espgw_vfrq *q = espgw_dev_vfr(ed, ESPGW_DIR_OUT);

	return espgw_pkt_is_uncovered(ed->en, skb, nh, proto, false,
				      READ_ONCE(q->follow)) &&
	       !espgw_nat_was(skb);
}

/* What a policy may cover; @nh: where the IP header begins. */
static __always_inline unsigned int look(struct espgw_dev *ed,
					 struct sk_buff *skb, unsigned int nh,
					 enum met met)
{
	struct espgw_pkt p __uninitialized;

	p.en = ed->en;
	p.ed = ed;
	p.skb = skb;
	p.nh = nh;
	p.sa = NULL;
	p.flow_gen = 0;
	p.flow_hash = 0;
	p.fresh_id = false;
	p.alone = true;
	if (unlikely(!espgw_skb_view(&p.view, skb, p.nh)))
		return met != PLAIN && espgw_pkt_is_elsewhere(&p, false) ?
		       NF_ACCEPT :
		       espgw_pkt_drop(&p, ESPGW_STATS_A_DROP_OUT_MALFORMED);

	if (unlikely(p.view.is_frag) &&
	    espgw_vfrq_wants(espgw_dev_vfr(ed, ESPGW_DIR_OUT), &p.view) &&
	    (met == PLAIN || espgw_pkt_is_judged_by_ports(&p, ESPGW_DIR_OUT)))
		return fragment(&p, met);
	return judge(&p, met);
}

/*
 * Functions of their own, so that what is passed by pays for no frame on the
 * stack.
 */
static noinline unsigned int look_plain(struct espgw_dev *ed,
					struct sk_buff *skb)
{
	return look(ed, skb, skb_network_offset(skb), PLAIN);
}

static noinline unsigned int look_aside(struct espgw_dev *ed,
					struct sk_buff *skb, unsigned int nh,
					enum met met)
{
	return look(ed, skb, nh, met);
}

/*
 * With a VLAN tag it is the VLAN device's packet: attach that one. A priority tag,
 * the tag of the device itself, and what its route puts around a packet are
 * nobody else's.
 */
static noinline unsigned int not_plain(struct espgw_dev *ed, struct sk_buff *skb)
{
	unsigned int nh = skb_network_offset(skb);
	__be16 proto = skb->protocol;
	bool own;

	if (espgw_spd_is_empty(&ed->en->spd) ||
	    !find_ip(skb, &nh, &proto, &own) ||
	    (!own && READ_ONCE(ed->en->guard_off)))
		return NF_ACCEPT;
	if (is_passed_by(ed, skb, nh, proto))
		return NF_ACCEPT;
	return look_aside(ed, skb, nh,
			  own && !ed->watched ? WRAPPED : GUARDED);
}

/**
 * espgw_egress() - NF_NETDEV_EGRESS of an attached device
 * @priv: struct espgw_dev
 * @skb: a packet that is about to leave, skb->data at its link-layer header
 * @state: netfilter's
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with @skb as it was
 * or as an ESP packet; NF_STOLEN.
 */
unsigned int espgw_egress(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct espgw_dev *ed = priv;

	if ((skb->protocol != htons(ETH_P_IP) &&
	     skb->protocol != htons(ETH_P_IPV6)) ||
	    (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)))
		return not_plain(ed, skb);
	if (espgw_spd_is_empty(&ed->en->spd) &&
	    !READ_ONCE(espgw_dev_vfr(ed, ESPGW_DIR_OUT)->follow))
		return NF_ACCEPT;
	if (is_passed_by(ed, skb, skb_network_offset(skb), skb->protocol)) {
		espgw_count(ed->en, ESPGW_STATS_A_OUT_NO_POLICY);
		return NF_ACCEPT;
	}
	return look_plain(ed, skb);
}

/**
 * espgw_guard_out() - NF_NETDEV_EGRESS of a device that is not attached
 * @priv: struct espgw_dev
 * @skb: a packet that is about to leave, skb->data at its link-layer header
 * @state: netfilter's
 *
 * What a protect policy covers is encrypted here as well, and leaves by the outer
 * route.
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT, with @skb as it was;
 * NF_STOLEN.
 */
unsigned int espgw_guard_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	if (unlikely(skb->protocol != htons(ETH_P_IP) &&
		     skb->protocol != htons(ETH_P_IPV6)))
		return not_plain(priv, skb);
	if (is_passed_by(priv, skb, skb_network_offset(skb), skb->protocol))
		return NF_ACCEPT;
	return look_aside(priv, skb, skb_network_offset(skb), GUARDED);
}

/*
 * Connection tracking's entry of a new flow is put into its table when the packet
 * has left: and so it has, as far as the stack is concerned. What a helper has
 * changed is left to that.
 */
static bool end_tracking(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	const struct nf_ct_hook *hook = rcu_dereference(nf_ct_hook);
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct)
		return true;
	if (READ_ONCE(ct->status) & (IPS_SEQ_ADJUST | IPS_HELPER))
		return false;
	return nf_ct_is_confirmed(ct) ||
	       (hook && hook->confirm(skb) == NF_ACCEPT);
#else
	return true;
#endif
}

/**
 * espgw_egress_whole() - a packet that is too long for the device it is routed to
 * @en: namespace
 * @skb: the packet, at its IP header and with that device, before the stack has
 *	cut it
 *
 * What is to be protected is, as at the device's egress hook. Nothing else is
 * decided here: that will see it, whole or in pieces.
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT: it is the stack's;
 * NF_STOLEN.
 */
unsigned int espgw_egress_whole(struct espgw_net *en, struct sk_buff *skb)
{
	int ifindex = skb->dev->ifindex;
	struct espgw_pkt p = { .en = en, .skb = skb };
	struct espgw_policy *policy;
	bool watched;

	p.ed = espgw_dev_find_rcu(en, ifindex);
	watched = !p.ed;
	if (watched)
		p.ed = xa_load(&en->guards, ifindex);
	if (!p.ed || !espgw_skb_view(&p.view, skb, 0) ||
	    (p.view.is_frag &&
	     espgw_vfrq_wants(espgw_dev_vfr(p.ed, ESPGW_DIR_OUT), &p.view)))
		return NF_ACCEPT;
	if (espgw_pkt_admit(&p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR, &policy) !=
	    ESPGW_ADMIT_ENCRYPT || !end_tracking(skb))
		return NF_ACCEPT;
	count_policy(&p, policy);
	return watched ? protect_aside(&p, policy, GUARDED) :
			 espgw_protect(&p, policy);
}

/*
 * Its sender has done what it could: a local one, who leaves it to the stack to
 * cut it, or one whose fragments were put together here. IPv4 with DF=0 is cut
 * here as well.
 */
static bool is_to_be_cut(const struct espgw_pkt *p)
{
	const struct sk_buff *skb = p->skb;
	bool was_cut = p->view.family == 4 ? IPCB(skb)->frag_max_size :
					     IP6CB(skb)->frag_max_size;

	return (was_cut || skb->ignore_df) && p->view.df &&
	       !skb_is_gso(skb) && skb->len > dst_mtu(skb_dst(skb));
}

/**
 * espgw_egress_bundle() - a packet that xfrm is about to encrypt
 * @en: namespace
 * @skb: the packet, at its IP header; its route is a bundle of xfrm's
 *
 * Where the state has been adopted, and is all there is in the bundle, it is
 * encrypted here. What was ended for xfrm, or is not known here, is xfrm's.
 *
 * Context: under RCU, bottom halves off. Return: NF_ACCEPT: xfrm encrypts it;
 * NF_STOLEN.
 */
unsigned int espgw_egress_bundle(struct espgw_net *en, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb), *child = xfrm_dst_child(dst);
	struct espgw_pkt p = { .en = en, .skb = skb };
	struct xfrm_state *x = dst_xfrm(dst);
	u16 family = x->props.family;
	struct espgw_sa_key key = {
		.spi = x->id.spi,
		.family = family == AF_INET ? 4 : 6,
		.dir = ESPGW_DIR_OUT,
	};

	espgw_addr_from_xfrm(&key.dst, &x->id.daddr, family);
	p.sa = espgw_sa_find(en, &key);
	if (!p.sa || p.sa->x != x || test_bit(ESPGW_SA_F_DEAD, &p.sa->flags))
		return NF_ACCEPT;
	if ((child && dst_xfrm(child)) || !espgw_skb_view(&p.view, skb, 0) ||
	    is_to_be_cut(&p) || !end_tracking(skb))
		return NF_ACCEPT;
	skb->dev = dst->dev;
	return espgw_protect_by(&p);
}
