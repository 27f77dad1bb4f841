// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet was before this host's NAT.
 *
 * Its sender is to be told of its own packet: it knows it by addresses and
 * ports, and those that NAT has chosen say nothing to it. Connection tracking's
 * entry is on the packet; to read it takes no module.
 */
#include "packet/nat.h"

#include <linux/icmp.h>
#include <net/ip.h>

/**
 * espgw_nat_undo() - make a header what it was when its sender sent it
 * @hdr: the packet's beginning, at its IP header
 * @len: bytes there; the IP header is
 * @skb: the packet, of which espgw_nat_was()
 * @v: what it is now
 *
 * Addresses, and ports or an ICMP query's identifier if they are in @hdr. Not
 * the upper protocol's checksum: nobody checks that of what an error quotes.
 */
void espgw_nat_undo(u8 *hdr, unsigned int len, const struct sk_buff *skb,
		    const struct espgw_view *v)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	u8 *upper = hdr + v->hdr_len;
	const struct nf_conntrack_tuple *was;
	enum ip_conntrack_info ctinfo;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	was = &ct->tuplehash[CTINFO2DIR(ctinfo)].tuple;
	if (v->family == 4) {
		iph = (struct iphdr *)hdr;
		iph->saddr = was->src.u3.ip;
		iph->daddr = was->dst.u3.ip;
		ip_send_check(iph);
	} else {
		ip6h = (struct ipv6hdr *)hdr;
		ip6h->saddr = was->src.u3.in6;
		ip6h->daddr = was->dst.u3.in6;
	}
	if (v->frag_off || v->hdr_len + sizeof(struct icmphdr) > len)
		return;
	if (v->has_ports) {
		memcpy(upper, &was->src.u.all, sizeof(__be16));
		memcpy(upper + sizeof(__be16), &was->dst.u.all,
		       sizeof(__be16));
	} else if (was->dst.protonum == IPPROTO_ICMP ||
		   was->dst.protonum == IPPROTO_ICMPV6) {
		memcpy(upper + offsetof(struct icmphdr, un.echo.id),
		       &was->src.u.icmp.id, sizeof(__be16));
	}
#endif
}
