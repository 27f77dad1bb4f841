// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: echo requests of this gateway through a path's own SA, padded to the
 * size that is asked about.
 *
 * A path has a struct espgw_prober once probes were asked for. Whatever happens
 * to it - a reply, an ICMP message, the timer, a change of configuration - ends
 * in run(), which asks core/probe what to do next.
 */
#include "hook/probe.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/siphash.h>
#include <linux/tcp.h>
#include <linux/timer.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "core/selector.h"
#include "core/stall.h"
#include "table/device.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "control/netlink.h"
#include "table/sad.h"
#include "table/spd.h"

/* Where something is missing that may turn up, it is looked for so often. */
#define WAIT_MS		1000

/* Hop limit of an echo request. */
#define ECHO_TTL	64

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
 * struct espgw_prober - the probes of a path
 * @path: the path
 * @en: namespace
 * @timer: calls run()
 * @core: the search
 * @env: what it was last told of the path
 * @key: of the cookies
 * @src: from where probes ask: an address of this host
 * @echo: whom they ask; family 0: it is to be found out
 * @asked: given by hand
 * @answered: who answered last
 * @lost: of @core's, what the namespace has counted
 * @holes: likewise
 * @id: of the echo requests
 * @seed: of the names of TCP flows
 * @stall_lock: protects @stall and @last; who finds it taken does without
 * @stall: TCP flows that may stand still
 * @last: by place in @stall.flows: low 32 bits of the sequence number, in the
 *	SA, of the last large segment
 * @wanted: `probe on` applies
 * @on: @wanted, and nobody has locked the path MTU; follows within a second
 * @waiting: @src or @echo, or the route, is missing
 * @dead: the path is on its way out: the timer is not started again
 * @rcu: frees it
 *
 * Under espgw_path.lock, but for what never changes and where said otherwise.
 */
struct espgw_prober {
	struct espgw_path *path;
	struct espgw_net *en;
	struct timer_list timer;
	struct espgw_probe core;
	struct espgw_probe_env env;
	siphash_key_t key;
	struct espgw_probe_addr src;
	struct espgw_probe_addr echo;
	struct espgw_probe_addr asked;
	struct espgw_probe_addr answered;
	u64 lost;
	u64 holes;
	u32 seed;
	spinlock_t stall_lock;
	struct espgw_stall stall;
	u32 last[ESPGW_STALL_FLOWS];
	u16 id;
	bool wanted;
	bool on;
	bool waiting;
	bool dead;
	struct rcu_head rcu;
};

/**
 * struct way - how a path's probes go at the moment
 * @sa: the outbound SA
 * @dst: its route; a reference is held; NULL: there is none
 * @env: what the search has to know
 * @pmtu: what the path's entry has to know
 * @now_ms: the time
 * @answer: inner senders are told of what is too big
 */
struct way {
	struct espgw_sa *sa;
	struct dst_entry *dst;
	struct espgw_probe_env env;
	struct espgw_pmtu_env pmtu;
	u64 now_ms;
	bool answer;
};

static unsigned int echo_len(u8 family)
{
	return (family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) +
	       ICMP_LEN;
}

/* Nothing that is learned changes what somebody has locked. */
static bool locked(const struct espgw_path *path)
{
	return path->pmtu.locked && !path->pmtu.floored;
}

/* Context: under RCU, bottom halves off. @sa is alive. */
static void way_of(struct way *w, struct espgw_sa *sa)
{
	struct espgw_mtu_policy mp;
	u32 least;

	w->sa = sa;
	w->dst = espgw_path_route(sa);
	w->now_ms = espgw_path_now_ms();
	espgw_path_policy(sa, w->dst, &mp);

	w->env.max = espgw_path_limit(sa, mp.mtu_cap, w->dst);
	w->env.pmtu = min(READ_ONCE(sa->path->mtu) ?: w->env.max, w->env.max);
	w->env.align = sa->len.align;
	w->env.overhead = sa->len.head + sa->len.icv;
	least = espgw_len_outer(&sa->len, echo_len(6));
	w->env.floor = min(max(mp.min_pmtu, least), w->env.max);
	w->env.confirm_ms = ESPGW_PROBE_CONFIRM_MS;
	w->env.raise_ms = ESPGW_PROBE_RAISE_MS;
	if (mp.pmtu_age_s != ESPGW_AGE_INFINITE)
		w->env.raise_ms = min_t(u64, w->env.raise_ms,
					(u64)mp.pmtu_age_s * MSEC_PER_SEC);
	w->env.on = mp.probe;
	w->answer = mp.icmp_answer;

	w->pmtu = (struct espgw_pmtu_env) {
		.effective = w->env.pmtu,
		.floor = w->env.floor,
		/* What is confirmed over and over does not age. */
		.age_s = mp.probe ? ESPGW_AGE_INFINITE : mp.pmtu_age_s,
		.learn = mp.pmtu_learn,
		.probe = mp.probe,
	};
}

static void way_end(const struct way *w)
{
	dst_release(w->dst);
}

/* Would an echo request between these go by the path? */
static bool leads(const struct way *w, const struct espgw_addr *src,
		  const struct espgw_addr *dst, u8 family)
{
	const struct espgw_view v = {
		.src = *src,
		.dst = *dst,
		.family = family,
		.len = echo_len(family),
		.hdr_len = echo_len(family) - ICMP_LEN,
		.proto = family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
		.icmp_type = family == 4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST,
		.ttl = ECHO_TTL,
	};
	struct espgw_policy *p;

	return espgw_spd_lookup(w->sa->en, &v, w->dst->dev->ifindex, false,
				&p) == ESPGW_MATCH_YES &&
	       p->cfg.action == ESPGW_ACTION_PROTECT &&
	       p->path == w->sa->path && !espgw_policy_exempts(p, &v, false);
}

static bool find_src4(const struct way *w, const struct espgw_addr *echo,
		      struct espgw_addr *src)
{
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	struct in_device *in;

	memset(src, 0, sizeof(*src));
	for_each_netdev_rcu(w->sa->en->net, dev) {
		in = __in_dev_get_rcu(dev);
		if (!in)
			continue;
		in_dev_for_each_ifa_rcu(ifa, in) {
			src->a[0] = ifa->ifa_local;
			if (leads(w, src, echo, 4))
				return true;
		}
	}
	return false;
}

static bool find_src6(const struct way *w, const struct espgw_addr *echo,
		      struct espgw_addr *src)
{
	const struct inet6_ifaddr *ifp;
	struct net_device *dev;
	struct inet6_dev *in6;
	bool found = false;

	for_each_netdev_rcu(w->sa->en->net, dev) {
		in6 = __in6_dev_get(dev);
		if (!in6)
			continue;
		read_lock_bh(&in6->lock);
		list_for_each_entry(ifp, &in6->addr_list, if_list) {
			if (ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
				continue;
			memcpy(src, &ifp->addr, sizeof(*src));
			found = leads(w, src, echo, 6);
			if (found)
				break;
		}
		read_unlock_bh(&in6->lock);
		if (found)
			return true;
	}
	return false;
}

/* An address of this host from which @echo is reached by the path. */
static bool find_src(const struct way *w, const struct espgw_probe_addr *echo,
		     struct espgw_probe_addr *src)
{
	src->family = echo->family;
	switch (echo->family) {
	case 4:
		return find_src4(w, &echo->addr, &src->addr);
	case 6:
		return find_src6(w, &echo->addr, &src->addr);
	default:
		return false;
	}
}

/* The single addresses behind the peer that policies name. */
static bool find_host(const struct way *w, struct espgw_probe_addr *echo,
		      struct espgw_probe_addr *src)
{
	const struct espgw_policy *p;

	list_for_each_entry_rcu(p, &w->sa->path->policies, on_path) {
		const struct espgw_selector *s = &p->cfg.sel;

		if (s->dst_len != (s->family == 4 ? 32 : 128))
			continue;
		echo->addr = s->dst;
		echo->family = s->family;
		if (find_src(w, echo, src))
			return true;
	}
	return false;
}

/*
 * From where to where probes go. Who was named; else who has answered before;
 * else who was heard of last; else who is the only one there.
 *
 * Context: under RCU, bottom halves off. Return: false if nobody is known.
 */
static bool find_pair(struct espgw_prober *pr, const struct way *w)
{
	struct espgw_path *path = pr->path;
	struct espgw_probe_addr known[5] = {}, src;
	bool found = false, same;
	unsigned int i;

	if (!w->dst)
		return false;
	spin_lock_bh(&path->lock);
	src = pr->src;
	known[0] = pr->echo;
	known[1] = pr->asked;
	known[2] = pr->answered;
	for (i = 0; i < 2; i++) {
		known[3 + i].addr = path->inner[i];
		if (path->has_inner[i])
			known[3 + i].family = i ? 6 : 4;
	}
	spin_unlock_bh(&path->lock);

	same = known[0].family && src.family == known[0].family &&
	       espgw_path_is_local(pr->en, &src.addr, src.family) &&
	       leads(w, &src.addr, &known[0].addr, src.family);
	if (same)
		return true;
	for (i = 1; i < ARRAY_SIZE(known) && !found; i++) {
		found = find_src(w, &known[i], &src);
		if (found)
			known[0] = known[i];
		else if (i == 1 && known[i].family)
			break;		/* who was named, or nobody */
	}
	if (!found && !known[1].family)
		found = find_host(w, &known[0], &src);
	if (!found)
		known[0].family = 0;
	spin_lock_bh(&path->lock);
	pr->echo = known[0];
	pr->src = src;
	spin_unlock_bh(&path->lock);
	return found;
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
	iph->ttl = ECHO_TTL;
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
	ip6h->hop_limit = ECHO_TTL;
	memcpy(&ip6h->saddr, src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, dst, sizeof(ip6h->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

/* Context: under RCU, bottom halves off. Return: false if it could not. */
static bool send(struct espgw_prober *pr, const struct way *w, u32 size,
		 u32 token)
{
	struct espgw_probe_addr src, echo;
	struct espgw_sa *sa = w->sa;
	struct espgw_encap e = {
		.tfc = espgw_len_inner(&sa->len, size),
		.ttl = ECHO_TTL,
		.df = true,
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
	if (espgw_encap_nesting(sa) != ESPGW_NESTING_OK || espgw_sa_held(sa))
		return false;

	e.family = echo.family;
	len = echo_len(e.family);
	head = sa->len.head + LL_RESERVED_SPACE(w->dst->dev);
	skb = alloc_skb(head + len + espgw_encap_tail(sa, &e, len), GFP_ATOMIC);
	if (!skb) {
		espgw_count(sa->en, ESPGW_STATS_A_DROP_OUT_NOMEM);
		return false;
	}
	skb_reserve(skb, head + len - ICMP_LEN);
	icmph = skb_put_zero(skb, sizeof(*icmph));
	icmph->type = e.family == 4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
	icmph->un.echo.id = htons(pr->id);
	icmph->un.echo.sequence = htons((u16)token);
	cookie = skb_put(skb, sizeof(*cookie));
	cookie->token = htonl(token);
	cookie->mac = cookie_mac(pr, token, &src.addr, &echo.addr);
	if (e.family == 4)
		put_ip4(skb, &src.addr, &echo.addr);
	else
		put_ip6(skb, &src.addr, &echo.addr);
	skb->dev = w->dst->dev;
	skb_dst_set(skb, dst_clone(w->dst));

	err = espgw_encap(sa, skb, &e);
	if (err > 0) {
		espgw_sa_count(sa, ESPGW_SA_STAT_A_DROPPED);
		espgw_drop(sa->en, skb, err);
		return false;
	}
	espgw_count(sa->en, ESPGW_STATS_A_OUT_PROBE);
	if (!err)
		espgw_encap_output(sa, skb, 0);
	return true;
}

/*
 * Take over what the search says. Return: the event to tell; 0: none. Caller
 * holds the path's lock.
 */
static u8 apply(struct espgw_prober *pr, const struct way *w)
{
	u32 events = espgw_probe_take(&pr->core);
	struct espgw_path *path = pr->path;
	u32 before = min(path->mtu ?: w->env.max, w->env.max), after;

	/* One that is answered late was not lost after all, but is counted. */
	if (pr->core.lost > pr->lost) {
		espgw_count_add(pr->en, ESPGW_STATS_A_PROBE_LOST,
				pr->core.lost - pr->lost);
		pr->lost = pr->core.lost;
	}
	espgw_count_add(pr->en, ESPGW_STATS_A_BLACK_HOLE,
			pr->core.holes - pr->holes);
	pr->holes = pr->core.holes;
	if (events & (ESPGW_PROBE_RAISED | ESPGW_PROBE_LOWERED |
		      ESPGW_PROBE_CONFIRMED))
		espgw_pmtu_confirm(&path->pmtu, pr->core.size, &w->pmtu,
				   w->now_ms);
	espgw_path_publish(path);
	if (events & ESPGW_PROBE_SILENT && !pr->asked.family) {
		/* Somebody else may answer. */
		pr->echo.family = 0;
		pr->answered.family = 0;
	}
	after = min(path->mtu ?: w->env.max, w->env.max);
	if (after > before)
		return ESPGW_PMTU_EVENT_RAISED;
	if (after < before)
		return ESPGW_PMTU_EVENT_LOWERED;
	if (events & ESPGW_PROBE_SILENT)
		return ESPGW_PMTU_EVENT_NO_ANSWER;
	return events & ESPGW_PROBE_FOUND ? ESPGW_PMTU_EVENT_PROBED : 0;
}

/*
 * Nobody has told the senders whose segments were lost in a black hole; else
 * they would wait for their next timer. Context: under RCU, bottom halves off.
 */
static void tell_stalled(struct espgw_prober *pr, struct espgw_sa *sa)
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

/* The path's lock is not held. Context: under RCU, bottom halves off. */
static void tell(struct espgw_prober *pr, const struct way *w, u8 event)
{
	if (!event)
		return;
	espgw_path_notify(pr->path, event);
	if (event == ESPGW_PMTU_EVENT_LOWERED && w->answer)
		tell_stalled(pr, w->sa);
}

/* What can only be known under the path's lock. */
static void complete_way(struct espgw_prober *pr, struct way *w)
{
	lockdep_assert_held(&pr->path->lock);
	/* Not from before the lock: somebody else may have sent a probe since. */
	w->now_ms = espgw_path_now_ms();
	w->env.on = pr->on;
	w->env.may_raise = espgw_pmtu_may_raise(&pr->path->pmtu, w->now_ms);
	pr->env = w->env;
}

static void arm(struct espgw_prober *pr, u64 in_ms)
{
	lockdep_assert_held(&pr->path->lock);
	if (!pr->dead)
		mod_timer(&pr->timer, jiffies + msecs_to_jiffies(
				min_t(u64, in_ms, 3600 * MSEC_PER_SEC)));
}

/* One step. Return: true if there is another one to be made at once. */
static bool step(struct espgw_prober *pr, struct way *w)
{
	struct espgw_path *path = pr->path;
	u64 due;
	u32 size, token;
	bool found;
	u8 event;

	if (READ_ONCE(pr->core.state) == ESPGW_PROBE_DISABLED)
		return false;
	found = find_pair(pr, w);
	spin_lock_bh(&path->lock);
	complete_way(pr, w);
	pr->waiting = !found;
	if (!found) {
		arm(pr, WAIT_MS);
		spin_unlock_bh(&path->lock);
		return false;
	}
	due = espgw_probe_next(&pr->core, &w->env, w->now_ms, &size, &token);
	event = apply(pr, w);
	if (due && due != ESPGW_PROBE_NEVER)
		arm(pr, due > w->now_ms ? due - w->now_ms : 1);
	else if (due && !pr->on)
		clear_bit(ESPGW_WATCH_ECHO, &path->watch);
	spin_unlock_bh(&path->lock);
	tell(pr, w, event);
	if (due)
		return false;
	if (send(pr, w, size, token))
		return true;
	spin_lock_bh(&path->lock);
	espgw_probe_unsent(&pr->core, token);
	spin_unlock_bh(&path->lock);
	return true;
}

/* So many probes at most leave in a row; the rest after a jiffy. */
#define STEPS_MAX	8

/* Context: under RCU, bottom halves off. */
static void run(struct espgw_prober *pr)
{
	struct espgw_sa *sa = espgw_path_any_sa(pr->path);
	unsigned int steps = 0;
	struct way w;

	if (sa) {
		way_of(&w, sa);
		while (steps < STEPS_MAX && step(pr, &w))
			steps++;
		way_end(&w);
		if (steps < STEPS_MAX)
			return;
	}
	/* An SA that is added looks for itself: see espgw_probe_update(). */
	spin_lock_bh(&pr->path->lock);
	pr->waiting = !sa;
	if (sa)
		arm(pr, 1);
	spin_unlock_bh(&pr->path->lock);
}

static void timed(struct timer_list *timer)
{
	struct espgw_prober *pr = from_timer(pr, timer, timer);

	rcu_read_lock();
	run(pr);
	rcu_read_unlock();
}

/**
 * espgw_probe_wake() - something has happened that probes may have to ask about
 * @path: the path
 *
 * Context: any but hard interrupts, without the path's lock; under RCU or
 * espgw_net.lock.
 */
void espgw_probe_wake(struct espgw_path *path)
{
	struct espgw_prober *pr = smp_load_acquire(&path->probing);

	if (!pr)
		return;
	spin_lock_bh(&path->lock);
	arm(pr, 0);
	spin_unlock_bh(&path->lock);
}

/* The path's probing, made if there is none. NULL without memory. */
static struct espgw_prober *probing_get(struct espgw_net *en,
					 struct espgw_path *path)
{
	struct espgw_prober *pr = path->probing;

	lockdep_assert_held(&en->lock);
	if (pr)
		return pr;
	pr = kzalloc(sizeof(*pr), GFP_KERNEL_ACCOUNT);
	if (!pr)
		return NULL;
	pr->path = path;
	pr->en = en;
	get_random_bytes(&pr->key, sizeof(pr->key));
	pr->id = get_random_u16();
	pr->seed = get_random_u32();
	spin_lock_init(&pr->stall_lock);
	timer_setup(&pr->timer, timed, 0);
	/* Pairs with smp_load_acquire(): who sees it sees what is in it. */
	smp_store_release(&path->probing, pr);
	return pr;
}

/**
 * espgw_probe_free() - the end of a path's probes
 * @path: the path, which no SA and no policy holds any more
 *
 * Context: process context, caller holds espgw_net.lock; waits for the timer.
 */
void espgw_probe_free(struct espgw_path *path)
{
	struct espgw_prober *pr = path->probing;

	if (!pr)
		return;
	/* A packet that found the path before may still be in run(). */
	spin_lock_bh(&path->lock);
	pr->dead = true;
	spin_unlock_bh(&path->lock);
	timer_delete_sync(&pr->timer);
	kfree_rcu(pr, rcu);
}

/* Caller holds the path's lock. */
static void start(struct espgw_prober *pr, const struct espgw_probe_env *env,
		  u64 now_ms)
{
	struct espgw_path *path = pr->path;
	const struct espgw_pmtu_env safe = {
		.effective = env->pmtu,
		.floor = env->floor,
		.age_s = ESPGW_AGE_INFINITE,
	};

	espgw_probe_start(&pr->core, env, now_ms);
	/* To the size where it is safe, not above what is known already. */
	if (pr->core.size < min(path->pmtu.mtu ?: env->max, env->max))
		espgw_pmtu_confirm(&path->pmtu, pr->core.size, &safe, now_ms);
	set_bit(ESPGW_WATCH_ECHO, &path->watch);
}

/*
 * `probe on` does not apply any more, or somebody has locked the path MTU: what
 * was found is kept for its age, what was only safe is not. Caller holds the
 * path's lock.
 */
static void stop(struct espgw_prober *pr, const struct way *w)
{
	struct espgw_path *path = pr->path;
	struct espgw_pmtu *e = &path->pmtu;

	espgw_probe_stop(&pr->core);
	clear_bit(ESPGW_WATCH_TCP, &path->watch);
	if (!e->mtu || e->source != ESPGW_PMTU_PROBE || locked(path))
		return;
	if (pr->core.low)
		espgw_pmtu_confirm(e, e->mtu, &w->pmtu, w->now_ms);
	else
		espgw_pmtu_restart(e, w->now_ms);
}

/* Without a look at the route: can `probe on` apply to an SA? */
static bool may_be_on(const struct espgw_sa *sa)
{
	const struct espgw_dev *ed;

	if (sa->mtu.probe || sa->en->def.probe)
		return true;
	list_for_each_entry(ed, &sa->en->devs, list)
		if (ed->eff.probe)
			return true;
	return false;
}

/**
 * espgw_probe_update() - does an SA's path have probes
 * @sa: the outbound SA that the path's packets take, or are about to
 *
 * After whatever changes its MTU policy; what has changed takes effect before
 * this returns.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_probe_update(struct espgw_sa *sa)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr;
	struct way w;
	bool changed;
	u8 event = 0;

	lockdep_assert_held(&sa->en->lock);
	if (!path->probing && !may_be_on(sa))
		return;
	local_bh_disable();
	rcu_read_lock();
	way_of(&w, sa);
	way_end(&w);
	rcu_read_unlock();
	local_bh_enable();
	pr = w.env.on ? probing_get(sa->en, path) : path->probing;
	if (!pr)
		return;

	spin_lock_bh(&path->lock);
	pr->wanted = w.env.on;
	w.env.on &= !locked(path);
	changed = pr->on != w.env.on;
	if (changed) {
		WRITE_ONCE(pr->on, w.env.on);
		pr->env = w.env;
		pr->waiting = pr->on;
		if (pr->on) {
			start(pr, &w.env, w.now_ms);
			set_bit(ESPGW_WATCH_TCP, &path->watch);
		} else {
			stop(pr, &w);
		}
		event = apply(pr, &w);
	}
	/* The SA may not be there to be found for a moment yet. */
	if (changed || (pr->waiting && pr->on))
		arm(pr, 1);
	spin_unlock_bh(&path->lock);
	if (event)
		espgw_path_notify(path, event);
}

/**
 * espgw_probe_refresh() - which paths have probes
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_probe_refresh(struct espgw_net *en)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa) {
		if (sa->key.dir != ESPGW_DIR_OUT)
			continue;
		rcu_read_lock();
		if (espgw_path_any_sa(sa->path) != sa) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		espgw_probe_update(sa);
	}
}

/**
 * espgw_probe_now() - search a path's MTU, by hand
 * @sa: an outbound SA of the path
 * @echo: whom to ask; family 0: who is known
 * @extack: says what is wrong
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or a negative
 * error; what is found comes later.
 */
int espgw_probe_now(struct espgw_sa *sa, const struct espgw_probe_addr *echo,
		    struct netlink_ext_ack *extack)
{
	struct espgw_path *path = sa->path;
	struct espgw_probe_addr src;
	struct espgw_prober *pr;
	struct way w;
	int err = 0;
	u8 event = 0;

	lockdep_assert_held(&sa->en->lock);
	pr = probing_get(sa->en, path);
	if (!pr)
		return -ENOMEM;

	local_bh_disable();
	rcu_read_lock();
	sa = espgw_path_any_sa(path);
	if (!sa) {
		NL_SET_ERR_MSG(extack, "no SA of this path is usable");
		err = -ENOENT;
		goto unlock;
	}
	way_of(&w, sa);
	if (!w.dst) {
		NL_SET_ERR_MSG(extack, "no route leads to the peer");
		err = -ENETUNREACH;
		goto end;
	}
	if (echo->family && !find_src(&w, echo, &src)) {
		NL_SET_ERR_MSG(extack, "no address of this host reaches the echo address by a policy of this path");
		err = -EADDRNOTAVAIL;
		goto end;
	}
	spin_lock_bh(&path->lock);
	if (locked(path)) {
		NL_SET_ERR_MSG(extack, "the path MTU is locked");
		err = -EPERM;
	} else if (echo->family) {
		pr->asked = *echo;
		pr->echo.family = 0;
	}
	spin_unlock_bh(&path->lock);
	if (err)
		goto end;
	if (!find_pair(pr, &w)) {
		NL_SET_ERR_MSG(extack, "no inner address of the peer is known that an address of this host reaches by a policy of this path: give one with echo");
		err = -EADDRNOTAVAIL;
		goto end;
	}
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	espgw_probe_ask(&pr->core, &w.env, w.now_ms);
	set_bit(ESPGW_WATCH_ECHO, &path->watch);
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
end:
	way_end(&w);
unlock:
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

/**
 * espgw_probe_again() - what probes have found is not so any more
 * @path: the path: its entry was forgotten, or packets go another way
 * @now_ms: the time
 *
 * With `probe on` it begins anew, at the safe size.
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_probe_again(struct espgw_path *path, u64 now_ms)
{
	struct espgw_prober *pr = path->probing;

	lockdep_assert_held(&path->lock);
	if (!pr)
		return;
	if (pr->on) {
		start(pr, &pr->env, now_ms);
		arm(pr, 0);
	} else {
		espgw_probe_stop(&pr->core);
	}
}

/**
 * espgw_probe_is_on() - whether `probe on` applies to a path
 * @path: the path
 *
 * Context: under RCU or espgw_net.lock. Return: true if so.
 */
bool espgw_probe_is_on(const struct espgw_path *path)
{
	const struct espgw_prober *pr = smp_load_acquire(&path->probing);

	return pr && READ_ONCE(pr->on);
}

/**
 * espgw_probe_bound() - the size that probes have confirmed, or that is safe
 * @path: the path
 *
 * Context: caller holds espgw_path.lock. Return: bytes; 0: no bound, since
 * `probe on` does not apply.
 */
u32 espgw_probe_bound(const struct espgw_path *path)
{
	const struct espgw_prober *pr = path->probing;

	if (!pr || !pr->wanted || locked(path))
		return 0;
	return pr->on ? pr->core.size : ESPGW_PROBE_BASE;
}

/**
 * espgw_probe_told() - an ICMP message, or what TCP's MSS allows, was judged
 * @sa: the outbound SA that it is about
 * @verdict: what became of it
 * @mtu: what it says, bytes
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_probe_told(struct espgw_sa *sa, enum espgw_pmtu_verdict verdict,
		      u32 mtu)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = smp_load_acquire(&path->probing);
	struct way w;
	u8 event;

	if (!pr)
		return;
	way_of(&w, sa);
	way_end(&w);
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	switch (verdict) {
	case ESPGW_PMTU_ACCEPTED:
	case ESPGW_PMTU_REJ_NOT_LOWER:	/* of a probe that asked for more */
		if (pr->core.state != ESPGW_PROBE_DISABLED)
			espgw_probe_icmp(&pr->core, &w.env, mtu, w.now_ms);
		/* The entry has it already, and says by whom. */
		if (verdict == ESPGW_PMTU_ACCEPTED)
			pr->core.events &= ~ESPGW_PROBE_LOWERED;
		break;
	case ESPGW_PMTU_SUSPECT:
		espgw_probe_suspect(&pr->core, &w.env, mtu, w.now_ms);
		set_bit(ESPGW_WATCH_ECHO, &path->watch);
		break;
	default:
		break;
	}
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
}

/* Is it an answer to a probe? Then the search knows it. */
static bool take_reply(struct espgw_sa *sa, const struct sk_buff *skb,
		       const struct espgw_view *v)
{
	struct {
		struct icmphdr icmph;
		struct cookie cookie;
	} __packed buf;
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = smp_load_acquire(&path->probing);
	struct espgw_sa *out;
	struct way w;
	u32 token;
	u8 event;

	if (!pr || v->is_frag || v->len != v->hdr_len + ICMP_LEN ||
	    (v->family == 4 ? v->proto != IPPROTO_ICMP ||
			      v->icmp_type != ICMP_ECHOREPLY :
			      v->proto != IPPROTO_ICMPV6 ||
			      v->icmp_type != ICMPV6_ECHO_REPLY) ||
	    skb_copy_bits(skb, v->hdr_len, &buf, sizeof(buf)) ||
	    buf.icmph.un.echo.id != htons(pr->id))
		return false;
	token = ntohl(buf.cookie.token);
	if (buf.cookie.mac != cookie_mac(pr, token, &v->dst, &v->src))
		return false;

	out = espgw_path_any_sa(path);
	if (!out)
		return true;
	way_of(&w, out);
	way_end(&w);
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	if (espgw_probe_reply(&pr->core, &w.env, token, w.now_ms)) {
		pr->answered.addr = v->src;
		pr->answered.family = v->family;
	}
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
	return true;
}

/**
 * espgw_probe_out() - look at an inner packet that is about to leave
 * @sa: the outbound SA that it takes
 * @skb: the packet, linear, skb->data at its IP header
 * @seq: low 32 bits of its sequence number in the SA
 *
 * TCP that sends large segments again and again makes a probe ask.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_probe_out(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = smp_load_acquire(&path->probing);
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
	if (pr->on) {
		espgw_probe_stalled(&pr->core, &pr->env, worth, lost_ms, now_ms);
		arm(pr, 0);	/* not from here: a packet is under way */
	}
	spin_unlock_bh(&path->lock);
}

static void see_ack(struct espgw_prober *pr, const struct sk_buff *skb,
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

/* Who is behind the peer: a probe may have to ask somebody. */
static void note_inner(struct espgw_path *path, const struct espgw_view *v)
{
	unsigned int i = v->family == 6;
	struct espgw_prober *pr;

	spin_lock_bh(&path->lock);
	path->inner[i] = v->src;
	path->has_inner[i] = true;
	pr = path->probing;
	if (pr && !pr->waiting)
		pr = NULL;
	spin_unlock_bh(&path->lock);
	clear_bit(ESPGW_WATCH_PEER, &path->watch);
	if (pr)
		run(pr);
}

/**
 * espgw_probe_in() - look at an inner packet that has arrived
 * @sa: the inbound SA that it came by, not dead, whose path wants to see it
 * @skb: the packet, skb->data at its IP header
 * @v: what it is
 *
 * Context: under RCU, bottom halves off. Return: true if it answers a probe: it
 * is for nobody else.
 */
bool espgw_probe_in(struct espgw_sa *sa, const struct sk_buff *skb,
		    const struct espgw_view *v)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr;

	if (v->proto == IPPROTO_TCP && v->has_ports && !v->is_frag &&
	    test_bit(ESPGW_WATCH_TCP, &path->watch)) {
		pr = smp_load_acquire(&path->probing);
		if (pr)
			see_ack(pr, skb, v);
	}
	if (test_bit(ESPGW_WATCH_ECHO, &path->watch) &&
	    take_reply(sa, skb, v))
		return true;
	if (test_bit(ESPGW_WATCH_PEER, &path->watch))
		note_inner(path, v);
	return false;
}

/**
 * espgw_probe_tell() - a path's probes as shown to people
 * @path: the path
 * @info: result
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_probe_tell(const struct espgw_path *path,
		      struct espgw_probe_info *info)
{
	static const u8 states[] = {
		[ESPGW_PROBE_DISABLED] = ESPGW_PROBING_OFF,
		[ESPGW_PROBE_BASE_WAIT] = ESPGW_PROBING_BASE,
		[ESPGW_PROBE_SEARCHING] = ESPGW_PROBING_SEARCHING,
		[ESPGW_PROBE_COMPLETE] = ESPGW_PROBING_COMPLETE,
		[ESPGW_PROBE_ERROR] = ESPGW_PROBING_ERROR,
	};
	const struct espgw_prober *pr = path->probing;
	unsigned int i;

	lockdep_assert_held(&path->lock);
	memset(info, 0, sizeof(*info));
	if (!pr)
		return;
	info->core = pr->core;
	info->echo = pr->echo;
	info->state = states[pr->core.state];
	if (pr->waiting && info->state != ESPGW_PROBING_OFF)
		info->state = ESPGW_PROBING_WAITING;
	for (i = 0; i < ARRAY_SIZE(pr->core.ring); i++)
		if (pr->core.ring[i].out &&
		    pr->core.ring[i].token == pr->core.token)
			info->size = pr->core.ring[i].size;
}
