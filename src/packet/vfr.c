// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual fragment reassembly: held fragments, and who needs it.
 *
 * core/vfr decides about one datagram; here are the datagrams, their memory and
 * their time. A source that floods takes half of what there is at most, a
 * second one half of the rest, and so on: whoever has little finds a place.
 */
#include "packet/vfr.h"

#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "table/device.h"
#include "control/netlink.h"
#include "table/path.h"
#include "table/sad.h"
#include "packet/skb.h"

#define MAX_REASSEMBLIES	64
#define MAX_FRAGMENTS		16
#define TIMEOUT_S		3
#define MAX_BYTES		(1024 * 1024)

/**
 * struct chain - a datagram that is followed
 * @node: in espgw_vfrq.hash
 * @list: in espgw_vfrq.chains
 * @src: source
 * @dst: destination
 * @path: the tunnel that its fragments came by; NULL: they came in clear, or
 *	leave. An attacker's are never put to a peer's.
 * @id: identification
 * @proto: IPv4's; in IPv6 fragments need not agree on it (RFC 8200 4.5)
 * @family: 4 or 6
 * @born: jiffies when its first fragment came
 * @bytes: memory, with what is held
 * @held: fragments that wait for the first, by offset; struct held in skb->cb
 * @vfr: what core/vfr knows
 */
struct chain {
	struct hlist_node node;
	struct list_head list;
	struct espgw_addr src;
	struct espgw_addr dst;
	const struct espgw_path *path;
	u32 id;
	u8 proto;
	u8 family;
	unsigned long born;
	u32 bytes;
	struct sk_buff_head held;
	struct espgw_vfr_chain vfr;
};

/**
 * struct held - a held fragment, in its skb->cb
 * @sa_id: number of the SA that it came by; 0: none. Not the SA: what waits
 *	shall not keep the keys of one that is deleted.
 * @nh: where its IP header begins, bytes from skb->data
 * @off: fragment offset, bytes
 * @sport: the first fragment's, with @has_ports
 * @dport: likewise
 * @proto: upper protocol
 * @has_ports: the first fragment showed ports
 */
struct held {
	u32 sa_id;
	unsigned int nh;
	u16 off;
	u16 sport;
	u16 dport;
	u8 proto;
	bool has_ports;
};

static struct held *held(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct held) > sizeof(skb->cb));
	return (struct held *)skb->cb;
}

/* What is wrong with a fragment: who is told how. Indexed by the core's reason. */
static const struct {
	u8 stat;
	u8 alert;
} wrong[] = {
	[ESPGW_VFR_TINY] = { ESPGW_VFR_STAT_A_REASS_TINY,
			     ESPGW_ALERT_TINY_FRAGMENTS },
	[ESPGW_VFR_NO_HEADER] = { ESPGW_VFR_STAT_A_REASS_NO_HEADER,
				  ESPGW_ALERT_NO_UPPER_HEADER },
	[ESPGW_VFR_LENGTH] = { ESPGW_VFR_STAT_A_REASS_LENGTH,
			       ESPGW_ALERT_INVALID_FRAG_LENGTH },
	[ESPGW_VFR_BEYOND] = { ESPGW_VFR_STAT_A_REASS_OVERSIZE,
			       ESPGW_ALERT_OVERSIZE_DATAGRAM },
	[ESPGW_VFR_OVERLAP] = { ESPGW_VFR_STAT_A_REASS_OVERLAP,
				ESPGW_ALERT_OVERLAP_FRAGMENTS },
	[ESPGW_VFR_TWO_ENDS] = { ESPGW_VFR_STAT_A_REASS_TWO_ENDS,
				 ESPGW_ALERT_TWO_LAST_FRAGMENTS },
	[ESPGW_VFR_TOO_MANY] = { ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS,
				 ESPGW_ALERT_TOO_MANY_FRAGMENTS },
	[ESPGW_VFR_DUPLICATE] = { ESPGW_VFR_STAT_A_REASS_DUPLICATE, 0 },
	[ESPGW_VFR_DEAD] = { ESPGW_VFR_STAT_A_REASS_DEAD, 0 },
};

/* As in the log. */
static const char *const alert_names[__ESPGW_ALERT_MAX] = {
	[ESPGW_ALERT_TINY_FRAGMENTS] = "TINY_FRAGMENTS",
	[ESPGW_ALERT_NO_UPPER_HEADER] = "NO_UPPER_HEADER",
	[ESPGW_ALERT_INVALID_FRAG_LENGTH] = "INVALID_FRAG_LENGTH",
	[ESPGW_ALERT_OVERSIZE_DATAGRAM] = "OVERSIZE_DATAGRAM",
	[ESPGW_ALERT_OVERLAP_FRAGMENTS] = "OVERLAP_FRAGMENTS",
	[ESPGW_ALERT_TWO_LAST_FRAGMENTS] = "TWO_LAST_FRAGMENTS",
	[ESPGW_ALERT_TOO_MANY_FRAGMENTS] = "TOO_MANY_FRAGMENTS",
	[ESPGW_ALERT_FRAG_TABLE_OVERFLOW] = "FRAG_TABLE_OVERFLOW",
};

/* What each feature needs to be followed, and which way. */
static const u8 feature_dirs[__ESPGW_VFR_FEATURE_MAX] = {
	[ESPGW_VFR_FEATURE_PORTS] = BIT(ESPGW_DIR_OUT) | BIT(ESPGW_DIR_IN),
	[ESPGW_VFR_FEATURE_GRE] = BIT(ESPGW_DIR_OUT) | BIT(ESPGW_DIR_IN),
	[ESPGW_VFR_FEATURE_ESP] = BIT(ESPGW_DIR_IN),
	[ESPGW_VFR_FEATURE_NATT] = BIT(ESPGW_DIR_IN),
};

/* One line a second of a kind: a flood of fragments is none of log lines. */
static void report(struct espgw_vfrq *q, u8 kind, const struct espgw_view *v)
{
	const char *way = q->dir == ESPGW_DIR_IN ? "in" : "out";
	const struct net_device *dev = q->ed->dev;

	if (!espgw_due(&q->reported[kind]))
		return;
	if (v->family == 4)
		pr_warn("espgw: vfr: %s dev %s src %pI4 dst %pI4 dir %s\n",
			alert_names[kind], dev->name, &v->src, &v->dst, way);
	else
		pr_warn("espgw: vfr: %s dev %s src %pI6c dst %pI6c dir %s\n",
			alert_names[kind], dev->name, &v->src, &v->dst, way);
	espgw_notify_vfr_alert(q, kind, v);
}

static enum espgw_stats_attr drop_counter(const struct espgw_vfrq *q)
{
	return q->dir == ESPGW_DIR_IN ? ESPGW_STATS_A_DROP_IN_VFR :
					ESPGW_STATS_A_DROP_OUT_VFR;
}

static void drop_list(struct espgw_vfrq *q, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		espgw_drop(q->ed->en, skb, drop_counter(q));
}

/* -- under espgw_vfrq.lock */

static struct hlist_head *bucket(struct espgw_vfrq *q, const struct chain *key)
{
	u32 hash = jhash2((const u32 *)&key->src, 4, q->seed);

	hash = jhash2((const u32 *)&key->dst, 4, hash);
	hash = jhash_2words(key->id, key->proto, hash);
	return &q->hash[hash >> (32 - ESPGW_VFRQ_HASH_BITS)];
}

static struct chain *find(struct espgw_vfrq *q, const struct chain *key)
{
	struct chain *c;

	hlist_for_each_entry(c, bucket(q, key), node)
		if (c->id == key->id && c->proto == key->proto &&
		    c->family == key->family && c->path == key->path &&
		    espgw_addr_equal(&c->src, &key->src) &&
		    espgw_addr_equal(&c->dst, &key->dst))
			return c;
	return NULL;
}

static void charge(struct espgw_vfrq *q, struct chain *c, u32 bytes)
{
	c->bytes += bytes;
	q->bytes += bytes;
}

static void empty(struct espgw_vfrq *q, struct chain *c,
		  struct sk_buff_head *to)
{
	struct sk_buff *skb;

	skb_queue_walk(&c->held, skb) {
		c->bytes -= skb->truesize;
		q->bytes -= skb->truesize;
	}
	q->held -= skb_queue_len(&c->held);
	skb_queue_splice_tail_init(&c->held, to);
}

static void forget(struct espgw_vfrq *q, struct chain *c)
{
	q->bytes -= c->bytes;
	q->count--;
	hlist_del(&c->node);
	list_del(&c->list);
	kfree(c);
}

/*
 * May @c's source, which may be new, take a place more or @bytes more? As much
 * as is free still, and it has not more than that already. 0 or the counter.
 */
static u8 no_share(const struct espgw_vfrq *q, const struct chain *key,
		   bool place, u32 bytes)
{
	u32 count = 0, taken = 0;
	const struct chain *c;

	if (place && q->count >= q->cfg.max_reassemblies)
		return ESPGW_VFR_STAT_A_REASS_DROP;
	if (q->bytes + bytes > q->cfg.max_bytes)
		return ESPGW_VFR_STAT_A_REASS_BYTES_DROP;
	list_for_each_entry(c, &q->chains, list) {
		if (!espgw_addr_equal(&c->src, &key->src))
			continue;
		count++;
		taken += c->bytes;
	}
	if (place && count >= q->cfg.max_reassemblies - q->count)
		return ESPGW_VFR_STAT_A_REASS_SOURCE_DROP;
	if (count && taken > q->cfg.max_bytes - q->bytes)
		return ESPGW_VFR_STAT_A_REASS_BYTES_DROP;
	return 0;
}

static struct chain *make(struct espgw_vfrq *q, const struct chain *key)
{
	u32 size = struct_size(key, vfr.piece, q->cfg.max_fragments);
	struct chain *c = kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);

	if (!c)
		return NULL;
	*c = *key;
	c->born = jiffies;
	c->bytes = 0;
	__skb_queue_head_init(&c->held);
	espgw_vfr_chain_init(&c->vfr, q->cfg.max_fragments);
	hlist_add_head(&c->node, bucket(q, c));
	list_add_tail(&c->list, &q->chains);
	q->count++;
	charge(q, c, size);
	q->stat[ESPGW_VFR_STAT_A_REASS_REQDS]++;
	return c;
}

static void hold(struct espgw_vfrq *q, struct chain *c, struct sk_buff *skb,
		 unsigned int nh, const struct espgw_view *v,
		 const struct espgw_sa *sa)
{
	struct sk_buff *after;

	skb_orphan(skb);	/* its sender is not to wait for it */
	*held(skb) = (struct held) {
		.sa_id = sa ? sa->id : 0,
		.nh = nh,
		.off = v->frag_off,
	};
	skb_queue_reverse_walk(&c->held, after)
		if (held(after)->off < v->frag_off)
			break;
	__skb_queue_after(&c->held, after, skb);
	q->held++;
	q->stat[ESPGW_VFR_STAT_A_REASS_HELD]++;
	charge(q, c, skb->truesize);
}

/* What the first fragment says holds for all. */
static void tell_ports(const struct chain *c, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	skb_queue_walk(list, skb) {
		held(skb)->sport = c->vfr.sport;
		held(skb)->dport = c->vfr.dport;
		held(skb)->has_ports = c->vfr.has_ports;
		held(skb)->proto = c->vfr.proto;
	}
}

static void describe(struct espgw_vfr_frag *f, const struct sk_buff *skb,
		     unsigned int nh, const struct espgw_view *v)
{
	const u8 *doff;
	u8 buf;

	memset(f, 0, sizeof(*f));
	f->family = v->family;
	f->proto = v->proto;
	f->mf = v->mf;
	f->off = v->frag_off;
	if (v->family == 4) {
		f->hdr_len = v->hdr_len;
		f->len = v->len - v->hdr_len;
	} else {
		f->hdr_len = v->frag_hdr - ESPGW_IP6_HDR;
		f->len = v->len - v->frag_hdr - ESPGW_IP6_FRAG_HDR;
	}
	if (f->off)
		return;
	f->upper_len = v->len - v->hdr_len;
	f->has_upper = f->upper_len;
	f->has_ports = v->has_ports;
	f->sport = v->sport;
	f->dport = v->dport;
	if (v->proto != IPPROTO_TCP || f->upper_len < sizeof(struct tcphdr))
		return;
	doff = skb_header_pointer(skb, nh + v->hdr_len + 12, 1, &buf);
	if (doff)
		f->tcp_hdr_len = (*doff >> 4) * 4;
}

/**
 * struct taken - what becomes of a fragment
 * @dropped: fragments to drop, the new one possibly among them
 * @released: held ones to send on behind the new one
 * @alert: enum espgw_alert_kind to tell of; 0: nothing
 * @gone: the new one is held or dropped
 */
struct taken {
	struct sk_buff_head dropped;
	struct sk_buff_head *released;
	u8 alert;
	bool gone;
};

static void refuse(struct espgw_vfrq *q, struct sk_buff *skb, u8 stat,
		   struct taken *t)
{
	q->stat[stat]++;
	/* The share is a narrower table. */
	if (stat == ESPGW_VFR_STAT_A_REASS_SOURCE_DROP)
		q->stat[ESPGW_VFR_STAT_A_REASS_DROP]++;
	if (stat == ESPGW_VFR_STAT_A_REASS_DROP ||
	    stat == ESPGW_VFR_STAT_A_REASS_SOURCE_DROP ||
	    stat == ESPGW_VFR_STAT_A_REASS_BYTES_DROP)
		t->alert = ESPGW_ALERT_FRAG_TABLE_OVERFLOW;
	__skb_queue_tail(&t->dropped, skb);
	t->gone = true;
}

static void take(struct espgw_vfrq *q, struct sk_buff *skb, unsigned int nh,
		 struct espgw_view *v, const struct espgw_sa *sa,
		 struct taken *t)
{
	const struct chain key = {
		.src = v->src,
		.dst = v->dst,
		.path = sa ? sa->path : NULL,
		.id = v->id,
		.proto = v->family == 4 ? v->proto : 0,
		.family = v->family,
	};
	enum espgw_vfr_reason reason;
	struct espgw_vfr_frag f;
	struct chain *c;
	u32 bytes = 0;
	u8 stat = 0;

	q->stat[ESPGW_VFR_STAT_A_REASS_FRAGS]++;
	if (q->cfg.drop_fragments) {
		refuse(q, skb, ESPGW_VFR_STAT_A_REASS_REFUSED, t);
		return;
	}
	c = find(q, &key);
	if (!c)
		bytes = struct_size(c, vfr.piece, q->cfg.max_fragments);
	if (v->frag_off && !(c && (c->vfr.first || c->vfr.dead)))
		bytes += skb->truesize;		/* it will be held */
	if (bytes)
		stat = no_share(q, &key, !c, bytes);
	if (!c && !stat) {
		c = make(q, &key);
		if (!c)
			stat = ESPGW_VFR_STAT_A_REASS_NOMEM;
	}
	if (stat) {
		refuse(q, skb, stat, t);
		return;
	}

	describe(&f, skb, nh, v);
	switch (espgw_vfr_add(&c->vfr, &f, &reason)) {
	case ESPGW_VFR_HOLD:
		hold(q, c, skb, nh, v, sa);
		t->gone = true;
		return;
	case ESPGW_VFR_RELEASE:
		empty(q, c, t->released);
		tell_ports(c, t->released);
		break;
	case ESPGW_VFR_PASS:
		v->proto = c->vfr.proto;
		v->has_ports = c->vfr.has_ports;
		v->sport = c->vfr.sport;
		v->dport = c->vfr.dport;
		break;
	case ESPGW_VFR_KILL:
		q->stat[ESPGW_VFR_STAT_A_REASS_PURGED] +=
			skb_queue_len(&c->held);
		empty(q, c, &t->dropped);
		fallthrough;
	case ESPGW_VFR_DROP:
		refuse(q, skb, wrong[reason].stat, t);
		t->alert = wrong[reason].alert;
		return;
	}
	if (espgw_vfr_complete(&c->vfr)) {
		q->stat[ESPGW_VFR_STAT_A_REASS_OKS]++;
		forget(q, c);
	}
}

/* -- the packet's way */

/**
 * espgw_vfrq_concerns() - does what is followed include a fragment
 * @q: where it passes
 * @v: the fragment
 *
 * The same for all fragments of a datagram. IPv6's may say different protocols,
 * so all that could be meant are followed.
 *
 * Context: under RCU. Return: true if so.
 */
bool espgw_vfrq_concerns(const struct espgw_vfrq *q, const struct espgw_view *v)
{
	u32 follow = READ_ONCE(q->follow);
	u32 bit = 0;

	if (follow & ESPGW_VFRQ_ALL)
		return true;
	if (v->family == 6)
		bit = U32_MAX;
	else if (v->proto == IPPROTO_GRE)
		bit = BIT(ESPGW_VFR_FEATURE_GRE);
	else if (v->proto == IPPROTO_ESP)
		bit = BIT(ESPGW_VFR_FEATURE_ESP);
	else if (v->proto == IPPROTO_UDP)
		bit = BIT(ESPGW_VFR_FEATURE_NATT);
	follow &= bit;
	if (!follow || follow & BIT(ESPGW_VFR_FEATURE_GRE))
		return follow;
	/* ESP is decrypted only here. */
	return espgw_path_is_local(q->ed->en, &v->dst, v->family);
}

/**
 * espgw_vfrq_take() - a fragment comes by
 * @q: where
 * @skb: the fragment, not shared
 * @nh: where its IP header begins, bytes from skb->data
 * @v: what it is; receives the first fragment's ports
 * @sa: the SA that it came by, or NULL
 * @released: an empty list; receives fragments that are to be sent on behind
 *	this one, each to be asked about by espgw_vfrq_view()
 *
 * Context: under RCU, bottom halves off. Return: true: send it on, then those of
 * @released. false: it is held or dropped.
 */
bool espgw_vfrq_take(struct espgw_vfrq *q, struct sk_buff *skb, unsigned int nh,
		     struct espgw_view *v, const struct espgw_sa *sa,
		     struct sk_buff_head *released)
{
	struct taken t = { .released = released };

	__skb_queue_head_init(&t.dropped);
	/* A held one outlives this RCU section. */
	skb_dst_force(skb);

	spin_lock(&q->lock);
	take(q, skb, nh, v, sa, &t);
	if (!list_empty(&q->chains))
		queue_delayed_work(espgw_wq, &q->expire,
				   q->cfg.timeout_s * HZ);
	spin_unlock(&q->lock);

	drop_list(q, &t.dropped);
	if (t.alert)
		report(q, t.alert, v);
	return !t.gone;
}

/**
 * espgw_vfrq_view() - what a released fragment is
 * @v: result
 * @skb: the fragment; its control buffer is free from now on
 * @nh: result: where its IP header begins, bytes from skb->data
 * @sa_id: result: the number of the SA that it came by, or 0
 *
 * Return: false: it is malformed.
 */
bool espgw_vfrq_view(struct espgw_view *v, struct sk_buff *skb,
		     unsigned int *nh, u32 *sa_id)
{
	struct held h = *held(skb);

	*nh = h.nh;
	*sa_id = h.sa_id;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (!espgw_skb_view(v, skb, h.nh))
		return false;
	v->proto = h.proto;
	v->has_ports = h.has_ports;
	v->sport = h.sport;
	v->dport = h.dport;
	return true;
}

/* -- time */

/* Gives up what is older than @age jiffies. */
static void give_up(struct espgw_vfrq *q, unsigned long age)
{
	struct sk_buff_head dropped;
	struct chain *c;

	__skb_queue_head_init(&dropped);
	spin_lock_bh(&q->lock);
	while ((c = list_first_entry_or_null(&q->chains, struct chain, list))) {
		unsigned long until = c->born + age;

		if (age && time_before(jiffies, until)) {
			queue_delayed_work(espgw_wq, &q->expire,
					   until - jiffies);
			break;
		}
		if (age && !c->vfr.dead)
			q->stat[ESPGW_VFR_STAT_A_REASS_TIMEOUT]++;
		q->stat[ESPGW_VFR_STAT_A_REASS_PURGED] +=
			skb_queue_len(&c->held);
		empty(q, c, &dropped);
		forget(q, c);
	}
	spin_unlock_bh(&q->lock);
	local_bh_disable();
	drop_list(q, &dropped);
	local_bh_enable();
}

static void expire(struct work_struct *work)
{
	struct espgw_vfrq *q = container_of(to_delayed_work(work),
					    struct espgw_vfrq, expire);

	give_up(q, READ_ONCE(q->cfg.timeout_s) * HZ);
}

/* -- configuration */

/**
 * espgw_vfrq_users() - how many need fragments to be followed
 * @q: where
 * @f: the feature
 *
 * Context: caller holds espgw_net.lock, or RCU for a number that may be old.
 * Return: policies or SAs.
 */
u32 espgw_vfrq_users(const struct espgw_vfrq *q, enum espgw_vfr_feature f)
{
	if (!(feature_dirs[f] & BIT(q->dir)))
		return 0;
	return READ_ONCE(q->ed->en->vfr_users[f]) +
	       READ_ONCE(q->ed->vfr_users[f]);
}

/**
 * espgw_vfrq_update() - begin or end to follow fragments, as is needed now
 * @q: where
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_update(struct espgw_vfrq *q)
{
	u32 old = q->follow, follow = 0;
	unsigned int f;

	lockdep_assert_held(&q->ed->en->lock);
	for (f = 0; f < __ESPGW_VFR_FEATURE_MAX; f++)
		if (espgw_vfrq_users(q, f))
			follow |= BIT(f);
	/* Whoever drops fragments needs no feature for it. */
	if (follow & BIT(ESPGW_VFR_FEATURE_PORTS) || q->cfg.drop_fragments ||
	    q->cfg.mode == ESPGW_VFR_ON)
		follow |= ESPGW_VFRQ_ALL;
	if (q->cfg.mode == ESPGW_VFR_OFF)
		follow = 0;
	WRITE_ONCE(q->follow, follow);
	if (!follow == !old)
		return;
	if (!follow)
		give_up(q, 0);
	espgw_notify_vfr(q, follow ? ESPGW_VFR_EVENT_ENABLED :
				     ESPGW_VFR_EVENT_DISABLED);
}

/**
 * espgw_vfrq_use() - a feature needs fragments to be followed, or no longer
 * @en: namespace
 * @ifindex: on this device; 0: on all
 * @f: the feature
 * @delta: 1 or -1
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_use(struct espgw_net *en, int ifindex,
		    enum espgw_vfr_feature f, int delta)
{
	struct espgw_dev *ed;
	unsigned int i;

	lockdep_assert_held(&en->lock);
	if (!ifindex)
		WRITE_ONCE(en->vfr_users[f], en->vfr_users[f] + delta);
	list_for_each_entry(ed, &en->devs, list) {
		if (ifindex && ed->dev->ifindex != ifindex)
			continue;
		if (ifindex)
			WRITE_ONCE(ed->vfr_users[f], ed->vfr_users[f] + delta);
		for (i = 0; i < ARRAY_SIZE(ed->vfr); i++)
			espgw_vfrq_update(&ed->vfr[i]);
	}
}

/**
 * espgw_vfrq_set() - change how fragments are followed
 * @q: where
 * @cfg: its set bits say what
 *
 * What is held stays; limits hold for what comes, the timeout for all.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_set(struct espgw_vfrq *q, const struct espgw_vfr_cfg *cfg)
{
	struct espgw_vfr_cfg *to = &q->cfg;
	u32 old = q->follow;

	lockdep_assert_held(&q->ed->en->lock);
	spin_lock_bh(&q->lock);
	if (cfg->set & BIT(ESPGW_VFR_A_MODE))
		to->mode = cfg->mode;
	if (cfg->set & BIT(ESPGW_VFR_A_MAX_REASSEMBLIES))
		to->max_reassemblies = cfg->max_reassemblies;
	if (cfg->set & BIT(ESPGW_VFR_A_MAX_FRAGMENTS))
		to->max_fragments = cfg->max_fragments;
	if (cfg->set & BIT(ESPGW_VFR_A_TIMEOUT_S))
		WRITE_ONCE(to->timeout_s, cfg->timeout_s);
	if (cfg->set & BIT(ESPGW_VFR_A_DROP_FRAGMENTS))
		to->drop_fragments = cfg->drop_fragments;
	if (cfg->set & BIT(ESPGW_VFR_A_MAX_BYTES))
		to->max_bytes = cfg->max_bytes;
	to->set |= cfg->set;
	/* Left to the features, it is not set by hand any more. */
	if (to->mode == ESPGW_VFR_AUTO)
		to->set &= ~BIT(ESPGW_VFR_A_MODE);
	if (!list_empty(&q->chains))
		mod_delayed_work(espgw_wq, &q->expire, 0);
	spin_unlock_bh(&q->lock);
	espgw_vfrq_update(q);
	if (!old == !q->follow)
		espgw_notify_vfr(q, ESPGW_VFR_EVENT_SET);
}

/**
 * espgw_vfrq_reset() - set counters to zero
 * @q: where
 */
void espgw_vfrq_reset(struct espgw_vfrq *q)
{
	spin_lock_bh(&q->lock);
	memset(q->stat, 0, sizeof(q->stat));
	spin_unlock_bh(&q->lock);
}

/**
 * espgw_vfrq_init() - be ready to follow fragments on a device, one way
 * @q: where
 * @ed: the device, its hooks not registered yet
 * @dir: enum espgw_dir
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_vfrq_init(struct espgw_vfrq *q, struct espgw_dev *ed, u8 dir)
{
	q->ed = ed;
	q->dir = dir;
	q->cfg.max_reassemblies = MAX_REASSEMBLIES;
	q->cfg.max_fragments = MAX_FRAGMENTS;
	q->cfg.timeout_s = TIMEOUT_S;
	q->cfg.max_bytes = MAX_BYTES;
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->chains);
	q->seed = get_random_u32();
	INIT_DELAYED_WORK(&q->expire, expire);
}

/**
 * espgw_vfrq_exit() - the end of espgw_vfrq_init()
 * @q: where; no packet comes any more
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_exit(struct espgw_vfrq *q)
{
	give_up(q, 0);
	cancel_delayed_work_sync(&q->expire);
}
