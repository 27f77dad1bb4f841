// SPDX-License-Identifier: GPL-2.0
/* ICMP: answers to inner senders, errors from the path. */
#include "packet/icmp.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/jhash.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "core/quote.h"
#include "packet/context.h"
#include "packet/nat.h"
#include "packet/sent.h"
#include "table/fit.h"
#include "table/natt.h"

/* Answers to one source: so many a second, and at once after a pause. */
#define ANSWER_RATE	10
#define ANSWER_BURST	50
#define ANSWER_BUCKETS	1024

/* The longest quote that is looked at: an IPv6 header, a fragment header, UDP. */
#define QUOTE_MAX	128

/**
 * struct answer_bucket - tokens of the sources that hash to it
 * @stamp: jiffies when tokens were last added
 * @tokens: answers that may be sent, in HZths
 */
struct answer_bucket {
	unsigned long stamp;
	unsigned long tokens;
};

/**
 * struct espgw_answers - rate limit of answers to inner senders
 * @lock: protects @bucket
 * @seed: so that nobody can choose whose bucket to empty
 * @bucket: by hash of the source address
 */
struct espgw_answers {
	spinlock_t lock;
	u32 seed;
	struct answer_bucket bucket[ANSWER_BUCKETS];
};

static struct answer_bucket *bucket_of(struct espgw_answers *a,
				       const struct espgw_addr *src)
{
	u32 i = jhash2((const u32 *)src->a, ARRAY_SIZE(src->a), a->seed);

	return &a->bucket[i % ANSWER_BUCKETS];
}

static unsigned long tokens_at(const struct answer_bucket *b, unsigned long now)
{
	unsigned long since = min(now - b->stamp,
				  (unsigned long)ANSWER_BURST * HZ);

	return min(b->tokens + since * ANSWER_RATE,
		   (unsigned long)ANSWER_BURST * HZ);
}

static bool answer_allowed(struct espgw_answers *a,
			   const struct espgw_addr *src)
{
	struct answer_bucket *b = bucket_of(a, src);
	unsigned long now = jiffies;
	bool ok;

	spin_lock_bh(&a->lock);
	b->tokens = tokens_at(b, now);
	b->stamp = now;
	ok = b->tokens >= HZ;
	if (ok)
		b->tokens -= HZ;
	spin_unlock_bh(&a->lock);
	return ok;
}

/* RFC 1122 3.2.2, RFC 4443 2.4(e): what must not be answered. */
static bool answerable(const struct espgw_view *v)
{
	if (v->frag_off || espgw_is_icmp_error(v))
		return false;
	if (v->family == 4)
		return !ipv4_is_multicast(v->dst.a[0]) &&
		       !ipv4_is_lbcast(v->dst.a[0]) &&
		       !ipv4_is_zeronet(v->src.a[0]) &&
		       !ipv4_is_loopback(v->src.a[0]) &&
		       !ipv4_is_multicast(v->src.a[0]) &&
		       !ipv4_is_lbcast(v->src.a[0]);
	/* Packet too big is sent for multicast too, but a gateway's is noise. */
	return !ipv6_addr_is_multicast((const struct in6_addr *)&v->dst) &&
	       !ipv6_addr_is_multicast((const struct in6_addr *)&v->src) &&
	       !ipv6_addr_any((const struct in6_addr *)&v->src) &&
	       !ipv6_addr_loopback((const struct in6_addr *)&v->src);
}

/**
 * espgw_icmp_would_answer() - would espgw_icmp_answer() tell a sender
 * @en: namespace
 * @v: its packet
 * @held: result: not now, by the rate limit
 *
 * Context: any but hard interrupts. Return: true if it would, now or later.
 */
bool espgw_icmp_would_answer(struct espgw_net *en, const struct espgw_view *v,
			     bool *held)
{
	struct espgw_answers *a = en->answers;

	spin_lock_bh(&a->lock);
	*held = tokens_at(bucket_of(a, &v->src), jiffies) < HZ;
	spin_unlock_bh(&a->lock);
	return answerable(v);
}

/*
 * What the sender knows its packet by, instead of what NAT has made of it: the
 * answer is sent there, quotes that, and is counted as that sender's.
 */
static bool as_sent(struct sk_buff *skb, struct espgw_view *v)
{
	unsigned int nh = skb_network_offset(skb);
	unsigned int len = min_t(unsigned int, v->len,
				 v->hdr_len + sizeof(struct icmphdr));

	if (!espgw_nat_was(skb))
		return true;
	if (skb_ensure_writable(skb, nh + len))
		return false;
	espgw_nat_undo(skb_network_header(skb), len, skb, v);
	return espgw_skb_view(v, skb, nh);
}

/*
 * A device of the VRF that a sender is in: answers are routed there, not in the
 * WAN's. @iif: the device that the packet came by; 0: it is this host's own
 */
static struct net_device *sender_dev(const struct espgw_net *en, int iif,
				     const struct espgw_view *v)
{
	return iif ? dev_get_by_index_rcu(en->net, iif) :
		     espgw_local_dev(en, &v->src, v->family);
}

/**
 * espgw_icmp_answer() - tell a sender that its packet was too big
 * @en: namespace
 * @skb: the packet, as it met the egress hook; not consumed, but no longer to be
 *	sent: it becomes what its sender sent
 * @now: what it is
 * @mtu: what would have fitted, bytes
 *
 * Context: under RCU, bottom halves off. Return: true if an answer was sent.
 */
bool espgw_icmp_answer(struct espgw_net *en, struct sk_buff *skb,
		       const struct espgw_view *now, u32 mtu)
{
	struct net_device *from, *dev = skb->dev;
	struct espgw_view v = *now;

	if (!answerable(&v) || (v.family == 4 && !skb_rtable(skb)) ||
	    !as_sent(skb, &v))
		return false;
	if (!answer_allowed(en->answers, &v.src)) {
		espgw_count(en, ESPGW_STATS_A_ICMP_SUPPRESSED);
		return false;
	}
	/*
	 * What is our own learns by its route. Sockets would from the message
	 * as well, but GRE, IPv4's, takes that for one about another device.
	 */
	from = sender_dev(en, skb->skb_iif, &v);
	if (from && skb_dst(skb) && !skb->skb_iif)
		skb_dst_update_pmtu_no_confirm(skb, mtu);
	/* The stack routes it in the VRF of the skb's device. */
	if (from && unlikely(l3mdev_master_ifindex_rcu(from) !=
			     l3mdev_master_ifindex_rcu(dev)))
		skb->dev = from;
	if (v.family == 4)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(mtu));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	skb->dev = dev;
	espgw_count(en, ESPGW_STATS_A_ICMP_ANSWERED);
	return true;
}

/* Where its sender's VRF, @vrf, would send a packet. */
static struct dst_entry *route_to(struct net *net, const struct espgw_view *v,
				  int vrf)
{
	struct flowi4 fl4 = { .daddr = v->dst.a[0], .flowi4_l3mdev = vrf };
	struct flowi6 fl6 = { .flowi6_l3mdev = vrf };
	struct rtable *rt;

	if (v->family == 4) {
		rt = ip_route_output_key(net, &fl4);
		return IS_ERR(rt) ? NULL : &rt->dst;
	}
	memcpy(&fl6.daddr, &v->dst, sizeof(fl6.daddr));
	return ip6_route_output(net, NULL, &fl6);
}

/**
 * espgw_icmp_relay() - tell the inner sender of a packet that was lost on the way
 * @sa: the outbound SA that it took
 * @seq: low 32 bits of its sequence number there
 * @mtu: what would have passed, inner, bytes
 *
 * Before it sends the next one in vain.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_icmp_relay(struct espgw_sa *sa, u32 seq, u32 mtu)
{
	struct espgw_net *en = sa->en;
	u8 hdr[ESPGW_SENT_HDR];
	struct dst_entry *dst;
	struct espgw_view v;
	struct sk_buff *skb;
	int iif;

	/* The length is what it was, the end is not the packet's. */
	if (!espgw_sent_take(sa, seq, hdr, &iif) ||
	    espgw_view(&v, hdr, sizeof(hdr), ESPGW_MTU_MAX + ESPGW_IP6_HDR) !=
	    ESPGW_VIEW_OK)
		return;
	if (v.family == 6)
		mtu = max_t(u32, mtu, IPV6_MIN_MTU);
	if (v.len <= mtu)
		return;
	dst = route_to(en->net, &v,
		       l3mdev_master_ifindex_rcu(sender_dev(en, iif, &v)));
	if (!dst)
		return;
	skb = alloc_skb(sizeof(hdr), GFP_ATOMIC);
	if (!skb) {
		dst_release(dst);
		return;
	}
	skb_put_data(skb, hdr, sizeof(hdr));
	skb_reset_network_header(skb);
	skb->protocol = htons(v.family == 4 ? ETH_P_IP : ETH_P_IPV6);
	skb->dev = dst->dev;
	skb->skb_iif = iif;
	skb_dst_set(skb, dst);
	if (espgw_icmp_answer(en, skb, &v, mtu))
		espgw_count(en, ESPGW_STATS_A_ICMP_RELAYED);
	consume_skb(skb);
}

static bool checksum_ok(const struct sk_buff *skb, const struct espgw_view *v)
{
	unsigned int len = v->len - v->hdr_len;
	__wsum sum = skb_checksum(skb, v->hdr_len, len, 0);

	if (v->family == 4)
		return !csum_fold(sum);
	return !csum_ipv6_magic((const struct in6_addr *)&v->src,
				(const struct in6_addr *)&v->dst, len,
				IPPROTO_ICMPV6, sum);
}

/* Are the quote's addresses and ports where an SA sends? */
static bool sends_so(const struct espgw_sa *sa, const struct espgw_quote *q)
{
	struct espgw_addr peer;
	__be16 port;

	if (sa->key.dir != ESPGW_DIR_OUT || sa->key.family != q->family ||
	    test_bit(ESPGW_SA_F_DEAD, &sa->flags) ||
	    q->udp != !!sa->set.encap_sport ||
	    !espgw_addr_equal(&sa->set.src, &q->src) ||
	    (q->has_spi && q->spi != sa->key.spi))
		return false;
	if (!q->udp)
		return espgw_addr_equal(&sa->key.dst, &q->dst);
	espgw_sa_peer(sa, &peer, &port);
	return ntohs(sa->set.encap_sport) == q->sport &&
	       ntohs(port) == q->dport && espgw_addr_equal(&peer, &q->dst);
}

/*
 * The outbound UDP-encapsulated SA of a quote that does not show the SPI, or of
 * a peer that has moved. Of several to one peer, one that has sent such packets.
 */
static struct espgw_sa *find_natt(struct espgw_net *en,
				  const struct espgw_quote *q)
{
	struct espgw_natt *natt = espgw_natt(en);
	struct espgw_sa *sa, *any = NULL;
	bool fits, any_fits = false;

	if (!natt)
		return NULL;
	hlist_for_each_entry_rcu(sa, espgw_natt_at(natt, &q->dst,
						   htons(q->dport)), on_natt) {
		if (!sends_so(sa, q))
			continue;
		/* Whatever the list's order is: one that sent, the first one. */
		fits = espgw_sa_longest(sa) >= q->len;
		if (!any || fits > any_fits ||
		    (fits == any_fits && sa->id < any->id)) {
			any = sa;
			any_fits = fits;
		}
	}
	return any;
}

static struct espgw_sa *find_quoted(struct espgw_net *en,
				    const struct espgw_quote *q)
{
	struct espgw_sa_key key = {
		.dst = q->dst,
		.spi = q->spi,
		.family = q->family,
		.dir = ESPGW_DIR_OUT,
	};
	struct espgw_sa *sa;

	if (q->has_spi) {
		sa = espgw_sa_find(en, &key);
		if (sa && sends_so(sa, q))
			return sa;
	}
	return q->udp ? find_natt(en, q) : NULL;
}

/* In the order of enum espgw_pmtu_verdict. */
static const u8 verdict_counters[] = {
	[ESPGW_PMTU_ACCEPTED] = ESPGW_STATS_A_PMTU_ACCEPTED,
	[ESPGW_PMTU_HINT] = ESPGW_STATS_A_PMTU_HINT,
	[ESPGW_PMTU_REJ_SEQ] = ESPGW_STATS_A_PMTU_REJ_SEQ,
	[ESPGW_PMTU_REJ_DF] = ESPGW_STATS_A_PMTU_REJ_DF,
	[ESPGW_PMTU_REJ_LENGTH] = ESPGW_STATS_A_PMTU_REJ_LENGTH,
	[ESPGW_PMTU_REJ_NOT_SENT] = ESPGW_STATS_A_PMTU_REJ_NOT_SENT,
	[ESPGW_PMTU_REJ_NOT_LOWER] = ESPGW_STATS_A_PMTU_REJ_NOT_LOWER,
	[ESPGW_PMTU_REJ_STALE] = ESPGW_STATS_A_PMTU_REJ_STALE,
	[ESPGW_PMTU_REJ_LOCKED] = ESPGW_STATS_A_PMTU_REJ_LOCKED,
	[ESPGW_PMTU_REJ_TOO_SMALL] = ESPGW_STATS_A_PMTU_REJ_TOO_SMALL,
	[ESPGW_PMTU_REJ_RATE] = ESPGW_STATS_A_PMTU_REJ_RATE,
	[ESPGW_PMTU_REJ_OFF] = ESPGW_STATS_A_PMTU_REJ_OFF,
	[ESPGW_PMTU_SUSPECT] = ESPGW_STATS_A_PMTU_HINT,
};

/*
 * An ICMP error quotes a packet of an SA. Return: the largest inner packet from
 * now on, bytes, if the message is about a packet that was really sent, whether
 * it says something new or not, and senders are to be told; else 0.
 */
static u32 learn(struct espgw_net *en, struct espgw_sa *sa,
		 const struct espgw_pmtu_claim *claim)
{
	enum espgw_pmtu_verdict verdict;
	struct espgw_pmtu_env env;
	struct espgw_fit f;

	espgw_fit_now(sa, &f);
	espgw_fit_env(sa, &f, &env);
	verdict = espgw_path_learn(sa->path, claim, &env);
	espgw_count(en, verdict_counters[verdict]);
	/* Anybody can make up a hint: it makes a search look, not believe. */
	if (claim->has_seq || verdict == ESPGW_PMTU_SUSPECT)
		espgw_path_ops->told(sa, verdict, claim->mtu ?:
				     espgw_pmtu_plateau(claim->quoted_len));
	switch (verdict) {
	case ESPGW_PMTU_ACCEPTED:
	case ESPGW_PMTU_HINT:
		espgw_path_post(sa->path, ESPGW_PMTU_EVENT_LOWERED);
		break;
	case ESPGW_PMTU_REJ_NOT_LOWER:	/* another one that was under way */
	case ESPGW_PMTU_REJ_STALE:
	case ESPGW_PMTU_REJ_LOCKED:
		break;
	default:
		return 0;
	}
	if (!f.in.mtu.icmp_answer)
		return 0;
	espgw_fit_now(sa, &f);
	return f.inner_mtu;
}

/**
 * espgw_icmp_input() - look at an ICMP message that arrives
 * @en: namespace
 * @skb: the packet, skb->data at its IP header; not changed
 * @v: what it is
 *
 * Type 3 code 4 and ICMPv6 type 2 that quote ESP may lower a path MTU.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_icmp_input(struct espgw_net *en, const struct sk_buff *skb,
		      const struct espgw_view *v)
{
	struct espgw_pmtu_claim claim;
	struct icmphdr _ih, *ih;
	struct espgw_quote q;
	struct espgw_sa *sa;
	u8 buf[QUOTE_MAX];
	unsigned int off, len;
	u32 mtu;

	if (v->is_frag)
		return;
	if (v->family == 4 ? v->icmp_type != ICMP_DEST_UNREACH ||
			     v->icmp_code != ICMP_FRAG_NEEDED :
			     v->icmp_type != ICMPV6_PKT_TOOBIG)
		return;
	/* ICMPv6's header has the same length, and its MTU in all 32 bits. */
	ih = skb_header_pointer(skb, v->hdr_len, sizeof(_ih), &_ih);
	off = v->hdr_len + sizeof(*ih);
	if (!ih || v->len < off)
		return;
	len = min_t(unsigned int, v->len - off, sizeof(buf));
	if (skb_copy_bits(skb, off, buf, len))
		return;

	switch (espgw_quote_parse(&q, buf, len, v->family)) {
	case ESPGW_QUOTE_OTHER:
		return;
	case ESPGW_QUOTE_TRUNCATED:
		espgw_count(en, ESPGW_STATS_A_PMTU_REJ_TRUNCATED);
		return;
	case ESPGW_QUOTE_OK:
		break;
	}
	/* An error goes to the one whose packet it is about. */
	sa = espgw_addr_equal(&v->dst, &q.src) ? find_quoted(en, &q) : NULL;
	if (!sa) {
		/* Kernel xfrm's ESP and other UDP end here as well. */
		espgw_count(en, ESPGW_STATS_A_PMTU_REJ_SPI);
		return;
	}
	/* Last, since it costs most: what is no SA's is not worth it. */
	if ((v->family == 4 &&
	     ip_fast_csum(skb->data, ip_hdr(skb)->ihl)) ||
	    !checksum_ok(skb, v)) {
		espgw_count(en, ESPGW_STATS_A_PMTU_REJ_CHECKSUM);
		return;
	}
	claim.mtu = v->family == 4 ? ntohs(ih->un.frag.mtu) :
				     ntohl(ih->un.gateway);
	claim.quoted_len = q.len;
	claim.seq_low = q.seq;
	claim.spi = sa->key.spi;
	claim.family = q.family;
	claim.quoted_df = q.df;
	claim.has_seq = q.has_seq;
	mtu = learn(en, sa, &claim);
	if (mtu && q.has_seq)
		espgw_icmp_relay(sa, q.seq, mtu);
}

/**
 * espgw_icmp_init() - set up a namespace's answers
 * @en: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int espgw_icmp_init(struct espgw_net *en)
{
	unsigned int i;

	en->answers = kvzalloc(sizeof(*en->answers), GFP_KERNEL_ACCOUNT);
	if (!en->answers)
		return -ENOMEM;
	spin_lock_init(&en->answers->lock);
	en->answers->seed = get_random_u32();
	for (i = 0; i < ANSWER_BUCKETS; i++) {
		en->answers->bucket[i].stamp = jiffies;
		en->answers->bucket[i].tokens = ANSWER_BURST * HZ;
	}
	return 0;
}

/**
 * espgw_icmp_exit() - free a namespace's answers
 * @en: namespace, without hooks
 */
void espgw_icmp_exit(struct espgw_net *en)
{
	kvfree(en->answers);
}
