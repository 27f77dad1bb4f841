// SPDX-License-Identifier: GPL-2.0
/* The way in: our ESP is decrypted, clear text that should not be is dropped. */
#include "hook/ingress.h"

#include <linux/if_vlan.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/esp.h>
#include <net/ip.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "packet/decap.h"
#include "table/device.h"
#include "packet/icmp.h"
#include "control/netlink.h"
#include "table/sad.h"
#include "packet/skb.h"
#include "table/spd.h"

/*
 * The inbound SA that a packet belongs to, and where its ESP header is. UDP is
 * ESP if no zero word follows the UDP header: that is IKE's marker (RFC 3948
 * 2.2), and one byte is a keepalive (2.3).
 */
static struct espgw_sa *find_sa(struct espgw_net *en, struct sk_buff *skb,
				const struct espgw_view *v,
				unsigned int *esp_off)
{
	struct espgw_sa_key key = { .family = v->family, .dir = ESPGW_DIR_IN };
	struct espgw_sa *sa;
	bool udp = false;

	*esp_off = v->hdr_len;
	if (v->proto == IPPROTO_UDP) {
		if (!v->has_ports || !READ_ONCE(en->natt_sas))
			return NULL;
		*esp_off += sizeof(struct udphdr);
		udp = true;
	} else if (v->proto != IPPROTO_ESP) {
		return NULL;
	}
	if (v->len < *esp_off + sizeof(struct ip_esp_hdr) ||
	    !pskb_may_pull(skb, *esp_off + sizeof(struct ip_esp_hdr)))
		return NULL;
	key.spi = *(__be32 *)(skb->data + *esp_off);
	if (!key.spi)
		return NULL;
	key.dst = v->dst;
	sa = espgw_sa_find(en, &key);
	if (!sa || udp != !!sa->encap_sport)
		return NULL;
	if (udp && ntohs(sa->encap_dport) != v->dport)
		return NULL;
	return sa;
}

/*
 * A peer's NAT keepalive is for nobody (RFC 3948 2.3): where no daemon listens,
 * the stack would answer that the port is closed. One that is only forwarded
 * here is others'.
 */
static bool is_keepalive(struct espgw_net *en, const struct sk_buff *skb,
			 const struct espgw_view *v)
{
	const u8 *p;
	u8 buf;

	if (v->proto != IPPROTO_UDP || !v->has_ports ||
	    v->len != v->hdr_len + sizeof(struct udphdr) + 1 ||
	    !smp_load_acquire(&en->natt_sas) ||
	    !test_bit(v->dport, en->natt_ports))
		return false;
	p = skb_header_pointer(skb, v->len - 1, 1, &buf);
	return p && *p == 0xff && espgw_path_is_local(en, &v->dst, v->family);
}

/* Were the fragments of a datagram let pass as they arrived? */
static bool let_pass(const struct espgw_policy *p, struct espgw_view v)
{
	v.is_frag = true;
	return espgw_policy_exempts(p, &v, true);
}

/*
 * May a packet arrive in clear? RFC 4301 5.2: not if the policy for what would
 * leave so says protect or discard. 0 or the reason to drop it. Of what was
 * @reassembled, other fragments than those let pass have come by the tunnel.
 */
static int check_clear(struct espgw_net *en, const struct sk_buff *skb,
		       const struct espgw_view *v, bool reassembled)
{
	struct espgw_policy *p;

	if (list_empty(&en->spd_shapes))
		return 0;
	switch (espgw_spd_lookup_skb(en, skb, 0, v, skb->dev->ifindex, true,
				     &p)) {
	case ESPGW_MATCH_NO:
		return 0;
	case ESPGW_MATCH_UNKNOWN:
		return ESPGW_STATS_A_DROP_IN_FRAG_PORTS;
	case ESPGW_MATCH_YES:
		break;
	}
	switch (p->cfg.action) {
	case ESPGW_ACTION_BYPASS:
		return 0;
	case ESPGW_ACTION_PROTECT:
		if (espgw_policy_exempts(p, v, true) ||
		    (reassembled && !let_pass(p, *v)))
			return 0;
		espgw_notify_alert(en, ESPGW_ALERT_CLEARTEXT, v->family, 0,
				   &v->src, &v->dst);
		return ESPGW_STATS_A_DROP_IN_CLEARTEXT;
	default:
		return ESPGW_STATS_A_DROP_IN_DISCARD;
	}
}

/*
 * TCP is aggregated like what arrives in clear, where the device does so: its
 * further way is longer than the way to here. All of it, bulk or not, so that it
 * stays in order. Other packets go on in the reception under way.
 */
static unsigned int deliver(struct espgw_dev *ed, struct sk_buff *skb)
{
	u8 proto = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						      ipv6_hdr(skb)->nexthdr;

	if (proto != IPPROTO_TCP || !(ed->dev->features & NETIF_F_GRO))
		return NF_ACCEPT;
	espgw_count(ed->en, ESPGW_STATS_A_IN_GRO);
	skb->tc_skip_classify = 1;	/* it has been here */
	if (gro_cells_receive(&ed->gro, skb) == NET_RX_DROP)
		espgw_count(ed->en, ESPGW_STATS_A_DROP_IN_BACKLOG);
	return NF_STOLEN;
}

static unsigned int admit_clear(struct espgw_net *en, struct sk_buff *skb,
				const struct espgw_view *v)
{
	int reason = check_clear(en, skb, v, false);

	if (likely(!reason))
		return NF_ACCEPT;
	espgw_drop(en, skb, reason);
	return NF_STOLEN;
}

/*
 * A fragment, by the ports of its datagram's first one (RFC 4301 7). When that
 * comes, it goes on in the reception under way, before those that have waited.
 */
static noinline unsigned int fragment(struct espgw_dev *ed, struct sk_buff *skb,
				      struct espgw_view *v)
{
	struct espgw_net *en = ed->en;
	struct sk_buff_head released;
	unsigned int verdict, nh;
	u32 sa_id;

	if (v->family == 4 &&
	    unlikely(ip_fast_csum(skb->data, ip_hdr(skb)->ihl)))
		return NF_ACCEPT;	/* the stack drops it */
	__skb_queue_head_init(&released);
	if (!espgw_vfrq_take(espgw_dev_vfr(ed, ESPGW_DIR_IN), skb, 0, v, NULL,
			     &released))
		return NF_STOLEN;
	verdict = admit_clear(en, skb, v);
	while ((skb = __skb_dequeue(&released))) {
		if (!espgw_vfrq_view(v, skb, &nh, &sa_id))
			espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_MALFORMED);
		else if (admit_clear(en, skb, v) == NF_ACCEPT)
			espgw_decap_reinject(skb);
	}
	return verdict;
}

/*
 * Not IP; or for another host; or of a VLAN, whose device has hooks of its own.
 * But behind a priority tag (VLAN 0) the stack takes off another one after this
 * hook, and would go on with what is in there on this device.
 */
static unsigned int pass_over(struct espgw_net *en, struct sk_buff *skb)
{
	const struct vlan_hdr *vh;
	struct vlan_hdr _vh;

	if (likely(!eth_type_vlan(skb->protocol)) ||
	    (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)) ||
	    list_empty(&en->spd_shapes))
		return NF_ACCEPT;
	vh = skb_header_pointer(skb, 0, sizeof(_vh), &_vh);
	if (vh && vh->h_vlan_TCI & htons(VLAN_VID_MASK))
		return NF_ACCEPT;
	espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_MALFORMED);
	return NF_STOLEN;
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
	struct espgw_net *en = ed->en;
	unsigned int esp_off;
	struct espgw_view v;
	struct espgw_sa *sa;
	int reason;

	if ((skb->protocol != htons(ETH_P_IP) &&
	     skb->protocol != htons(ETH_P_IPV6)) ||
	    skb->pkt_type == PACKET_OTHERHOST ||
	    (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)))
		return pass_over(en, skb);
	if (unlikely(skb_shared(skb))) {
		struct sk_buff *n = skb_clone(skb, GFP_ATOMIC);

		/* The clone comes back as a packet of its own. */
		consume_skb(skb);
		if (n)
			netif_rx(n);
		else
			espgw_count(en, ESPGW_STATS_A_DROP_IN_NOMEM);
		return NF_STOLEN;
	}
	if (unlikely(!espgw_skb_view(&v, skb, 0))) {
		if (list_empty(&en->spd_shapes))
			return NF_ACCEPT;
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_MALFORMED);
		return NF_STOLEN;
	}

	/* ESP in fragments comes back at LOCAL_IN. */
	if (likely(!v.is_frag)) {
		sa = find_sa(en, skb, &v, &esp_off);
		if (likely(sa)) {
			if (v.family == 4 &&
			    unlikely(ip_fast_csum(skb->data,
						  ip_hdr(skb)->ihl)))
				return NF_ACCEPT;	/* the stack drops it */
			reason = espgw_decap(sa, skb, &v, esp_off);
			if (likely(!reason))
				return deliver(ed, skb);
			if (reason > 0)
				espgw_drop(en, skb, reason);
			return NF_STOLEN;
		}
		if (unlikely(is_keepalive(en, skb, &v))) {
			espgw_count(en, ESPGW_STATS_A_IN_KEEPALIVE);
			consume_skb(skb);
			return NF_STOLEN;
		}
		if (v.proto == IPPROTO_ICMP || v.proto == IPPROTO_ICMPV6)
			espgw_icmp_input(en, skb, &v);
	} else if (espgw_vfrq_wants(espgw_dev_vfr(ed, ESPGW_DIR_IN), &v)) {
		return fragment(ed, skb, &v);
	}
	return admit_clear(en, skb, &v);
}

/* A packet for this host, whole: ours? skb->data: its IP header. */
static unsigned int local_in(struct espgw_net *en, struct sk_buff *skb,
			     bool reassembled)
{
	unsigned int esp_off;
	struct espgw_view v;
	struct espgw_sa *sa;
	int reason;

	if (!espgw_skb_view(&v, skb, 0) || v.is_frag)
		return NF_ACCEPT;
	sa = find_sa(en, skb, &v, &esp_off);
	if (!sa) {
		/* Fragments were let pass unread on their way in. */
		reason = reassembled ? check_clear(en, skb, &v, true) : 0;
		if (!reason)
			return NF_ACCEPT;
		espgw_drop(en, skb, reason);
		return NF_STOLEN;
	}
	if (reassembled)
		espgw_count(en, ESPGW_STATS_A_IN_REASSEMBLED);
	skb_orphan(skb);	/* from early demux: a socket of the outer packet */
	reason = espgw_decap(sa, skb, &v, esp_off);
	if (!reason)
		espgw_decap_reinject(skb);
	else if (reason > 0)
		espgw_drop(en, skb, reason);
	return NF_STOLEN;
}

static unsigned int local_in4(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	u8 proto = ip_hdr(skb)->protocol;

	if (likely(proto != IPPROTO_ESP && proto != IPPROTO_UDP))
		return NF_ACCEPT;
	return local_in(espgw_net(state->net), skb,
			IPCB(skb)->frag_max_size);
}

static unsigned int local_in6(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);
	/* It may have been, in PREROUTING, for connection tracking. */
	bool reassembled = IP6CB(skb)->flags & IP6SKB_FRAGMENTED;
	struct espgw_view v;

	if (!espgw_skb_view(&v, skb, 0) ||
	    (v.proto != IPPROTO_ESP && v.proto != IPPROTO_UDP))
		return NF_ACCEPT;
	if (v.is_frag) {
		/*
		 * The stack reassembles IPv6 behind this hook: what may be
		 * ours, or may have to be dropped, is reassembled here.
		 */
		switch (nf_ct_frag6_gather(state->net, skb,
					   IP6_DEFRAG_LOCAL_DELIVER)) {
		case 0:
			break;
		case -EINPROGRESS:
			return NF_STOLEN;
		default:
			espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_REASSEMBLY);
			return NF_STOLEN;
		}
		reassembled = true;
	}
	return local_in(en, skb, reassembled);
}

/* Before the firewall's INPUT: it decides on what is inside, as at ingress. */
static const struct nf_hook_ops local_in_ops[] = {
	{
		.hook = local_in4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = local_in6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/**
 * espgw_ingress_init() - take reassembled ESP in a namespace
 * @net: the namespace, with its first attached device
 *
 * Return: 0 or a negative error.
 */
int espgw_ingress_init(struct net *net)
{
	return nf_register_net_hooks(net, local_in_ops,
				     ARRAY_SIZE(local_in_ops));
}

/**
 * espgw_ingress_exit() - the end of espgw_ingress_init()
 * @net: the namespace, without its last attached device
 */
void espgw_ingress_exit(struct net *net)
{
	nf_unregister_net_hooks(net, local_in_ops, ARRAY_SIZE(local_in_ops));
}
