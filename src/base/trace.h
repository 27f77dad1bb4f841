/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what becomes of each packet, path MTUs and probes, for perf, bpftrace and
 * tracefs. Addresses, ports and families are as those of the kernel's own events
 * of TCP. No key is in any of them, nor anything of what packets carry.
 */
#ifndef ESPGW_BASE_TRACE_PROBE_H
#define ESPGW_BASE_TRACE_PROBE_H

/**
 * enum espgw_trace_probe - what has become of a probe
 * @ESPGW_TRACE_PROBE_SENT: it was sent
 * @ESPGW_TRACE_PROBE_ANSWERED: it was answered
 * @ESPGW_TRACE_PROBE_LOST: it was given up
 */
enum espgw_trace_probe {
	ESPGW_TRACE_PROBE_SENT,
	ESPGW_TRACE_PROBE_ANSWERED,
	ESPGW_TRACE_PROBE_LOST,
};

#endif

#undef TRACE_SYSTEM
#define TRACE_SYSTEM espgw

#if !defined(ESPGW_BASE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ESPGW_BASE_TRACE_H

#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/tracepoint.h>
#include <net/ipv6.h>

#include "base/net.h"
#include "core/view.h"

/* Room for a counter's name. */
#define ESPGW_TRACE_REASON	32

#define espgw_trace_addrs						\
	__field(u16, family)						\
	__array(u8, saddr, 4)						\
	__array(u8, daddr, 4)						\
	__array(u8, saddr_v6, 16)					\
	__array(u8, daddr_v6, 16)

/* IPv4's as IPv6 addresses as well, which are those of ::ffff:0:0/96. */
#define espgw_trace_put_addr(v4, v6, is_4, addr)			\
	do {								\
		const struct espgw_addr *from = (addr);			\
									\
		if (is_4) {						\
			memcpy(v4, from->a, 4);				\
			ipv6_addr_set_v4mapped(from->a[0],		\
					       (struct in6_addr *)(v6));	\
		} else {						\
			memset(v4, 0, 4);				\
			memcpy(v6, from, 16);				\
		}							\
	} while (0)

#define espgw_trace_put_addrs(entry, ip, src, dst)			\
	do {								\
		(entry)->family = (ip) == 4 ? AF_INET :			\
				  (ip) == 6 ? AF_INET6 : AF_UNSPEC;	\
		espgw_trace_put_addr((entry)->saddr, (entry)->saddr_v6,	\
				     (ip) == 4, src);			\
		espgw_trace_put_addr((entry)->daddr, (entry)->daddr_v6,	\
				     (ip) == 4, dst);			\
	} while (0)

#define espgw_trace_family(family)					\
	__print_symbolic(family,					\
			 { AF_UNSPEC, "AF_UNSPEC" },			\
			 { AF_INET, "AF_INET" },			\
			 { AF_INET6, "AF_INET6" })

/* A packet's selectors. */
#define espgw_trace_packet						\
	espgw_trace_addrs						\
	__field(u8, proto)						\
	__field(u16, sport)						\
	__field(u16, dport)

#define espgw_trace_put_packet(entry, v)				\
	do {								\
		espgw_trace_put_addrs(entry, (v)->family, &(v)->src,	\
				      &(v)->dst);			\
		(entry)->proto = (v)->proto;				\
		(entry)->sport = (v)->sport;				\
		(entry)->dport = (v)->dport;				\
	} while (0)

#define ESPGW_TRACE_PACKET "family=%s proto=%u saddr=%pI4 daddr=%pI4 " \
			   "saddrv6=%pI6c daddrv6=%pI6c sport=%u dport=%u"

/*
 * Without parentheses: it is by "REC->" that the kernel sees that what is printed
 * is the event's own.
 */
#define espgw_trace_show_packet(entry)					\
	espgw_trace_family(entry->family), entry->proto, entry->saddr,	\
	entry->daddr, entry->saddr_v6, entry->daddr_v6, entry->sport,	\
	entry->dport

/* A packet is dropped, and counted by the counter with the name @reason. */
TRACE_EVENT(drop,
	TP_PROTO(const struct espgw_net *en, const struct sk_buff *skb,
		 const char *reason, const struct espgw_view *v, __be32 spi),
	TP_ARGS(en, skb, reason, v, spi),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u32, netns)
		__array(char, reason, ESPGW_TRACE_REASON)
		__array(char, dev, IFNAMSIZ)
		espgw_trace_packet
		__field(u32, len)
		__field(u32, spi)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->netns = en->net->ns.inum;
		strscpy(__entry->reason, reason, ESPGW_TRACE_REASON);
		strscpy(__entry->dev, skb->dev ? skb->dev->name : "", IFNAMSIZ);
		espgw_trace_put_packet(__entry, v);
		__entry->len = v->len;
		__entry->spi = be32_to_cpu(spi);
	),
	TP_printk("skbaddr=%p netns=%u reason=%s dev=%s " ESPGW_TRACE_PACKET
		  " len=%u spi=0x%08x",
		  __entry->skbaddr, __entry->netns, __entry->reason,
		  __entry->dev, espgw_trace_show_packet(__entry), __entry->len,
		  __entry->spi)
);

/* An SA, by which an inner packet of @len bytes goes; @seq: its number there. */
#define espgw_trace_sa							\
	__field(u32, netns)						\
	__array(char, dev, IFNAMSIZ)					\
	__field(u32, spi)						\
	__field(u32, reqid)						\
	__field(u64, seq)						\
	espgw_trace_packet						\
	__field(u32, len)

#define espgw_trace_put_sa(entry, en, ifname, id, req, nr, v, length)	\
	do {								\
		(entry)->netns = (en)->net->ns.inum;			\
		strscpy((entry)->dev, ifname, IFNAMSIZ);		\
		(entry)->spi = be32_to_cpu(id);				\
		(entry)->reqid = req;					\
		(entry)->seq = nr;					\
		espgw_trace_put_packet(entry, v);			\
		(entry)->len = length;					\
	} while (0)

#define ESPGW_TRACE_SA "netns=%u dev=%s spi=0x%08x reqid=%u seq=%llu "	\
		       ESPGW_TRACE_PACKET " len=%u"

#define espgw_trace_show_sa(entry)					\
	entry->netns, entry->dev, entry->spi, entry->reqid, entry->seq,	\
	espgw_trace_show_packet(entry), entry->len

/* It becomes an ESP packet of @esp_len bytes, which is about to leave by @dev. */
TRACE_EVENT(encap,
	TP_PROTO(const struct espgw_net *en, const struct net_device *dev,
		 __be32 spi, u32 reqid, u64 seq, const struct espgw_view *v,
		 u32 len, u32 esp_len),
	TP_ARGS(en, dev, spi, reqid, seq, v, len, esp_len),
	TP_STRUCT__entry(
		espgw_trace_sa
		__field(u32, esp_len)
	),
	TP_fast_assign(
		espgw_trace_put_sa(__entry, en, dev->name, spi, reqid, seq, v,
				   len);
		__entry->esp_len = esp_len;
	),
	TP_printk(ESPGW_TRACE_SA " esp_len=%u", espgw_trace_show_sa(__entry),
		  __entry->esp_len)
);

/* It has come out of one, and arrives by @dev. @seq 0: it waited, as a fragment. */
TRACE_EVENT(decap,
	TP_PROTO(const struct espgw_net *en, const struct net_device *dev,
		 __be32 spi, u32 reqid, u64 seq, const struct espgw_view *v),
	TP_ARGS(en, dev, spi, reqid, seq, v),
	TP_STRUCT__entry(
		espgw_trace_sa
	),
	TP_fast_assign(
		espgw_trace_put_sa(__entry, en, dev->name, spi, reqid, seq, v,
				   v->len);
	),
	TP_printk(ESPGW_TRACE_SA, espgw_trace_show_sa(__entry))
);

TRACE_DEFINE_ENUM(ESPGW_TRACE_PROBE_SENT);
TRACE_DEFINE_ENUM(ESPGW_TRACE_PROBE_ANSWERED);
TRACE_DEFINE_ENUM(ESPGW_TRACE_PROBE_LOST);

/*
 * A probe of a path MTU, an ESP packet of @size bytes of an SA, with the number
 * @token among those of its path. One that is lost may still be answered.
 */
TRACE_EVENT(probe,
	TP_PROTO(const struct espgw_net *en, u8 ip,
		 const struct espgw_addr *src, const struct espgw_addr *dst,
		 __be32 spi, u32 reqid, u32 token, u32 size, u8 outcome),
	TP_ARGS(en, ip, src, dst, spi, reqid, token, size, outcome),
	TP_STRUCT__entry(
		__field(u32, netns)
		espgw_trace_addrs
		__field(u32, spi)
		__field(u32, reqid)
		__field(u32, token)
		__field(u32, size)
		__field(u8, outcome)
	),
	TP_fast_assign(
		__entry->netns = en->net->ns.inum;
		espgw_trace_put_addrs(__entry, ip, src, dst);
		__entry->spi = be32_to_cpu(spi);
		__entry->reqid = reqid;
		__entry->token = token;
		__entry->size = size;
		__entry->outcome = outcome;
	),
	TP_printk("netns=%u family=%s saddr=%pI4 daddr=%pI4 saddrv6=%pI6c "
		  "daddrv6=%pI6c spi=0x%08x reqid=%u token=%u size=%u outcome=%s",
		  __entry->netns, espgw_trace_family(__entry->family),
		  __entry->saddr, __entry->daddr, __entry->saddr_v6,
		  __entry->daddr_v6, __entry->spi, __entry->reqid,
		  __entry->token, __entry->size,
		  __print_symbolic(__entry->outcome,
				   { ESPGW_TRACE_PROBE_SENT, "sent" },
				   { ESPGW_TRACE_PROBE_ANSWERED, "answered" },
				   { ESPGW_TRACE_PROBE_LOST, "lost" }))
);

/* What is done with fragments: the counters of VFR that have an event. */
#define espgw_trace_vfr_outcomes(one)					\
	one(HELD, "held")						\
	one(DROP, "drop")						\
	one(SOURCE_DROP, "source_drop")					\
	one(BYTES_DROP, "bytes_drop")					\
	one(TOO_MANY_FRAGS, "too_many_frags")				\
	one(TIMEOUT, "timeout")						\
	one(TINY, "tiny")						\
	one(NO_HEADER, "no_header")					\
	one(LENGTH, "length")						\
	one(OVERSIZE, "oversize")					\
	one(OVERLAP, "overlap")						\
	one(TWO_ENDS, "two_ends")					\
	one(DUPLICATE, "duplicate")					\
	one(DEAD, "dead")						\
	one(PURGED, "purged")						\
	one(REFUSED, "refused")						\
	one(NOMEM, "nomem")

#define espgw_trace_vfr_define(name, text)				\
	TRACE_DEFINE_ENUM(ESPGW_VFR_STAT_A_REASS_##name);
#define espgw_trace_vfr_word(name, text)				\
	{ ESPGW_VFR_STAT_A_REASS_##name, text },

TRACE_DEFINE_ENUM(ESPGW_VFR_STAT_A_UNSPEC);
espgw_trace_vfr_outcomes(espgw_trace_vfr_define)

/*
 * A fragment that passes @dev is held, or released when the first one of its
 * datagram has come, or dropped: as the counter says whose name, without
 * "reass_", is the outcome. Of a time-out there is one event for the datagram,
 * and one for each of its fragments that were held.
 */
TRACE_EVENT(vfr,
	TP_PROTO(const struct espgw_net *en, const char *dev, u8 dir, u8 ip,
		 const struct espgw_addr *src, const struct espgw_addr *dst,
		 u32 id, u32 off, u8 outcome),
	TP_ARGS(en, dev, dir, ip, src, dst, id, off, outcome),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(char, dev, IFNAMSIZ)
		__field(u8, dir)
		espgw_trace_addrs
		__field(u32, id)
		__field(u32, off)
		__field(u8, outcome)
	),
	TP_fast_assign(
		__entry->netns = en->net->ns.inum;
		strscpy(__entry->dev, dev, IFNAMSIZ);
		__entry->dir = dir;
		espgw_trace_put_addrs(__entry, ip, src, dst);
		__entry->id = id;
		__entry->off = off;
		__entry->outcome = outcome;
	),
	TP_printk("netns=%u dev=%s dir=%s family=%s saddr=%pI4 daddr=%pI4 "
		  "saddrv6=%pI6c daddrv6=%pI6c id=%u off=%u outcome=%s",
		  __entry->netns, __entry->dev,
		  __print_symbolic(__entry->dir, { ESPGW_DIR_IN, "in" },
				   { ESPGW_DIR_OUT, "out" }),
		  espgw_trace_family(__entry->family), __entry->saddr,
		  __entry->daddr, __entry->saddr_v6, __entry->daddr_v6,
		  __entry->id, __entry->off,
		  __print_symbolic(__entry->outcome,
				   espgw_trace_vfr_outcomes(espgw_trace_vfr_word)
				   { ESPGW_VFR_STAT_A_UNSPEC, "released" }))
);

TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_LOWERED);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_RAISED);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_SET);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_DEL);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_EXPIRED);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_REROUTED);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_DEVICE);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_PROBED);
TRACE_DEFINE_ENUM(ESPGW_PMTU_EVENT_NO_ANSWER);

/* What is known of the path MTU between two outer addresses; @mtu 0: nothing. */
TRACE_EVENT(pmtu,
	TP_PROTO(const struct espgw_net *en, u8 ip,
		 const struct espgw_addr *src, const struct espgw_addr *dst,
		 u32 reqid, u8 event, u32 mtu),
	TP_ARGS(en, ip, src, dst, reqid, event, mtu),
	TP_STRUCT__entry(
		__field(u32, netns)
		espgw_trace_addrs
		__field(u32, reqid)
		__field(u8, event)
		__field(u32, mtu)
	),
	TP_fast_assign(
		__entry->netns = en->net->ns.inum;
		espgw_trace_put_addrs(__entry, ip, src, dst);
		__entry->reqid = reqid;
		__entry->event = event;
		__entry->mtu = mtu;
	),
	TP_printk("netns=%u family=%s saddr=%pI4 daddr=%pI4 saddrv6=%pI6c "
		  "daddrv6=%pI6c reqid=%u event=%s mtu=%u",
		  __entry->netns, espgw_trace_family(__entry->family),
		  __entry->saddr, __entry->daddr, __entry->saddr_v6,
		  __entry->daddr_v6, __entry->reqid,
		  __print_symbolic(__entry->event,
				   { ESPGW_PMTU_EVENT_LOWERED, "lowered" },
				   { ESPGW_PMTU_EVENT_RAISED, "raised" },
				   { ESPGW_PMTU_EVENT_SET, "set" },
				   { ESPGW_PMTU_EVENT_DEL, "del" },
				   { ESPGW_PMTU_EVENT_EXPIRED, "expired" },
				   { ESPGW_PMTU_EVENT_REROUTED, "rerouted" },
				   { ESPGW_PMTU_EVENT_DEVICE, "device" },
				   { ESPGW_PMTU_EVENT_PROBED, "probed" },
				   { ESPGW_PMTU_EVENT_NO_ANSWER, "no-answer" }),
		  __entry->mtu)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH base
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
