// SPDX-License-Identifier: GPL-2.0
/* Probes on the wire: echo requests, and who may answer them. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "hook/prober.h"
#include "packet/header.h"
#include "packet/output.h"

/**
 * struct cookie - what an echo request carries, and nobody else can
 * @token: the probe's name in the search
 * @mac: of it and both addresses, by the path's own key
 */
struct cookie {
	__be32 token;
	__be64 mac;
} __packed;

#define ICMP_LEN	(sizeof(struct icmphdr) + sizeof(struct cookie))

static_assert(sizeof(struct icmphdr) == sizeof(struct icmp6hdr));

/**
 * espgw_echo_len() - the length of an echo request without padding
 * @family: inner, 4 or 6
 *
 * Return: bytes.
 */
unsigned int espgw_echo_len(u8 family)
{
	return (family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) +
	       ICMP_LEN;
}

static __be64 cookie_mac(const struct espgw_prober *pr, u32 token,
			 const struct espgw_addr *src,
			 const struct espgw_addr *echo)
{
	struct {
		struct espgw_addr src;
		struct espgw_addr echo;
		u64 token;
	} __aligned(SIPHASH_ALIGNMENT) what = {
		.src = *src,
		.echo = *echo,
		.token = token,
	};

	return cpu_to_be64(siphash(&what, sizeof(what), &pr->key));
}

static void put_ip4(struct sk_buff *skb, const struct espgw_addr *src,
		    const struct espgw_addr *dst)
{
	struct icmphdr *icmph = (struct icmphdr *)skb->data;
	struct iphdr *iph;

	icmph->checksum = csum_fold(csum_partial(icmph, ICMP_LEN, 0));
	iph = skb_push(skb, sizeof(*iph));
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->tot_len = htons(skb->len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = ESPGW_ECHO_TTL;
	iph->protocol = IPPROTO_ICMP;
	iph->saddr = src->a[0];
	iph->daddr = dst->a[0];
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void put_ip6(struct sk_buff *skb, const struct espgw_addr *src,
		    const struct espgw_addr *dst)
{
	struct icmphdr *icmph = (struct icmphdr *)skb->data;
	struct ipv6hdr *ip6h;

	icmph->checksum =
		csum_ipv6_magic((const struct in6_addr *)src,
				(const struct in6_addr *)dst, ICMP_LEN,
				IPPROTO_ICMPV6,
				csum_partial(icmph, ICMP_LEN, 0));
	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(ICMP_LEN);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = ESPGW_ECHO_TTL;
	memcpy(&ip6h->saddr, src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, dst, sizeof(ip6h->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

/**
 * espgw_echo_send() - send a probe
 * @pr: the probes
 * @sa: the outbound SA that it takes
 * @dst: its route
 * @size: outer size, bytes
 * @token: its name
 *
 * Context: under RCU, bottom halves off. Return: false if it could not be sent.
 */
bool espgw_echo_send(struct espgw_prober *pr, struct espgw_sa *sa,
		     struct dst_entry *dst, u32 size, u32 token)
{
	struct espgw_inner src, echo;
	struct espgw_pkt p = {
		.en = sa->en,
		.sa = sa,
		.tfc = espgw_len_inner(&sa->len, size),
		.view.ttl = ESPGW_ECHO_TTL,
		.plan.outer_df = true,
	};
	unsigned int head, len;
	struct cookie *cookie;
	struct icmphdr *icmph;
	struct sk_buff *skb;
	int err;

	spin_lock_bh(&pr->path->lock);
	src = pr->src;
	echo = pr->echo;
	spin_unlock_bh(&pr->path->lock);
	if (espgw_sa_held(sa))
		return false;

	p.view.family = echo.family;
	len = espgw_echo_len(echo.family);
	head = sa->len.head + LL_RESERVED_SPACE(dst->dev);
	skb = alloc_skb(head + len + espgw_header_tail(&p, len), GFP_ATOMIC);
	if (!skb) {
		espgw_count(sa->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return false;
	}
	skb_reserve(skb, head + len - ICMP_LEN);
	icmph = skb_put_zero(skb, sizeof(*icmph));
	icmph->type = echo.family == 4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
	icmph->un.echo.id = htons(pr->id);
	icmph->un.echo.sequence = htons((u16)token);
	cookie = skb_put(skb, sizeof(*cookie));
	cookie->token = htonl(token);
	cookie->mac = cookie_mac(pr, token, &src.addr, &echo.addr);
	if (echo.family == 4)
		put_ip4(skb, &src.addr, &echo.addr);
	else
		put_ip6(skb, &src.addr, &echo.addr);
	skb->dev = dst->dev;
	skb_dst_set(skb, dst_clone(dst));

	p.skb = skb;
	err = espgw_encrypt(&p);
	if (err > 0) {
		espgw_pkt_drop(&p, err);
		return false;
	}
	espgw_count(sa->en, ESPGW_STATS_A_OUT_PROBE);
	if (!err)
		espgw_output(sa, skb, 0);
	return true;
}

/**
 * espgw_echo_is_reply() - is a packet an answer to a probe
 * @pr: the probes
 * @skb: an inner packet that has arrived, skb->data at its IP header
 * @v: what it is
 * @token: result: the probe's name
 *
 * Context: under RCU. Return: true if it is one that was sent between these
 * addresses.
 */
bool espgw_echo_is_reply(const struct espgw_prober *pr,
			 const struct sk_buff *skb, const struct espgw_view *v,
			 u32 *token)
{
	struct {
		struct icmphdr icmph;
		struct cookie cookie;
	} __packed buf;

	if (v->is_frag || v->len != v->hdr_len + ICMP_LEN ||
	    (v->family == 4 ? v->proto != IPPROTO_ICMP ||
			      v->icmp_type != ICMP_ECHOREPLY :
			      v->proto != IPPROTO_ICMPV6 ||
			      v->icmp_type != ICMPV6_ECHO_REPLY) ||
	    skb_copy_bits(skb, v->hdr_len, &buf, sizeof(buf)) ||
	    buf.icmph.un.echo.id != htons(pr->id))
		return false;
	*token = ntohl(buf.cookie.token);
	return buf.cookie.mac == cookie_mac(pr, *token, &v->dst, &v->src);
}
