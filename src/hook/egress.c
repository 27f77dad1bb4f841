// SPDX-License-Identifier: GPL-2.0
/* The way out: netfilter's egress hook of an attached device. */
#include "hook/egress.h"

#include <linux/if_vlan.h>
#include <linux/netfilter_netdev.h>

#include "packet/admit.h"
#include "packet/output.h"
#include "packet/protect.h"
#include "packet/vfr.h"

/* By policy, whatever it is. Without a call on the way of whole packets. */
static __always_inline unsigned int classify(struct espgw_pkt *p)
{
	struct espgw_policy_stats *ps;
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	verdict = espgw_pkt_admit(p, ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR, &policy);
	if (!policy) {
		if (likely(verdict == ESPGW_ADMIT_PASS)) {
			espgw_count(p->en, ESPGW_STATS_A_OUT_NO_POLICY);
			return NF_ACCEPT;
		}
	} else if (verdict != ESPGW_ADMIT_FRAG_PORTS) {
		ps = this_cpu_ptr(policy->stats);
		u64_stats_inc(&ps->packets);
		u64_stats_add(&ps->bytes, p->view.len);
	}
	if (likely(verdict == ESPGW_ADMIT_ENCRYPT))
		return espgw_protect(p, policy);
	if (verdict != ESPGW_ADMIT_PASS)
		return espgw_pkt_drop(p, espgw_admit_reason(ESPGW_DIR_OUT,
							    verdict));
	if (policy->cfg.action == ESPGW_ACTION_BYPASS)
		espgw_count(p->en, ESPGW_STATS_A_OUT_BYPASS);
	return NF_ACCEPT;
}

/*
 * A fragment, by the ports of its datagram's first one (RFC 4301 7). When that
 * comes, it leaves before those that have waited for it.
 */
static noinline unsigned int fragment(struct espgw_pkt *p)
{
	struct sk_buff_head released;
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
		return classify(p);
	/* From here on none of them is in the transmission under way. */
	p->alone = false;
	for (;;) {
		if (classify(p) == NF_ACCEPT)
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
	const struct espgw_vfrq *q = espgw_dev_vfr(ed, ESPGW_DIR_OUT);
	struct espgw_pkt p __uninitialized;

	/* With a VLAN tag it is the VLAN device's packet: attach that one. */
	if ((skb->protocol != htons(ETH_P_IP) &&
	     skb->protocol != htons(ETH_P_IPV6)) ||
	    (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb)))
		return NF_ACCEPT;
	if (list_empty(&ed->en->spd_shapes) && !READ_ONCE(q->follow))
		return NF_ACCEPT;

	p.en = ed->en;
	p.ed = ed;
	p.skb = skb;
	p.nh = skb_network_offset(skb);
	p.sa = NULL;
	p.fresh_id = false;
	p.alone = true;
	if (unlikely(!espgw_skb_view(&p.view, skb, p.nh)))
		return espgw_pkt_drop(&p, ESPGW_STATS_A_DROP_OUT_MALFORMED);

	if (unlikely(p.view.is_frag) && espgw_vfrq_wants(q, &p.view))
		return fragment(&p);
	return classify(&p);
}
