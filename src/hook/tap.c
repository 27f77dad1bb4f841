// SPDX-License-Identifier: GPL-2.0
/* TCP as it passes: what stands still points to a black hole (core/stall). */
#include <linux/tcp.h>

#include "hook/prober.h"
#include "packet/icmp.h"

/**
 * espgw_tap_sent() - look at an inner packet that is about to leave
 * @sa: the outbound SA that it takes
 * @skb: the packet, linear, skb->data at its IP header
 * @seq: low 32 bits of its sequence number in the SA
 *
 * TCP that sends large segments again and again makes a probe ask.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_sent(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = espgw_prober(path);
	u32 mtu = READ_ONCE(path->mtu), key, len, hdr;
	u64 now_ms = espgw_path_now_ms(), lost_ms;
	struct espgw_view v;
	const u8 *tcp;
	bool large;
	u32 worth;

	if (!pr || espgw_view(&v, skb->data, skb->len, skb->len) !=
		   ESPGW_VIEW_OK ||
	    v.proto != IPPROTO_TCP || v.is_frag ||
	    v.len < v.hdr_len + sizeof(struct tcphdr))
		return;
	tcp = skb->data + v.hdr_len;
	hdr = v.hdr_len + (tcp[12] >> 4) * 4;
	len = v.len > hdr ? v.len - hdr : 0;
	large = espgw_len_outer(&sa->len, v.len) >
		min_t(u32, ESPGW_PROBE_BASE, mtu - mtu / 8);
	key = espgw_stall_key(&v.src, v.sport, &v.dst, v.dport, pr->seed);

	if (!spin_trylock(&pr->stall_lock))
		return;
	worth = espgw_stall_sent(&pr->stall, key, espgw_get_be32(tcp + 4), len,
				 large, now_ms);
	if (large && pr->stall.flows[key % ESPGW_STALL_FLOWS].key == key)
		pr->last[key % ESPGW_STALL_FLOWS] = seq;
	lost_ms = pr->stall.lost_ms;
	spin_unlock(&pr->stall_lock);
	if (likely(!worth))
		return;
	spin_lock_bh(&path->lock);
	if (path->probing) {
		espgw_probe_stalled(&pr->core, &pr->env, worth, lost_ms, now_ms);
		espgw_prober_arm(pr, 0);	/* not from here: a packet is under way */
	}
	spin_unlock_bh(&path->lock);
}

/**
 * espgw_tap_acked() - look at a TCP segment that has arrived
 * @pr: the probes of its path
 * @skb: the segment, skb->data at its IP header
 * @v: what it is
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_acked(struct espgw_prober *pr, const struct sk_buff *skb,
		     const struct espgw_view *v)
{
	struct tcphdr _th, *th;
	bool flows;
	u32 key;

	th = skb_header_pointer(skb, v->hdr_len, sizeof(_th), &_th);
	if (!th || !th->ack)
		return;
	key = espgw_stall_key(&v->src, v->sport, &v->dst, v->dport, pr->seed);
	if (!spin_trylock(&pr->stall_lock))
		return;
	flows = espgw_stall_acked(&pr->stall, key, ntohl(th->ack_seq));
	spin_unlock(&pr->stall_lock);
	if (likely(!flows))
		return;
	spin_lock_bh(&pr->path->lock);
	espgw_probe_flowing(&pr->core);
	spin_unlock_bh(&pr->path->lock);
}

/**
 * espgw_tap_tell_stalled() - tell the senders whose segments a black hole took
 * @pr: the probes of its path, which have found it
 * @sa: the outbound SA
 *
 * Nobody else does, and they would wait for their next timer.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_tell_stalled(struct espgw_prober *pr, struct espgw_sa *sa)
{
	u32 inner = espgw_len_inner(&sa->len, READ_ONCE(pr->path->mtu));
	unsigned int i;

	for (i = 0; i < ESPGW_STALL_FLOWS; i++) {
		bool waits;
		u32 seq;

		spin_lock(&pr->stall_lock);
		waits = pr->stall.flows[i].key && pr->stall.flows[i].large;
		seq = pr->last[i];
		spin_unlock(&pr->stall_lock);
		if (waits)
			espgw_icmp_relay(sa, seq, inner);
	}
}
