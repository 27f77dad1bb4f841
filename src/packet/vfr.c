// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual fragment reassembly: what is known of datagrams, and held fragments.
 *
 * core/vfr decides about one datagram; here are the datagrams, their memory and
 * their time. A source that floods takes half of what there is at most, a
 * second one half of the rest, and so on: whoever has little finds a place.
 */
#include "packet/vfr.h"

#include <linux/jhash.h>
#include <linux/list_sort.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "base/event.h"
#include "base/log.h"
#include "base/trace.h"
#include "packet/context.h"
#include "table/fit.h"
#include "table/sad.h"

/* So many fragments most datagrams have at most: for more, memory grows. */
#define PIECES_USUAL	16

/**
 * struct chain - a datagram that is followed
 * @node: in espgw_vfrq.hash
 * @list: in espgw_vfrq.chains
 * @src: source
 * @dst: destination
 * @origin: number of the path that its fragments came by; 0: they came in clear,
 *	or leave. An attacker's are never put to a peer's.
 * @id: identification
 * @proto: IPv4's; in IPv6 fragments need not agree on it (RFC 8200 4.5)
 * @family: 4 or 6
 * @born: jiffies when its first fragment came
 * @passed: a fragment of it has been let through
 * @bytes: memory, with what is held
 * @held: fragments that wait for the first, as they came; struct held in skb->cb
 * @held_count: of these
 * @vfr: what core/vfr knows
 * @usual: where it begins to keep the fragments' places
 */
struct chain {
	struct hlist_node node;
	struct list_head list;
	struct espgw_addr src;
	struct espgw_addr dst;
	u32 origin;
	u32 id;
	u8 proto;
	u8 family;
	bool passed;
	unsigned long born;
	u32 bytes;
	struct list_head held;
	u32 held_count;
	struct espgw_vfr_chain vfr;
	struct espgw_vfr_piece usual[PIECES_USUAL];
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

/* One line a second of a kind: a flood of fragments is none of log lines. */
static void report(struct espgw_vfrq *q, u8 kind, const struct espgw_view *v)
{
	const char *way = q->dir == ESPGW_DIR_IN ? "in" : "out";
	const struct espgw_event ev = {
		.en = q->ed->en,
		.what = kind,
		.vfr = q,
		.family = v->family,
		.src = &v->src,
		.dst = &v->dst,
	};

	if (!espgw_due(&q->reported[kind]))
		return;
	if (v->family == 4)
		espgw_warn(q->ed->en, "vfr: %s dev %s src %pI4 dst %pI4 dir %s\n",
			   alert_names[kind], q->ed->name, &v->src, &v->dst, way);
	else
		espgw_warn(q->ed->en, "vfr: %s dev %s src %pI6c dst %pI6c dir %s\n",
			   alert_names[kind], q->ed->name, &v->src, &v->dst, way);
	espgw_event_post(ESPGW_EVENT_ALERT, &ev);
}

/* @stat: the counter that counts it; 0: released */
static void trace(const struct espgw_vfrq *q, const struct chain *c, u32 off,
		  u8 stat)
{
	trace_vfr(q->ed->en, q->ed->name, q->dir, c->family, &c->src, &c->dst,
		  c->id, off, stat);
}

static enum espgw_stats_attr drop_counter(const struct espgw_vfrq *q)
{
	return q->dir == ESPGW_DIR_IN ? ESPGW_STATS_A_DROP_IN_VFR :
					ESPGW_STATS_A_DROP_OUT_VFR;
}

/* @dev: where they are dropped; theirs may have gone while they waited. */
static void drop_list(struct espgw_vfrq *q, struct sk_buff_head *list,
		      struct net_device *dev)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		skb->dev = dev;
		espgw_drop(q->ed->en, skb, drop_counter(q));
	}
}

/* -- under espgw_vfrq.lock */

static struct hlist_head *bucket(struct espgw_vfrq *q, const struct chain *key)
{
	u32 hash = jhash2((const u32 *)&key->src, 4, q->seed);

	hash = jhash2((const u32 *)&key->dst, 4, hash);
	hash = jhash_2words(key->id, key->proto, hash);
	return &q->hash[hash >> (32 - ESPGW_VFRQ_HASH_BITS)];
}

/* One datagram, to the stack: it does not know how fragments came. */
static bool same_name(const struct chain *a, const struct chain *b)
{
	return a->id == b->id && a->proto == b->proto &&
	       a->family == b->family && espgw_addr_equal(&a->src, &b->src) &&
	       espgw_addr_equal(&a->dst, &b->dst);
}

static struct chain *find(struct espgw_vfrq *q, const struct chain *key)
{
	struct chain *c;

	hlist_for_each_entry(c, bucket(q, key), node)
		if (same_name(c, key) && c->origin == key->origin)
			return c;
	return NULL;
}

static void key_of(struct chain *key, const struct espgw_view *v,
		   const struct espgw_sa *sa)
{
	*key = (struct chain) {
		.src = v->src,
		.dst = v->dst,
		.origin = sa ? sa->path->id : 0,
		.id = v->id,
		.proto = v->family == 4 ? v->proto : 0,
		.family = v->family,
	};
}

/* @bytes: more, or less. No limit is above INT_MAX. */
static void charge(struct espgw_vfrq *q, struct chain *c, int bytes)
{
	c->bytes += bytes;
	q->bytes += bytes;
	atomic_long_add(bytes, &q->ed->en->vfr_bytes);
}

static int by_offset(void *priv, const struct list_head *a,
		     const struct list_head *b)
{
	return held(list_entry(a, struct sk_buff, list))->off >
	       held(list_entry(b, struct sk_buff, list))->off;
}

/*
 * What is held, by offset. Sorted once: to look for each one's place when it
 * comes would be work for as many as have come before. @stat: as in trace().
 */
static void empty(struct espgw_vfrq *q, struct chain *c,
		  struct sk_buff_head *to, u8 stat)
{
	struct sk_buff *skb, *next;

	list_sort(NULL, &c->held, by_offset);
	list_for_each_entry_safe(skb, next, &c->held, list) {
		charge(q, c, -(int)skb->truesize);
		skb_list_del_init(skb);
		trace(q, c, held(skb)->off, stat);
		__skb_queue_tail(to, skb);
	}
	q->held -= c->held_count;
	c->held_count = 0;
}

static void forget(struct espgw_vfrq *q, struct chain *c)
{
	charge(q, c, -(int)c->bytes);
	q->count--;
	hlist_del(&c->node);
	list_del(&c->list);
	if (c->vfr.piece != c->usual)
		kfree(c->vfr.piece);
	kfree(c);
}

/* Of several that ask at once on different devices each may get it. */
static bool is_beyond_confines(const struct espgw_net *en, u32 bytes)
{
	return espgw_is_confined(en) &&
	       atomic_long_read(&en->vfr_bytes) + bytes > ESPGW_VFR_CONFINED_BYTES;
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
	if (q->bytes + bytes > q->cfg.max_bytes ||
	    is_beyond_confines(q->ed->en, bytes))
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
	struct chain *c = kmalloc(sizeof(*c), GFP_ATOMIC | __GFP_NOWARN);

	if (!c)
		return NULL;
	*c = *key;
	c->born = jiffies;
	c->bytes = 0;
	INIT_LIST_HEAD(&c->held);
	espgw_vfr_chain_init(&c->vfr, q->cfg.max_fragments, c->usual,
			     ARRAY_SIZE(c->usual));
	hlist_add_head(&c->node, bucket(q, c));
	list_add_tail(&c->list, &q->chains);
	q->count++;
	charge(q, c, sizeof(*c));
	q->stat[ESPGW_VFR_STAT_A_REASS_REQDS]++;
	return c;
}

/* The memory for @room fragments' places that is not in struct chain. */
static u32 places(u32 room)
{
	return room > PIECES_USUAL ?
	       room * sizeof(struct espgw_vfr_piece) : 0;
}

/* 0 or the counter. */
static u8 grow(struct espgw_vfrq *q, struct chain *c, u16 room)
{
	struct espgw_vfr_piece *old = c->vfr.piece, *new;
	u32 more = places(room) - places(c->vfr.room);

	new = kmalloc(places(room), GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return ESPGW_VFR_STAT_A_REASS_NOMEM;
	espgw_vfr_give_room(&c->vfr, new, room);
	if (old != c->usual)
		kfree(old);
	charge(q, c, more);
	return 0;
}

static void hold(struct espgw_vfrq *q, struct chain *c, struct sk_buff *skb,
		 unsigned int nh, const struct espgw_view *v,
		 const struct espgw_sa *sa)
{
	skb_orphan(skb);	/* its sender is not to wait for it */
	*held(skb) = (struct held) {
		.sa_id = sa ? sa->id : 0,
		.nh = nh,
		.off = v->frag_off,
	};
	list_add_tail(&skb->list, &c->held);
	c->held_count++;
	q->held++;
	q->stat[ESPGW_VFR_STAT_A_REASS_HELD]++;
	trace(q, c, v->frag_off, ESPGW_VFR_STAT_A_REASS_HELD);
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

static void refuse(struct espgw_vfrq *q, const struct chain *key,
		   struct sk_buff *skb, u32 off, u8 stat, struct taken *t)
{
	q->stat[stat]++;
	trace(q, key, off, stat);
	/* To a source, its share of the table is the table. */
	if (stat == ESPGW_VFR_STAT_A_REASS_SOURCE_DROP)
		q->stat[ESPGW_VFR_STAT_A_REASS_DROP]++;
	if (stat == ESPGW_VFR_STAT_A_REASS_DROP ||
	    stat == ESPGW_VFR_STAT_A_REASS_SOURCE_DROP ||
	    stat == ESPGW_VFR_STAT_A_REASS_BYTES_DROP)
		t->alert = ESPGW_ALERT_FRAG_TABLE_OVERFLOW;
	__skb_queue_tail(&t->dropped, skb);
	t->gone = true;
}

/*
 * Is a fragment's policy found by its ports? What a peer sends between the ends of
 * the tunnel is followed only to tell it from what comes in clear beside it: it is
 * not dropped where there is no room to follow it.
 */
static bool needed(const struct espgw_vfrq *q, const struct espgw_sa *sa)
{
	return !sa || q->follow & (ESPGW_VFRQ_ALL | BIT(ESPGW_FEATURE_GRE));
}

static void take(struct espgw_vfrq *q, struct sk_buff *skb, unsigned int nh,
		 struct espgw_view *v, const struct espgw_sa *sa,
		 struct taken *t)
{
	enum espgw_vfr_reason reason;
	struct espgw_vfr_frag f;
	struct chain key, *c;
	u32 bytes = 0;
	u16 room = 0;
	u8 stat = 0;

	key_of(&key, v, sa);
	q->stat[ESPGW_VFR_STAT_A_REASS_FRAGS]++;
	if (q->cfg.drop_fragments) {
		refuse(q, &key, skb, v->frag_off, ESPGW_VFR_STAT_A_REASS_REFUSED, t);
		return;
	}
	c = find(q, &key);
	if (c)
		room = espgw_vfr_wants_room(&c->vfr);
	else
		bytes = sizeof(*c);
	if (room)
		bytes += places(room) - places(c->vfr.room);
	if (v->frag_off && !(c && (c->vfr.first || c->vfr.dead)))
		bytes += skb->truesize;		/* it will be held */
	if (bytes)
		stat = no_share(q, &key, !c, bytes);
	if (!c && !stat) {
		c = make(q, &key);
		if (!c)
			stat = ESPGW_VFR_STAT_A_REASS_NOMEM;
	}
	if (room && !stat)
		stat = grow(q, c, room);
	if (stat) {
		if (needed(q, sa))
			refuse(q, &key, skb, v->frag_off, stat, t);
		return;
	}

	describe(&f, skb, nh, v);
	switch (espgw_vfr_add(&c->vfr, &f, &reason)) {
	case ESPGW_VFR_HOLD:
		hold(q, c, skb, nh, v, sa);
		t->gone = true;
		return;
	case ESPGW_VFR_RELEASE:
		empty(q, c, t->released, 0);
		tell_ports(c, t->released);
		break;
	case ESPGW_VFR_PASS:
		v->proto = c->vfr.proto;
		v->has_ports = c->vfr.has_ports;
		v->sport = c->vfr.sport;
		v->dport = c->vfr.dport;
		break;
	case ESPGW_VFR_KILL:
		if (reason == ESPGW_VFR_TOO_MANY && !needed(q, sa)) {
			empty(q, c, t->released, 0);
			tell_ports(c, t->released);
			forget(q, c);
			return;
		}
		q->stat[ESPGW_VFR_STAT_A_REASS_PURGED] += c->held_count;
		empty(q, c, &t->dropped, ESPGW_VFR_STAT_A_REASS_PURGED);
		fallthrough;
	case ESPGW_VFR_DROP:
		refuse(q, &key, skb, v->frag_off, wrong[reason].stat, t);
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
	u32 bits = 0;

	if (follow & ESPGW_VFRQ_ALL)
		return true;
	if (v->family == 6)
		bits = U32_MAX;
	else if (v->proto == IPPROTO_GRE)
		bits = BIT(ESPGW_FEATURE_GRE);
	else if (v->proto == IPPROTO_ESP)
		bits = BIT(ESPGW_FEATURE_ESP);
	else if (v->proto == IPPROTO_UDP)
		bits = BIT(ESPGW_FEATURE_NATT) | BIT(ESPGW_FEATURE_ENDS);
	else if (v->proto == IPPROTO_TCP)
		bits = BIT(ESPGW_FEATURE_ENDS);
	follow &= bits;
	if (!follow || follow & BIT(ESPGW_FEATURE_GRE))
		return follow;
	/* ESP is decrypted, and IKE is spoken, only here. */
	return espgw_is_local(q->ed->en, q->ed->dev,
			      q->dir == ESPGW_DIR_IN ? &v->dst : &v->src,
			      v->family);
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
	struct net_device *dev = skb->dev;

	__skb_queue_head_init(&t.dropped);
	/* A held one outlives this RCU section. */
	skb_dst_force(skb);

	spin_lock(&q->lock);
	take(q, skb, nh, v, sa, &t);
	if (!list_empty(&q->chains))
		queue_delayed_work(espgw_wq, &q->expire,
				   q->cfg.timeout_s * HZ);
	spin_unlock(&q->lock);

	drop_list(q, &t.dropped, dev);
	if (t.alert)
		report(q, t.alert, v);
	return !t.gone;
}

/**
 * espgw_vfrq_pass() - may a fragment go on to the stack
 * @q: where it has come
 * @v: the fragment, which was followed and admitted
 * @sa: the SA that it came by, or NULL
 *
 * The stack puts fragments together by their names, however they came. So of two
 * datagrams of one name, one by a tunnel and one in clear or by another tunnel,
 * only that one goes on of which a fragment has already.
 *
 * Context: under RCU, bottom halves off. Return: false: drop it.
 */
bool espgw_vfrq_pass(struct espgw_vfrq *q, const struct espgw_view *v,
		     const struct espgw_sa *sa)
{
	struct chain key, *c, *own = NULL;
	bool mixed = false;

	key_of(&key, v, sa);
	spin_lock(&q->lock);
	hlist_for_each_entry(c, bucket(q, &key), node) {
		if (!same_name(c, &key))
			continue;
		if (c->origin == key.origin)
			own = c;
		else
			mixed |= c->passed;
	}
	if (mixed)
		q->stat[wrong[ESPGW_VFR_OVERLAP].stat]++;
	else if (own)
		own->passed = true;
	spin_unlock(&q->lock);
	if (unlikely(mixed)) {
		trace(q, &key, v->frag_off, wrong[ESPGW_VFR_OVERLAP].stat);
		report(q, wrong[ESPGW_VFR_OVERLAP].alert, v);
	}
	return !mixed;
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

/**
 * espgw_vfrq_give_up() - drop what has not come whole
 * @q: where
 * @age: jiffies; what is older; 0: all
 *
 * Context: process context.
 */
void espgw_vfrq_give_up(struct espgw_vfrq *q, unsigned long age)
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
		if (age && !c->vfr.dead) {
			q->stat[ESPGW_VFR_STAT_A_REASS_TIMEOUT]++;
			trace(q, c, 0, ESPGW_VFR_STAT_A_REASS_TIMEOUT);
		}
		q->stat[ESPGW_VFR_STAT_A_REASS_PURGED] += c->held_count;
		empty(q, c, &dropped, ESPGW_VFR_STAT_A_REASS_PURGED);
		forget(q, c);
	}
	spin_unlock_bh(&q->lock);
	local_bh_disable();
	drop_list(q, &dropped, NULL);
	local_bh_enable();
}
