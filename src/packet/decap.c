// SPDX-License-Identifier: GPL-2.0
/* skb surgery on the way in: an ESP packet becomes its inner packet. */
#include "packet/decap.h"

#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <net/dsfield.h>
#include <net/esp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>

#include "core/ecn.h"
#include "core/selector.h"
#include "packet/crypto.h"
#include "table/device.h"
#include "packet/mss.h"
#include "control/netlink.h"
#include "hook/probe.h"
#include "packet/skb.h"
#include "table/spd.h"

#if !IS_ENABLED(CONFIG_NET_CLS_ACT)
#error "espgw needs a kernel with CONFIG_NET_CLS_ACT"
#endif

/*
 * Nobody else's data, in one piece. Pages may be a clone's as well, even where
 * skb_cloned() does not say so any more: whoever has pulled headers since has
 * made the head the packet's own, not them.
 */
static bool make_writable(struct sk_buff *skb)
{
	if (unlikely(skb_is_nonlinear(skb)) && __skb_linearize(skb))
		return false;
	return !skb_cloned(skb) || !pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
}

static u8 outer_tos(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	return iph->version == 4 ? iph->tos :
				   ipv6_get_dsfield((void *)skb->data);
}

/* The sequence number was verified with the packet: take it, once. */
static bool replay_advance(struct espgw_sa *sa, u64 seq, bool *newest)
{
	bool ok;

	spin_lock(&sa->replay_lock);
	/* Its replacement has a copy of the window: nothing enters it now. */
	ok = !test_bit(ESPGW_SA_F_DEAD, &sa->flags) &&
	     espgw_replay_check(&sa->replay, seq);
	*newest = seq > sa->replay.top;
	if (ok)
		espgw_replay_advance(&sa->replay, seq);
	spin_unlock(&sa->replay_lock);
	return ok;
}

static int strip_trailer(struct espgw_sa *sa, struct sk_buff *skb,
			 unsigned int payload_off, u8 *next_header)
{
	unsigned int end = skb->len - sa->len.icv - 2;
	const u8 *p;
	u8 buf[255];
	u8 pad, i;

	p = skb_header_pointer(skb, end, 2, buf);
	if (!p)
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	pad = p[0];
	*next_header = p[1];
	if (end < payload_off + pad)
		return ESPGW_STATS_A_DROP_IN_PADDING;
	end -= pad;
	/* It is 1, 2, 3, ..., and a receiver should look (RFC 4303 2.4). */
	p = skb_header_pointer(skb, end, pad, buf);
	if (!p)
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	for (i = 0; i < pad; i++)
		if (p[i] != i + 1)
			return ESPGW_STATS_A_DROP_IN_PADDING;
	if (pskb_trim(skb, end))
		return ESPGW_STATS_A_DROP_IN_NOMEM;
	return 0;
}

static int apply_ecn(struct espgw_sa *sa, struct sk_buff *skb,
		     struct espgw_view *v, u8 tos)
{
	u8 inner = v->tos & INET_ECN_MASK;
	u8 ecn = espgw_ecn_decap(inner, tos & INET_ECN_MASK);

	if (ecn == ESPGW_ECN_DROP)
		return ESPGW_STATS_A_DROP_IN_ECN;
	if (likely(ecn == inner))
		return 0;
	if (v->family == 4)
		ipv4_change_dsfield(ip_hdr(skb), (u8)~INET_ECN_MASK, ecn);
	else
		ipv6_change_dsfield(ipv6_hdr(skb), (u8)~INET_ECN_MASK, ecn);
	return 0;
}

/* RFC 4301 5.2: what arrived must be what the policy lets arrive so. */
static __always_inline int check_policy(struct espgw_sa *sa,
					const struct sk_buff *skb,
					const struct espgw_view *v)
{
	struct espgw_policy *p;

	switch (espgw_spd_lookup_skb(sa->en, skb, 0, v, skb->dev->ifindex,
				     true, &p)) {
	case ESPGW_MATCH_YES:
		if (p->cfg.action == ESPGW_ACTION_PROTECT &&
		    p->path == sa->path)
			return 0;
		break;
	case ESPGW_MATCH_UNKNOWN:
		return ESPGW_STATS_A_DROP_IN_FRAG_PORTS;
	case ESPGW_MATCH_NO:
		break;
	}
	return ESPGW_STATS_A_DROP_IN_SELECTOR;
}

static __always_inline void count_delivered(struct espgw_sa *sa,
					    const struct espgw_view *v)
{
	espgw_sa_count(sa, ESPGW_SA_STAT_A_PACKETS);
	espgw_sa_count_add(sa, ESPGW_SA_STAT_A_BYTES, v->len);
	espgw_count(sa->en, ESPGW_STATS_A_IN_PACKETS);
	espgw_count_add(sa->en, ESPGW_STATS_A_IN_BYTES, v->len);
}

/* One that has waited for its datagram's first fragment. */
static void deliver_released(struct espgw_net *en, struct sk_buff *skb)
{
	struct espgw_sa *sa;
	struct espgw_view v;
	unsigned int nh;
	int reason;
	u32 sa_id;

	if (!espgw_vfrq_view(&v, skb, &nh, &sa_id)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_INNER);
		return;
	}
	sa = xa_load(&en->sas, sa_id);
	if (!sa || test_bit(ESPGW_SA_F_DEAD, &sa->flags)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_DEAD);
		return;
	}
	reason = check_policy(sa, skb, &v);
	if (reason) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_DROPPED);
		espgw_drop(en, skb, reason);
		return;
	}
	count_delivered(sa, &v);
	espgw_decap_reinject(skb);
}

/*
 * A fragment of an inner datagram, by the ports of the first one (RFC 4301 7).
 * 0, the reason to drop it, or -EINPROGRESS: it is not ours any more.
 */
static noinline int check_fragment(struct espgw_sa *sa, struct sk_buff *skb,
				   struct espgw_view *v)
{
	struct espgw_dev *ed = espgw_dev_find_rcu(sa->en, skb->dev->ifindex);
	struct sk_buff_head released;
	struct espgw_vfrq *q;
	int reason;

	if (!ed)
		return check_policy(sa, skb, v);
	q = espgw_dev_vfr(ed, ESPGW_DIR_IN);
	if (!espgw_vfrq_wants(q, v))
		return check_policy(sa, skb, v);
	__skb_queue_head_init(&released);
	if (!espgw_vfrq_take(q, skb, 0, v, sa, &released))
		return -EINPROGRESS;
	reason = check_policy(sa, skb, v);
	while (!skb_queue_empty(&released))
		deliver_released(sa->en, __skb_dequeue(&released));
	return reason;
}

/* The packet is the peer's: where it came from is where the peer is. */
static void follow_peer(struct espgw_sa *sa, const struct sk_buff *skb,
			unsigned int esp_off)
{
	const struct udphdr *uh = (const struct udphdr *)(skb->data + esp_off) -
				  1;
	struct espgw_addr src = {};

	if (sa->key.family == 4)
		src.a[0] = ((const struct iphdr *)skb->data)->saddr;
	else
		memcpy(&src, &((const struct ipv6hdr *)skb->data)->saddr,
		       sizeof(src));
	espgw_path_follow(sa, &src, uh->source);
}

/* After decryption; skb->data: outer IP header. */
static int finish(struct espgw_sa *sa, struct sk_buff *skb,
		  unsigned int esp_off, u64 seq)
{
	unsigned int payload_off = esp_off + sizeof(struct ip_esp_hdr) +
				   sa->iv_len;
	u8 tos = outer_tos(skb), next_header = 0, family;
	struct espgw_view v;
	bool newest;
	int reason;

	if (!replay_advance(sa, seq, &newest)) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_REPLAY);
		return ESPGW_STATS_A_DROP_IN_REPLAY;
	}
	/* Older ones were on their way when the peer moved. */
	if (unlikely(sa->encap_sport) && newest)
		follow_peer(sa, skb, esp_off);
	reason = strip_trailer(sa, skb, payload_off, &next_header);
	if (unlikely(reason))
		return reason;
	switch (next_header) {
	case IPPROTO_IPIP:
		family = 4;
		skb->protocol = htons(ETH_P_IP);
		break;
	case IPPROTO_IPV6:
		family = 6;
		skb->protocol = htons(ETH_P_IPV6);
		break;
	case IPPROTO_NONE:
		return ESPGW_STATS_A_IN_DUMMY;
	default:
		return ESPGW_STATS_A_DROP_IN_NEXT_HEADER;
	}
	if (!pskb_pull(skb, payload_off))
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	skb_reset_network_header(skb);

	if (unlikely(!espgw_skb_view(&v, skb, 0) || v.family != family))
		return ESPGW_STATS_A_DROP_IN_INNER;
	/* What is behind the inner packet is TFC padding (RFC 4303 2.7). */
	if (unlikely(skb->len > v.len) && pskb_trim(skb, v.len))
		return ESPGW_STATS_A_DROP_IN_NOMEM;
	if (unlikely(READ_ONCE(sa->limited)) && !espgw_sa_charge(sa, v.len))
		return ESPGW_STATS_A_DROP_IN_LIMIT;
	reason = apply_ecn(sa, skb, &v, tos);
	if (unlikely(reason))
		return reason;
	if (likely(!v.is_frag)) {
		reason = check_policy(sa, skb, &v);
		if (unlikely(reason))
			return reason;
		if (unlikely(READ_ONCE(sa->path->watch)) &&
		    espgw_probe_in(sa, skb, &v))
			return ESPGW_STATS_A_IN_PROBE;
	}
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum_valid = 0;	/* conntrack's word, for the outer UDP */
	if (unlikely(espgw_mss_adjust(sa, skb, 0, &v)))
		return ESPGW_STATS_A_DROP_IN_NOMEM;

	skb_reset_transport_header(skb);
	if (skb_mac_header_was_set(skb)) {
		skb_mac_header_rebuild(skb);
		if (skb->dev->type == ARPHRD_ETHER && skb->mac_len == ETH_HLEN)
			eth_hdr(skb)->h_proto = skb->protocol;
	}
	skb->encapsulation = 0;
	skb->ignore_df = 0;	/* set by reassembly, for the outer packet */
	skb->pkt_type = PACKET_HOST;
	espgw_sa_mark(sa, skb);
	skb_clear_hash(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);

	/* It may have to wait, and is ready to go on then. */
	if (unlikely(v.is_frag)) {
		reason = check_fragment(sa, skb, &v);
		if (reason)
			return reason;
	}
	count_delivered(sa, &v);
	return 0;
}

static void count_failed(struct espgw_sa *sa, int reason)
{
	if (reason != ESPGW_STATS_A_IN_DUMMY &&
	    reason != ESPGW_STATS_A_IN_PROBE &&
	    reason != ESPGW_STATS_A_DROP_IN_REPLAY &&
	    reason != ESPGW_STATS_A_DROP_IN_INTEGRITY)
		espgw_sa_count(sa, ESPGW_SA_STAT_A_DROPPED);
}

static int crypto_failed(struct espgw_sa *sa, int err)
{
	if (err == -EBADMSG) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_INTEGRITY);
		espgw_notify_alert(sa->en, ESPGW_ALERT_INTEGRITY,
				   sa->key.family, sa->key.spi, &sa->src,
				   &sa->key.dst);
		return ESPGW_STATS_A_DROP_IN_INTEGRITY;
	}
	if (err == -ESHUTDOWN)
		return ESPGW_STATS_A_DROP_IN_DEAD;
	return err == -ENOMEM ? ESPGW_STATS_A_DROP_IN_NOMEM :
				ESPGW_STATS_A_DROP_IN_CRYPTO;
}

static int decap(struct espgw_sa *sa, struct sk_buff *skb,
		 const struct espgw_view *v, unsigned int esp_off)
{
	struct net_device *dev = skb->dev;
	struct ip_esp_hdr *esph;
	unsigned int crypt;
	bool fresh;
	u64 seq;
	int err;

	if (unlikely(test_bit(ESPGW_SA_F_DEAD, &sa->flags)))
		return ESPGW_STATS_A_DROP_IN_DEAD;
	/* Behind a NAT the source may change; the ICV decides there. */
	if (unlikely(!espgw_addr_equal(&v->src, &sa->src) && !sa->encap_sport))
		return ESPGW_STATS_A_DROP_IN_SRC;
	if (unlikely(skb_is_gso(skb)))
		return ESPGW_STATS_A_DROP_IN_GSO;
	if (unlikely(skb->len > v->len) && pskb_trim(skb, v->len))
		return ESPGW_STATS_A_DROP_IN_NOMEM;

	crypt = esp_off + sizeof(*esph) + sa->iv_len + sa->len.icv;
	if (skb->len < crypt + 2 || (skb->len - crypt) & (sa->len.align - 1))
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	if (!pskb_may_pull(skb, esp_off + sizeof(*esph) + sa->iv_len))
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	esph = (struct ip_esp_hdr *)(skb->data + esp_off);

	spin_lock(&sa->replay_lock);
	seq = espgw_replay_seq(&sa->replay, ntohl(esph->seq_no));
	fresh = espgw_replay_check(&sa->replay, seq);
	spin_unlock(&sa->replay_lock);
	if (unlikely(!fresh)) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_REPLAY);
		espgw_notify_alert(sa->en, ESPGW_ALERT_REPLAY, sa->key.family,
				   sa->key.spi, &sa->src, &sa->key.dst);
		return ESPGW_STATS_A_DROP_IN_REPLAY;
	}
	if (unlikely(!make_writable(skb)))
		return ESPGW_STATS_A_DROP_IN_NOMEM;

	/* An asynchronous operation outlives the RCU section that holds it. */
	dev_hold(dev);
	err = espgw_crypto_run(sa, skb, seq, 0, esp_off, false);
	if (unlikely(err == -EINPROGRESS)) {
		espgw_count(sa->en, ESPGW_STATS_A_IN_ASYNC);
		return err;
	}
	dev_put(dev);
	if (unlikely(err))
		return crypto_failed(sa, err);
	return finish(sa, skb, esp_off, seq);
}

/**
 * espgw_decap() - decrypt in place and take the inner packet out
 * @sa: inbound SA
 * @skb: an ESP packet, skb->data at its IP header, not a fragment, not shared
 * @v: what it is
 * @esp_off: where its ESP header begins, bytes from skb->data; pulled
 *
 * In RFC 4303 3.4's order: replay check, ICV, replay window, padding, and then
 * ECN (RFC 6040) and selectors (RFC 4301 5.2).
 *
 * Context: under RCU, bottom halves off. Return: 0: skb is the inner packet.
 * -EINPROGRESS: espgw_decap_async() has it, or it waits for its datagram's first
 * fragment, or was dropped with that. A positive enum espgw_stats_attr:
 * drop it, for that reason.
 */
int espgw_decap(struct espgw_sa *sa, struct sk_buff *skb,
		const struct espgw_view *v, unsigned int esp_off)
{
	int reason = decap(sa, skb, v, esp_off);

	if (unlikely(reason > 0))
		count_failed(sa, reason);
	return reason;
}

/**
 * espgw_decap_reinject() - give an inner packet to the stack anew
 * @skb: as espgw_decap() left it; consumed
 *
 * For what could not go on in the reception that was under way. The ingress
 * hooks and classifiers have had it as ESP and are passed by.
 *
 * Context: bottom halves off.
 */
void espgw_decap_reinject(struct sk_buff *skb)
{
	struct espgw_net *en = espgw_net(dev_net(skb->dev));

	skb->tc_skip_classify = 1;
	if (netif_rx(skb) == NET_RX_DROP)
		espgw_count(en, ESPGW_STATS_A_DROP_IN_BACKLOG);
}

/**
 * espgw_decap_async() - a decryption has completed asynchronously
 * @op: the operation; freed here, with its reference to the SA
 * @err: 0 or why it failed
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_decap_async(struct espgw_op *op, int err)
{
	struct espgw_sa *sa = op->sa;
	struct sk_buff *skb = op->skb;
	struct net_device *dev = skb->dev;
	unsigned int esp_off = op->esp_off;
	u64 seq = op->seq;
	int reason;

	espgw_op_free(op);
	reason = err ? crypto_failed(sa, err) : finish(sa, skb, esp_off, seq);
	if (reason > 0) {
		count_failed(sa, reason);
		espgw_drop(sa->en, skb, reason);
	} else if (!reason) {
		espgw_decap_reinject(skb);
	}
	dev_put(dev);
	espgw_sa_put(sa);
}
