// SPDX-License-Identifier: GPL-2.0
/* Out of ESP: a packet that has arrived becomes its inner packet. */
#include "packet/decap.h"

#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <net/dsfield.h>
#include <net/esp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>

#include "base/event.h"
#include "base/trace.h"
#include "core/ecn.h"
#include "packet/admit.h"
#include "packet/crypto.h"
#include "packet/mss.h"
#include "packet/output.h"
#include "packet/tunnel.h"
#include "packet/vfr.h"
#include "table/adopt.h"
#include "table/fit.h"
#include "table/flow.h"

#if !IS_ENABLED(CONFIG_NET_CLS_ACT)
#error "espgw needs a kernel with CONFIG_NET_CLS_ACT"
#endif

/* What an operation is about, should it complete later. */
struct decryption {
	struct espgw_sa *sa;
	struct sk_buff *skb;
	u64 seq;
	unsigned int esp_off;
	bool udp;
};

static_assert(sizeof(struct decryption) <= ESPGW_OP_OWNER);

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
	if (unlikely(test_bit(ESPGW_SA_F_SHARED, &sa->flags))) {
		ok = espgw_sa_shared_advance(sa, seq, newest);
		spin_unlock(&sa->replay_lock);
		return ok;
	}
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
	/* Decrypted in place, thus in one piece. */
	unsigned int end = skb->len - sa->len.icv - 2;
	const u8 *p = skb->data + end;
	u8 pad = p[0], i;

	*next_header = p[1];
	if (end < payload_off + pad)
		return ESPGW_STATS_A_DROP_IN_PADDING;
	end -= pad;
	/* It is 1, 2, 3, ..., and a receiver should look (RFC 4303 2.4). */
	p -= pad;
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

/*
 * Its inbound policies may let more arrive than its outbound ones let leave. It is
 * asked further on; but by an interface a packet has to be brought there first.
 */
static bool is_judged_by_xfrm(const struct espgw_sa *sa)
{
	return sa->x && !sa->path->key.if_id;
}

/* By a tunnel whose policies are for devices. */
static noinline enum espgw_admit admit_away(struct espgw_pkt *p,
					    struct espgw_policy **policy)
{
	return espgw_pkt_admit_as(p, ESPGW_DIR_IN, ESPGW_ORIGIN_DECRYPTED,
				  espgw_pkt_go_home(p), policy);
}

/*
 * RFC 4301 5.2: what arrived must be what the policy lets arrive so. 0 or the
 * reason to drop it.
 */
static __always_inline int admit_by(struct espgw_pkt *p,
				    struct espgw_policy **policy)
{
	enum espgw_admit verdict;

	verdict = unlikely(READ_ONCE(p->sa->path->away)) ?
		  admit_away(p, policy) :
		  espgw_pkt_admit(p, ESPGW_DIR_IN, ESPGW_ORIGIN_DECRYPTED,
				  policy);
	if (unlikely(verdict != ESPGW_ADMIT_PASS) &&
	    !(verdict == ESPGW_ADMIT_SELECTOR && is_judged_by_xfrm(p->sa)))
		return espgw_admit_reason(ESPGW_DIR_IN, verdict);
	/* Where clear text may have to pass, it is told apart further on. */
	if (unlikely(p->view.is_frag) &&
	    espgw_flow_is_local(p->en, p->skb->dev, &p->view.dst,
				p->view.family))
		espgw_origin_mark(p->skb, p->sa->path);
	return 0;
}

static int admit(struct espgw_pkt *p)
{
	struct espgw_policy *policy;

	return admit_by(p, &policy);
}

/* As its flow's last packet was, if by the same SA, and for the same device. */
static __always_inline int admit_flow(struct espgw_pkt *p)
{
	int ifindex = p->skb->dev->ifindex, reason;
	const struct espgw_view *v = &p->view;
	u32 mark = p->skb->mark;
	const struct espgw_flow *f;
	u64 gen;

	if (unlikely(!espgw_flow_is_plain(v) ||
		     READ_ONCE(p->sa->path->away)))
		return admit(p);
	gen = espgw_flow_begin(p->en);
	f = espgw_flow_find(&gen, v, ESPGW_DIR_IN, ifindex, mark);
	if (likely(f && f->sa == p->sa))
		return 0;
	reason = admit(p);
	if (!reason && gen)
		espgw_flow_keep(gen, v, ESPGW_DIR_IN, ifindex, mark, NULL,
				p->sa, 0);
	return reason;
}

/* It has ended. What xfrm has ended is still xfrm's to judge. */
static bool is_dead(const struct espgw_sa *sa)
{
	return unlikely(test_bit(ESPGW_SA_F_DEAD, &sa->flags)) && !sa->x;
}

/**
 * espgw_decap_decide() - may what is inside of an SA's packet arrive
 * @p: the inner packet: its en, skb, nh, view and sa; not a fragment. Receives the
 *	device that it belongs to, as its skb->dev
 * @policy: result: the policy that it meets, or NULL
 *
 * Nothing is dropped, told or counted.
 *
 * Context: under RCU. Return: 0, or the reason to drop it.
 */
int espgw_decap_decide(struct espgw_pkt *p, struct espgw_policy **policy)
{
	*policy = NULL;
	if (is_dead(p->sa))
		return ESPGW_STATS_A_DROP_IN_DEAD;
	if (!espgw_sa_has_left(p->sa, p->view.len, 1))
		return ESPGW_STATS_A_DROP_IN_LIMIT;
	return admit_by(p, policy) ?:
	       (espgw_output_may_arrive(p->skb->dev) ?
		0 : ESPGW_STATS_A_DROP_IN_DEVICE);
}

static noinline void tell(const struct espgw_pkt *p)
{
	trace_decap(p->en, p->skb->dev, p->sa->key.spi, p->sa->set.reqid,
		    p->seq, &p->view);
}

static __always_inline void count_delivered(struct espgw_pkt *p)
{
	espgw_sa_count(p->sa, ESPGW_SA_STAT_A_PACKETS);
	espgw_sa_count_add(p->sa, ESPGW_SA_STAT_A_BYTES, p->view.len);
	espgw_count(p->en, ESPGW_STATS_A_IN_PACKETS);
	espgw_count_add(p->en, ESPGW_STATS_A_IN_BYTES, p->view.len);
	if (trace_decap_enabled())
		tell(p);
}

/* One that has waited for its datagram's first fragment. */
static void deliver_released(struct espgw_net *en, struct espgw_vfrq *q,
			     struct sk_buff *skb)
{
	struct espgw_pkt p = {
		.en = en,
		.skb = skb,
	};
	int reason;
	u32 sa_id;

	if (!espgw_vfrq_view(&p.view, skb, &p.nh, &sa_id)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_INNER);
		return;
	}
	p.sa = xa_load(&en->sas, sa_id);
	if (!p.sa || is_dead(p.sa)) {
		espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_DEAD);
		return;
	}
	reason = admit(&p);
	if (!reason && !espgw_vfrq_pass(q, &p.view, p.sa))
		reason = ESPGW_STATS_A_DROP_IN_VFR;
	if (reason) {
		espgw_pkt_drop(&p, reason);
		return;
	}
	count_delivered(&p);
	espgw_output_up(en, skb);
}

/*
 * A fragment of an inner datagram, by the ports of the first one (RFC 4301 7).
 * 0, the reason to drop it, or -EINPROGRESS: it is not ours any more.
 */
static noinline int admit_fragment(struct espgw_pkt *p)
{
	struct espgw_net *en = p->en;
	struct sk_buff_head released;
	struct espgw_vfrq *q;
	struct espgw_policy *policy;
	struct espgw_dev *ed;
	int reason;

	/* First, where it belongs: there its datagram's ports are known. */
	if (espgw_spd_is_elsewhere(p->sa->path, p->skb->dev->ifindex))
		admit_away(p, &policy);
	ed = espgw_dev_find_rcu(en, p->skb->dev->ifindex);
	if (!ed)
		return admit(p);
	q = espgw_dev_vfr(ed, ESPGW_DIR_IN);
	if (!espgw_vfrq_wants(q, &p->view))
		return admit(p);
	__skb_queue_head_init(&released);
	if (!espgw_vfrq_take(q, p->skb, 0, &p->view, p->sa, &released))
		return -EINPROGRESS;
	reason = admit(p);
	if (!reason && !espgw_vfrq_pass(q, &p->view, p->sa))
		reason = ESPGW_STATS_A_DROP_IN_VFR;
	while (!skb_queue_empty(&released))
		deliver_released(en, q, __skb_dequeue(&released));
	return reason;
}

/* The packet is the peer's: where it came from is where the peer is. */
static void follow_peer(const struct espgw_pkt *p)
{
	const struct sk_buff *skb = p->skb;
	const struct udphdr *uh =
		(const struct udphdr *)(skb->data + p->esp_off) - 1;
	struct espgw_addr src = {};

	if (p->sa->key.family == 4)
		src.a[0] = ((const struct iphdr *)skb->data)->saddr;
	else
		memcpy(&src, &((const struct ipv6hdr *)skb->data)->saddr,
		       sizeof(src));
	espgw_sa_follow(p->sa, &src, uh->source);
}

/* Once a second it is noted who is behind the peer: a probe may have to ask. */
static void note_heard(struct espgw_path *path, const struct espgw_view *v)
{
	unsigned long then = READ_ONCE(path->inner_at), now = jiffies;

	if (likely(now - then < HZ) ||
	    cmpxchg(&path->inner_at, then, now) != then)
		return;
	espgw_taps->heard(path, v);
}

/* To where the inner packet begins: farther away than it is long. */
static void move_link_header(struct sk_buff *skb)
{
	const u8 *old = skb_mac_header(skb);

	if (unlikely(skb->dev->type != ARPHRD_ETHER ||
		     skb->mac_len != ETH_HLEN)) {
		skb_mac_header_rebuild(skb);
		return;
	}
	skb_set_mac_header(skb, -ETH_HLEN);
	memcpy(eth_hdr(skb), old, ETH_HLEN);
	eth_hdr(skb)->h_proto = skb->protocol;
}

/* After decryption; the skb's data is at its outer IP header. */
static int finish(struct espgw_pkt *p)
{
	struct espgw_sa *sa = p->sa;
	struct sk_buff *skb = p->skb;
	unsigned int payload_off = p->esp_off + sizeof(struct ip_esp_hdr) +
				   sa->cipher.iv_len;
	u8 tos = outer_tos(skb), next_header = 0, family;
	struct espgw_view *v = &p->view;
	bool newest;
	int reason;

	if (!replay_advance(sa, p->seq, &newest)) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_REPLAY);
		return ESPGW_STATS_A_DROP_IN_REPLAY;
	}
	WRITE_ONCE(sa->received_at, jiffies);
	/* Older ones were on their way when the peer moved. */
	if (unlikely(p->udp) && sa->set.encap_sport && newest)
		follow_peer(p);
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

	if (unlikely(!espgw_skb_view(v, skb, 0) || v->family != family))
		return ESPGW_STATS_A_DROP_IN_INNER;
	p->nh = 0;
	/* What is behind the inner packet is TFC padding (RFC 4303 2.7). */
	if (unlikely(skb->len > v->len) && pskb_trim(skb, v->len))
		return ESPGW_STATS_A_DROP_IN_NOMEM;
	if (unlikely(READ_ONCE(sa->limited)) && !espgw_sa_charge(sa, v->len))
		return ESPGW_STATS_A_DROP_IN_LIMIT;
	reason = apply_ecn(sa, skb, v, tos);
	if (unlikely(reason))
		return reason;
	/* The outer packet's past is not its own. */
	espgw_skb_reset(skb);
	espgw_sa_secpath(sa, skb);
	if (likely(!v->is_frag)) {
		reason = admit_flow(p);
		if (unlikely(reason))
			return reason;
		note_heard(sa->path, v);
		if (unlikely(READ_ONCE(sa->path->watch)) &&
		    espgw_taps->received(sa, skb, v))
			return ESPGW_STATS_A_IN_PROBE;
	}
	if (unlikely(likely(v->has_ports) ? espgw_mss_adjust(sa, skb, 0, v) :
					    espgw_tunnel_in(sa, skb, v)))
		return ESPGW_STATS_A_DROP_IN_NOMEM;

	skb_reset_transport_header(skb);
	if (skb_mac_header_was_set(skb))
		move_link_header(skb);
	skb->pkt_type = PACKET_HOST;
	espgw_sa_mark(sa, skb);
	skb_clear_hash(skb);
	skb_dst_drop(skb);

	/* It may have to wait, and is ready to go on then. */
	if (unlikely(v->is_frag)) {
		reason = admit_fragment(p);
		if (reason)
			return reason;
	}
	count_delivered(p);
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
		espgw_alert(sa->en, ESPGW_ALERT_INTEGRITY, sa->key.family,
			    sa->key.spi, &sa->set.src, &sa->key.dst);
		return ESPGW_STATS_A_DROP_IN_INTEGRITY;
	}
	return err == -ENOMEM ? ESPGW_STATS_A_DROP_IN_NOMEM :
				ESPGW_STATS_A_DROP_IN_CRYPTO;
}

/* Under RCU, bottom halves off; holds a reference to SA and device. */
static void decrypted(struct espgw_op *op, int err)
{
	const struct decryption d = *(struct decryption *)op->owner;
	struct net_device *dev = d.skb->dev;
	struct espgw_pkt p __uninitialized;
	int reason;

	espgw_op_free(op);
	p.en = d.sa->en;
	/* Not where it came, if that has gone down or elsewhere meanwhile. */
	p.ed = espgw_dev_find_rcu(p.en, dev->ifindex);
	if (unlikely(p.ed && (p.ed->dev != dev || !netif_running(dev))))
		p.ed = NULL;
	p.skb = d.skb;
	p.nh = 0;
	p.sa = d.sa;
	p.seq = d.seq;
	p.esp_off = d.esp_off;
	p.udp = d.udp;
	reason = err ? crypto_failed(p.sa, err) : finish(&p);
	if (reason > 0) {
		count_failed(p.sa, reason);
		espgw_drop(p.en, p.skb, reason);
	} else if (!reason && !p.ed) {
		espgw_output_up(p.en, p.skb);
	} else if (!reason && espgw_output_deliver(&p) == NF_ACCEPT) {
		espgw_output_on(p.skb);
	}
	dev_put(dev);
	espgw_sa_put(d.sa);
}

static int run(struct espgw_pkt *p)
{
	struct espgw_sa *sa = p->sa;
	struct sk_buff *skb = p->skb;
	struct net_device *dev = skb->dev;
	bool later = espgw_crypto_is_later(&sa->cipher);
	struct decryption *d;
	struct espgw_op *op;
	int err;

	op = espgw_op_alloc(&sa->cipher);
	if (unlikely(!op))
		return ESPGW_STATS_A_DROP_IN_NOMEM;
	/* What completes later outlives the RCU section that holds both. */
	if (later) {
		if (unlikely(!refcount_inc_not_zero(&sa->refs))) {
			espgw_op_free(op);	/* deleted since we found it */
			return ESPGW_STATS_A_DROP_IN_DEAD;
		}
		dev_hold(dev);
	}
	op->done = decrypted;
	d = (struct decryption *)op->owner;
	d->sa = sa;
	d->skb = skb;
	d->seq = p->seq;
	d->esp_off = p->esp_off;
	d->udp = p->udp;
	err = espgw_crypto_run(&sa->cipher, op, skb->data + p->esp_off,
			       skb->len - p->esp_off, p->seq, false, later);
	if (unlikely(err == -EINPROGRESS)) {
		espgw_count(p->en, ESPGW_STATS_A_IN_ASYNC);
		return err;
	}
	if (later) {
		dev_put(dev);
		espgw_sa_put(sa);
	}
	return unlikely(err) ? crypto_failed(sa, err) : 0;
}

static int decap(struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;
	struct espgw_sa *sa = p->sa;
	struct sk_buff *skb = p->skb;
	unsigned int crypt = p->esp_off + sizeof(struct ip_esp_hdr) +
			     sa->cipher.iv_len + sa->len.icv;
	struct ip_esp_hdr *esph;
	bool fresh;
	int reason;

	if (is_dead(sa))
		return ESPGW_STATS_A_DROP_IN_DEAD;
	/*
	 * Behind a NAT the source may change, and where a daemon moves the SA;
	 * the ICV decides there.
	 */
	if (unlikely(!espgw_addr_equal(&v->src, &sa->set.src) &&
		     !sa->set.encap_sport && !sa->x))
		return ESPGW_STATS_A_DROP_IN_SRC;
	if (unlikely(skb_is_gso(skb)))
		return -EMSGSIZE;
	if (unlikely(skb->len > v->len) && pskb_trim(skb, v->len))
		return ESPGW_STATS_A_DROP_IN_NOMEM;

	if (skb->len < crypt + 2 || (skb->len - crypt) & (sa->len.align - 1))
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	if (!pskb_may_pull(skb, crypt - sa->len.icv))
		return ESPGW_STATS_A_DROP_IN_LENGTH;
	esph = (struct ip_esp_hdr *)(skb->data + p->esp_off);

	spin_lock(&sa->replay_lock);
	p->seq = espgw_replay_seq(&sa->replay, ntohl(esph->seq_no));
	/* Where it is xfrm's, its window says so when the packet is verified. */
	fresh = unlikely(test_bit(ESPGW_SA_F_SHARED, &sa->flags)) ||
		espgw_replay_check(&sa->replay, p->seq);
	spin_unlock(&sa->replay_lock);
	if (unlikely(!fresh)) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_REPLAY);
		espgw_alert(sa->en, ESPGW_ALERT_REPLAY, sa->key.family,
			    sa->key.spi, &sa->set.src, &sa->key.dst);
		return ESPGW_STATS_A_DROP_IN_REPLAY;
	}
	if (unlikely(!make_writable(skb)))
		return ESPGW_STATS_A_DROP_IN_NOMEM;
	reason = run(p);
	return likely(!reason) ? finish(p) : reason;
}

/**
 * espgw_decap() - decrypt in place and take the inner packet out
 * @p: the packet: its skb, ESP, skb->data at its IP header, not a fragment, not
 *	shared; its view, its SA, and esp_off, which is pulled
 *
 * In RFC 4303 3.4's order: replay check, ICV, replay window, padding, and then
 * ECN (RFC 6040) and selectors (RFC 4301 5.2).
 *
 * Context: under RCU, bottom halves off. Return: 0: the skb is the inner packet,
 * and the view of it. -EINPROGRESS: it is decrypted later, or waits for its
 * datagram's first fragment, or was dropped with that. -EMSGSIZE: it is an
 * aggregate, to be cut: espgw_decap_cut(). A positive enum
 * espgw_stats_attr: drop it, for that reason; the SA has counted it.
 */
int espgw_decap(struct espgw_pkt *p)
{
	int reason = decap(p);

	if (unlikely(reason > 0))
		count_failed(p->sa, reason);
	return reason;
}
