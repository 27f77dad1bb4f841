// SPDX-License-Identifier: GPL-2.0
/* Stalled flows, by hand and by flows of a simple TCP on a simulated path. */

#include "probe.h"
#include "stall.h"
#include "test.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)
#define MSS	1400
#define BYTES	100	/* of a small segment */
#define RTO	200

static uint32_t key(uint32_t n)
{
	return n * 0x9e3779b1u | 1;
}

/* MurmurHash3's last steps, for each word in turn; and back again. */
static uint32_t murmur(uint32_t h)
{
	h = (h ^ h / 8192) * 0xc2b2ae35u;
	return h ^ h / 65536;
}

static uint32_t unmurmur(uint32_t h)
{
	h = (h ^ h / 65536) * 0x7ed1b41du;
	return h ^ h / 8192 ^ h / 67108864;
}

static uint32_t naive_end(const struct espgw_addr *a, uint16_t port,
			  uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < 16; i += 4)
		seed = murmur((seed ^ get32((const uint8_t *)a + i)) *
			      0x85ebca6bu);
	return murmur((seed ^ port) * 0x85ebca6bu);
}

/* The one in 2^32 that would be 0: each step is undone for it. */
static void never_0(void)
{
	struct espgw_addr a, b;
	uint32_t i, k;

	for (i = 0; i < 100; i++) {
		uint16_t p = (uint16_t)rnd(), q = (uint16_t)rnd();
		uint32_t seed = (uint32_t)rnd(), word, h;

		rnd_bytes(&a, sizeof(a));
		rnd_bytes(&b, sizeof(b));
		/* both ends together have to give the seed itself */
		word = seed - naive_end(&b, q, seed);
		word = unmurmur(word) * 0xa5cb9243u ^ p;
		for (h = seed, k = 0; k < 12; k += 4)
			h = murmur((h ^ get32((uint8_t *)&a + k)) * 0x85ebca6bu);
		put32((uint8_t *)&a + 12, (unmurmur(word) * 0xa5cb9243u) ^ h);
		CHECK_EQ(naive_end(&a, p, seed) + naive_end(&b, q, seed), seed);
		CHECK_EQ(espgw_stall_key(&a, p, &b, q, seed), 1);
	}
}

static void keys(void)
{
	static uint32_t seen[ESPGW_STALL_FLOWS];
	struct espgw_addr a = {}, b = {};
	uint32_t i, k, top = 0;

	for (i = 0; i < 6400; i++) {
		uint16_t p = (uint16_t)rnd(), q = (uint16_t)rnd();
		uint32_t seed = (uint32_t)rnd();

		rnd_bytes(&a, sizeof(a));
		rnd_bytes(&b, one_in(2) ? 4 : sizeof(b));
		k = espgw_stall_key(&a, p, &b, q, seed);
		CHECK(k);
		CHECK_EQ(k, murmur((seed ^ (naive_end(&a, p, seed) +
					    naive_end(&b, q, seed))) *
				   0x85ebca6bu));
		CHECK_EQ(k, espgw_stall_key(&b, q, &a, p, seed));
		if (p != q)
			CHECK(k != espgw_stall_key(&a, q, &b, p, seed));
		CHECK(k != espgw_stall_key(&a, p, &b, q, seed + 1));
		CHECK(k != espgw_stall_key(&a, p + 1, &b, q, seed));
		/* one client's ports spread, whatever is drawn for the rest */
		k = espgw_stall_key(&a, (uint16_t)i, &b, 443, 12345);
		seen[k % ESPGW_STALL_FLOWS]++;
	}
	for (i = 0; i < ESPGW_STALL_FLOWS; i++)
		top = max(top, seen[i]);
	CHECK(top < 200);
	memset(&a, 0, sizeof(a));
	CHECK(espgw_stall_key(&a, 0, &a, 0, 0));
}

/* Without a look at acknowledgements: only what was sent again is followed on. */
static void renewed(void)
{
	struct espgw_stall st = {};
	uint64_t t = 5000;
	uint32_t i;

	/* A flow that moves on is followed on, whatever was acknowledged. */
	for (i = 0; i < 200; i++, t += 20) {
		espgw_stall_renew(&st, key(1), i * MSS);
		CHECK(!espgw_stall_sent(&st, key(1), i * MSS, MSS, true, t));
		CHECK_EQ(st.flows[key(1) % ESPGW_STALL_FLOWS].seq, i * MSS);
	}
	/* Its oldest one is sent again, and again; newer ones do not hide it. */
	for (i = 0; i < 3; i++) {
		espgw_stall_renew(&st, key(1), 190 * MSS);
		CHECK_EQ(espgw_stall_sent(&st, key(1), 190 * MSS, MSS, true, t),
			 i == 2);
		if (i) {
			espgw_stall_renew(&st, key(1), 201 * MSS);
			CHECK(!espgw_stall_sent(&st, key(1), 201 * MSS, MSS,
						true, t + 10));
		}
		t += RTO << i;
	}
	CHECK_EQ(st.flows[key(1) % ESPGW_STALL_FLOWS].seq, 190 * MSS);
	/* It is of one flow: others in its place are left alone. */
	espgw_stall_renew(&st, key(1) + ESPGW_STALL_FLOWS, 5);
	CHECK_EQ(st.flows[key(1) % ESPGW_STALL_FLOWS].key, key(1));
}

/* One flow, sent again at 0.2 and 0.6 s. */
static void one_flow(void)
{
	struct espgw_stall st = {};
	uint64_t t = 5000;
	uint32_t i;

	/* 32 that pass */
	for (i = 0; i < 32; i++) {
		CHECK_EQ(st.watched, i);
		CHECK(!espgw_stall_sent(&st, key(1), i, 1, true, t));
		espgw_stall_acked(&st, key(1), i + 1);
	}
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(1), 1000 + MSS, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 200));
	CHECK_EQ(st.again, 1);
	CHECK_EQ(espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 600),
		 ESPGW_STALL_WORTH);
	CHECK_EQ(st.suspicions, 1);
	/* what was sent before arrives: that says nothing */
	CHECK(!espgw_stall_acked(&st, key(1), 1000));
	/* such a one that passed after all: no suspicion any more */
	CHECK(espgw_stall_acked(&st, key(1), 1001));
	CHECK_EQ(st.history, 1);
	CHECK(!espgw_stall_acked(&st, key(1), 1001));
	/* four such, of the last 32: less is thought of the next */
	for (i = 0; i < 3; i++) {
		CHECK(!espgw_stall_sent(&st, key(2), 1, MSS, true, t + 2000));
		CHECK(!espgw_stall_sent(&st, key(2), 1, MSS, true, t + 2200));
		CHECK(espgw_stall_acked(&st, key(2), 2));
	}
	for (i = 0; i < 32; i++) {
		struct espgw_stall copy = st;

		CHECK(!espgw_stall_sent(&copy, key(1), 1, MSS, true, t + 4000));
		CHECK(!espgw_stall_sent(&copy, key(1), 1, MSS, true, t + 4200));
		CHECK_EQ(espgw_stall_sent(&copy, key(1), 1, MSS, true, t + 4600),
			 i < 29 ? 1 : ESPGW_STALL_WORTH);
		CHECK(!espgw_stall_sent(&st, key(2), 1, MSS, true, t + 2300));
		CHECK(!espgw_stall_acked(&st, key(2), 2));
	}
	CHECK_EQ(st.history, 0);
	/* a small one takes nothing back */
	CHECK(!espgw_stall_sent(&st, key(2), 1, BYTES, false, t + 700));
	CHECK(!espgw_stall_sent(&st, key(2), 1, BYTES, false, t + 900));
	CHECK(!espgw_stall_acked(&st, key(2), 2));
	/* a flow that sends it again at once, three times, does not count */
	memset(&st, 0, sizeof(st));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 20));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 40));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 99));
	CHECK_EQ(st.again, 0);
	/* nor do packets without data */
	CHECK(!espgw_stall_sent(&st, key(2), 1000, 0, true, t));
	CHECK(!espgw_stall_sent(&st, key(2), 1000, 0, true, t + 200));
	CHECK(!espgw_stall_sent(&st, key(2), 1000, 0, true, t + 400));
	CHECK(!espgw_stall_sent(&st, key(2), 1000, 0, true, t + 600));
	CHECK_EQ(st.again, 0);
}

static void two_flows(void)
{
	struct espgw_stall st = {}, copy;
	uint64_t t = 5000;

	CHECK(!espgw_stall_sent(&st, key(1), ~0u - 10, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(2), 77, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(1), ~0u - 10, MSS, true, t + 200));
	/* acknowledged up to it: that is what was sent before */
	espgw_stall_acked(&st, key(1), ~0u - 10);
	CHECK(espgw_stall_sent(&st, key(2), 77, MSS, true, t + 210));
	/* either flow's acknowledgement takes it back, and no other's */
	copy = st;
	CHECK(espgw_stall_acked(&copy, key(1), ~0u - 9));
	CHECK(espgw_stall_acked(&copy, key(2), 78));
	copy.told_since_ms = t + 300;
	CHECK(!espgw_stall_sent(&copy, key(3), 1, MSS, true, t + 50));
	CHECK(!espgw_stall_sent(&copy, key(3), 1, MSS, true, t + 250));
	CHECK(!espgw_stall_acked(&copy, key(3), 2));
	/* no second one at once */
	CHECK(!espgw_stall_sent(&st, key(1), ~0u - 10, MSS, true, t + 600));
	CHECK(!espgw_stall_sent(&st, key(2), 77, MSS, true, t + 600));
	CHECK(!espgw_stall_sent(&st, key(1), ~0u - 10, MSS, true, t + 1400));
	CHECK(!espgw_stall_sent(&st, key(2), 77, MSS, true, t + 2199));
	CHECK(espgw_stall_sent(&st, key(2), 77, MSS, true, t + 2400));
}

static void others_pass(void)
{
	struct espgw_stall st = {};
	uint64_t t = 5000;

	/* another flow's large segment arrives */
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 200));
	CHECK(!espgw_stall_sent(&st, key(2), ~0u, MSS, true, t + 700));
	espgw_stall_acked(&st, key(2), MSS - 1);
	CHECK_EQ(st.again, 0);
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 1400));
	/* a small one does: goes on counting */
	CHECK(!espgw_stall_sent(&st, key(3), 1, BYTES, false, t + 1500));
	espgw_stall_acked(&st, key(3), 1 + BYTES);
	CHECK_EQ(st.again, 1);
	/* a small one does not */
	CHECK(!espgw_stall_sent(&st, key(3), 1, BYTES, false, t + 1500));
	CHECK(!espgw_stall_sent(&st, key(3), 1, BYTES, false, t + 1700));
	CHECK_EQ(st.again, 0);
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 2000));
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 2600));
	CHECK_EQ(st.again, 2);
	/* not any more */
	{
		struct espgw_stall copy = st;

		CHECK(espgw_stall_sent(&copy, key(1), 1000, MSS, true, t + 2700));
	}
	/* acknowledged, and sent again all the same: it begins afresh */
	espgw_stall_acked(&st, key(1), 1001);
	CHECK_EQ(st.again, 0);
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 5000));
	CHECK_EQ(st.again, 0);
	/* too far apart to belong together */
	CHECK(!espgw_stall_sent(&st, key(1), 1000, MSS, true, t + 14000));
	CHECK(!espgw_stall_sent(&st, key(4), 1, MSS, true, t + 20000));
	CHECK(!espgw_stall_sent(&st, key(4), 1, MSS, true, t + 24500));
	CHECK_EQ(st.again, 1);
	CHECK_EQ(st.suspicions, 0);
}

/* Flows of a TCP that has what matters here: a window, timers, duplicates. */
#define FLOWS	8
#define WINDOW	8

struct flow {
	uint32_t una, nxt, len;
	uint64_t timer;
	uint32_t rto, dups;
	bool bulk;
};

struct world {
	struct espgw_stall st;
	struct espgw_probe p;
	struct espgw_probe_env env;
	struct flow flows[FLOWS];
	uint32_t n;
	uint64_t now;
	uint32_t rtt, loss_ppm;
	uint64_t down_until;
	uint32_t mtu;		/* of the path, bytes of an outer packet */
	uint64_t stalled_ms;	/* when it was first told */
	uint32_t lowered;
	bool confirm;		/* suspicions start a probe */
	struct {
		uint64_t at;
		uint32_t flow, a, b;	/* seq and end, or a token */
	} air[128];
};

static bool passes(struct world *w, uint32_t outer)
{
	return outer <= w->mtu && w->now >= w->down_until &&
	       rnd_below(1000000) >= w->loss_ppm;
}

static void fly(struct world *w, uint32_t flow, uint32_t a, uint32_t b)
{
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(w->air) && w->air[i].at; i++)
		;
	if (!CHECK(i < ARRAY_SIZE(w->air)))
		return;
	w->air[i].at = w->now + w->rtt;
	w->air[i].flow = flow;
	w->air[i].a = a;
	w->air[i].b = b;
}

static void segment(struct world *w, uint32_t n, uint32_t seq)
{
	struct flow *f = &w->flows[n];
	/* inner headers and ESP */
	uint32_t outer = f->len + 40 + 54;

	uint32_t worth = espgw_stall_sent(&w->st, key(n), seq, f->len, f->bulk,
					  w->now);

	if (worth) {
		if (!w->stalled_ms)
			w->stalled_ms = w->now;
		if (w->confirm)
			espgw_probe_stalled(&w->p, &w->env, worth,
					    w->st.lost_ms, w->now);
	}
	if (passes(w, outer))
		fly(w, n, seq, seq + f->len);
}

static void acked(struct world *w, uint32_t n, uint32_t ack)
{
	if (espgw_stall_acked(&w->st, key(n), ack) && w->confirm)
		espgw_probe_flowing(&w->p);
}

static void arrive(struct world *w, uint32_t n, uint32_t seq, uint32_t end)
{
	struct flow *f = &w->flows[n];

	/* the receiver keeps nothing that comes early */
	if (seq == f->una) {
		f->una = end;
		f->dups = 0;
		f->rto = RTO;
		f->timer = w->now + RTO;
		acked(w, n, f->una);
		return;
	}
	acked(w, n, f->una);
	if (++f->dups == 3)
		segment(w, n, f->una);
}

static void world_run(struct world *w, uint64_t end)
{
	for (; w->now < end; w->now++) {
		uint32_t i, size, token;

		for (i = 0; i < ARRAY_SIZE(w->air); i++) {
			if (!w->air[i].at || w->air[i].at > w->now)
				continue;
			w->air[i].at = 0;
			if (w->air[i].flow < FLOWS)
				arrive(w, w->air[i].flow, w->air[i].a,
				       w->air[i].b);
			else
				espgw_probe_reply(&w->p, &w->env, w->air[i].a,
						  w->now);
		}
		for (i = 0; i < w->n; i++) {
			struct flow *f = &w->flows[i];
			uint32_t window = f->bulk ? WINDOW * f->len : f->len;

			if (f->una != f->nxt && w->now >= f->timer) {
				f->rto = min(f->rto * 2, 60000u);
				f->timer = w->now + f->rto;
				f->nxt = f->una + f->len;
				f->dups = 0;
				segment(w, i, f->una);
			}
			while (f->rto == RTO && f->nxt - f->una < window &&
			       (f->bulk || one_in(50))) {
				if (f->una == f->nxt)
					f->timer = w->now + f->rto;
				segment(w, i, f->nxt);
				f->nxt += f->len;
			}
		}
		while (!espgw_probe_next(&w->p, &w->env, w->now, &size, &token))
			if (passes(w, size))
				fly(w, FLOWS, token, 0);
		if (espgw_probe_take(&w->p) & ESPGW_PROBE_LOWERED)
			w->lowered++;
	}
}

/* @bulk flows of large segments, the rest of small ones. */
static void world_begin(struct world *w, uint32_t bulk, uint32_t small)
{
	uint32_t i;

	memset(w, 0, sizeof(*w));
	w->now = 1000;
	w->mtu = 1500;
	w->rtt = 2 + rnd_below(60);
	w->n = bulk + small;
	for (i = 0; i < w->n; i++) {
		w->flows[i].bulk = i < bulk;
		w->flows[i].len = i < bulk ? MSS : BYTES;
		w->flows[i].una = w->flows[i].nxt = (uint32_t)rnd();
		w->flows[i].rto = RTO;
	}
	w->env.max = 1500;
	w->env.pmtu = 1500;
	w->env.floor = 576;
	w->env.align = 4;
	w->env.overhead = 52;
	w->env.confirm_ms = ESPGW_PROBE_CONFIRM_MS;
	w->env.raise_ms = ESPGW_PROBE_RAISE_MS;
	w->env.on = true;
	w->env.may_raise = true;
	espgw_probe_start(&w->p, &w->env, w->now);
}

/* What the worst of many runs took. */
struct worst {
	const char *what;
	uint32_t told_ms, lowered_ms, found_ms, probes;
	uint32_t count[24];
};

/* The path falls under flows that run: until the next smaller size is known. */
static void fall(struct worst *d, bool lossy)
{
	struct world w;
	uint64_t from;
	uint32_t sent, i;

	world_begin(&w, 1 + rnd_below(4), rnd_below(4));
	w.confirm = true;
	world_run(&w, w.now + 3 * SECOND);
	CHECK_EQ(w.st.suspicions, 0);
	CHECK_EQ(w.p.size, 1500);
	/* it had to send something again not long ago */
	if (lossy)
		w.st.history |= 4;
	w.mtu = rnd_range(1280, 1480);
	from = w.now;
	sent = (uint32_t)w.p.sent;
	while (!w.lowered && w.now < from + 20 * SECOND)
		world_run(&w, w.now + 1);
	CHECK(w.p.size <= w.mtu);
	d->told_ms = max(d->told_ms, (uint32_t)(w.stalled_ms - from));
	d->lowered_ms = max(d->lowered_ms, (uint32_t)(w.now - from));
	while (w.p.size + 8 <= w.mtu && w.now < from + 20 * SECOND)
		world_run(&w, w.now + 1);
	d->found_ms = max(d->found_ms, (uint32_t)(w.now - from));
	sent = (uint32_t)w.p.sent - sent;
	d->probes = max(d->probes, sent);
	d->count[min(sent, 23u)]++;
	world_run(&w, w.now + 2 * SECOND);
	CHECK(w.p.size <= w.mtu && w.p.size + 8 > w.mtu);
	CHECK_EQ(w.lowered, 1);
	CHECK(sent < 10);
	for (i = 0; i < w.n; i++)
		CHECK(w.flows[i].bulk || w.flows[i].rto == RTO);
}

static void black_hole(void)
{
	struct worst d[] = { { .what = "after flows that lost nothing" },
			     { .what = "after a loss" } };
	uint32_t i, k, n = rounds(400);

	for (i = 0; i < n; i++)
		fall(&d[i % 2], i % 2);
	for (k = 0; k < 2; k++) {
		printf("# a hole %s: suspected within %u ms, lowered within %u ms, found within %u ms; probes till found:",
		       d[k].what, d[k].told_ms, d[k].lowered_ms, d[k].found_ms);
		for (i = 0; i < ARRAY_SIZE(d[k].count); i++)
			if (d[k].count[i])
				printf(" %u:%u", i, d[k].count[i]);
		puts("");
	}
}

/* All is lost for a while, or some all the time: nothing is lowered by it. */
static void congested(void)
{
	uint32_t i, n = rounds(300), suspicions = 0, runs = 0;

	for (i = 0; i < n; i++) {
		uint64_t end;
		struct world w;

		world_begin(&w, 1 + rnd_below(4), rnd_below(4));
		w.confirm = true;
		world_run(&w, w.now + SECOND);
		CHECK_EQ(w.p.size, 1500);
		w.loss_ppm = one_in(3) ? 0 : rnd_below(100000);
		for (end = w.now + 30 * SECOND; w.now < end;) {
			if (one_in(3))
				w.down_until = w.now + rnd_below(4000);
			world_run(&w, w.now + rnd_below(8000));
		}
		CHECK_EQ(w.lowered, 0);
		CHECK_EQ(w.p.size, 1500);
		suspicions += (uint32_t)w.st.suspicions;
		runs += !!w.st.suspicions;
	}
	printf("# congestion: %u suspicions in %u runs of %u, none confirmed\n",
	       suspicions, runs, n);
}

/* Without outages, up to 2 % of loss, and small ones beside: hardly suspected. */
static void lossy(void)
{
	uint32_t i, n = rounds(100), suspicions = 0;

	for (i = 0; i < n; i++) {
		struct world w;

		world_begin(&w, 2 + rnd_below(3), 1 + rnd_below(3));
		w.confirm = true;
		world_run(&w, w.now + SECOND);
		w.loss_ppm = rnd_below(20000);
		world_run(&w, w.now + 30 * SECOND);
		CHECK_EQ(w.lowered, 0);
		suspicions += (uint32_t)w.st.suspicions;
	}
	printf("# up to 2 %% of loss: %u suspicions in %u runs\n", suspicions, n);
	/* one in 300 runs or so */
	CHECK(suspicions <= 5 + n / 20);
}

static void anything(void)
{
	struct espgw_stall st = {};
	uint32_t i, n = rounds(1000000);
	uint64_t now = 1, told = 0;

	for (i = 0; i < n; i++) {
		uint32_t k = key(rnd_below(200));

		now += rnd_below(one_in(100) ? 5000 : 50);
		if (one_in(3)) {
			espgw_stall_acked(&st, k, rnd_below(4) * MSS);
		} else if (espgw_stall_sent(&st, k, rnd_below(4) * MSS,
					    rnd_below(2) * MSS, !one_in(50),
					    now)) {
			CHECK(!told ||
			      now - told >= ESPGW_STALL_PAUSE_MS);
			told = now;
		}
		CHECK(st.again <= n);
	}
	CHECK(n < 1000 || st.suspicions);
}

/* -- beside a model that says the same in other words */

#define PLACES	64

struct model {
	struct {
		uint32_t key, seq, tries;
		uint64_t last;
		bool large;
	} place[PLACES];
	uint64_t since, small, told, told_since, lost, suspicions;
	uint32_t again;
	bool passed_late[32];	/* the newest first */
	uint32_t passed;
};

static uint32_t model_sent(struct model *m, uint32_t k, uint32_t seq,
			   uint32_t len, bool large, uint64_t now)
{
	uint32_t n = k % PLACES, i, late = 0;
	uint64_t idle = now - m->place[n].last;
	bool known = m->place[n].key == k && idle < 10000;
	bool newer = seq != m->place[n].seq &&
		     seq - m->place[n].seq < 0x80000000u;

	if (!len || (known && newer))
		return 0;
	if (!known || seq != m->place[n].seq || large != m->place[n].large) {
		static const uint32_t keeps[] = { 1000, 2000, 4000, 8000 };

		if (m->place[n].key && m->place[n].key != k &&
		    idle < keeps[min(m->place[n].tries, 3u)])
			return 0;
		m->place[n].key = k;
		m->place[n].seq = seq;
		m->place[n].tries = 0;
		m->place[n].last = now;
		m->place[n].large = large;
		return 0;
	}
	if (idle < 100)
		return 0;
	m->place[n].last = now;
	if (m->place[n].tries < 255)
		m->place[n].tries++;
	if (!large) {
		m->small = now;
		m->again = 0;
		return 0;
	}
	if (!m->again || now - m->since >= 10000) {
		m->since = now;
		m->again = 0;
	}
	m->again++;
	if (m->again < 2 || (m->small && now < m->small + 1000) ||
	    (m->told && now < m->told + 2000))
		return 0;
	m->again = 0;
	m->told = now;
	m->told_since = m->since;
	m->lost = now - idle;
	m->suspicions++;
	for (i = 0; i < 32; i++)
		late += m->passed_late[i];
	return m->passed == 32 && late <= 3 ? 5 : 1;
}

static bool model_acked(struct model *m, uint32_t k, uint32_t ack)
{
	uint32_t n = k % PLACES;
	bool late = m->place[n].large && m->place[n].tries;

	if (m->place[n].key != k || ack == m->place[n].seq ||
	    ack - m->place[n].seq >= 0x80000000u)
		return false;
	m->place[n].key = 0;
	if (m->place[n].large) {
		m->again = 0;
		memmove(m->passed_late + 1, m->passed_late, 31);
		m->passed_late[0] = late;
		if (m->passed < 32)
			m->passed++;
	}
	return late && m->told && m->place[n].last >= m->told_since;
}

static void compare(const struct espgw_stall *st, const struct model *m)
{
	uint32_t i, history = 0;

	for (i = 0; i < 32; i++)
		history |= (uint32_t)m->passed_late[i] << i;
	CHECK_EQ(st->history, history);
	CHECK_EQ(st->watched, m->passed);
	CHECK_EQ(st->again, m->again);
	CHECK_EQ(st->suspicions, m->suspicions);
	CHECK_EQ(st->since_ms, m->since);
	CHECK_EQ(st->small_ms, m->small);
	CHECK_EQ(st->told_ms, m->told);
	CHECK_EQ(st->told_since_ms, m->told_since);
	CHECK_EQ(st->lost_ms, m->lost);
	for (i = 0; i < PLACES; i++) {
		CHECK_EQ(st->flows[i].key, m->place[i].key);
		if (!m->place[i].key)
			continue;
		CHECK_EQ(st->flows[i].seq, m->place[i].seq);
		CHECK_EQ(st->flows[i].tries, m->place[i].tries);
		CHECK_EQ(st->flows[i].large, m->place[i].large);
		CHECK_EQ(st->flows[i].last_ms, (uint32_t)m->place[i].last);
	}
}

/* Times between two events: at each bound, and beside it. */
static const uint32_t pauses[] = {
	0, 0, 0, 1, 20, 99, 100, 101, 200, 200, 400, 899, 900, 901, 999, 1000,
	1001, 1999, 2000, 2001, 4000, 7999, 8000, 9999, 10000,
};

static void modelled(void)
{
	uint32_t i, n = rounds(500);

	for (i = 0; i < n; i++) {
		static struct espgw_stall st;
		static struct model m;
		uint64_t now = one_in(2) ? 1 + rnd_below(20000) :
					   (1ULL << 32) - rnd_below(20000);
		uint32_t base = (uint32_t)rnd(), step, flows = 1 + rnd_below(3);
		uint32_t often = 1 + rnd_below(30), pass = 1 + rnd_below(8);

		memset(&st, 0, sizeof(st));
		memset(&m, 0, sizeof(m));
		for (step = 0; step < 200; step++) {
			uint32_t f = rnd_below(flows);
			/* two in one place, and one besides */
			uint32_t k = f == 1 ? 7 + PLACES : f ? 9 : 7;
			uint32_t seq = base, len = one_in(20) ? 0 : MSS;
			bool large = !one_in(often);

			if (one_in(6))
				seq += rnd_range(0, 2) - 1;
			if (one_in(50))
				seq = (uint32_t)rnd();
			if (one_in(50))
				seq = base + 0x7fffffff + rnd_below(3);
			if (one_in(2))
				now += pauses[rnd_below(ARRAY_SIZE(pauses))];
			if (one_in(pass))
				CHECK_EQ(espgw_stall_acked(&st, k, seq + 1),
					 model_acked(&m, k, seq + 1));
			else if (one_in(16))
				CHECK_EQ(espgw_stall_acked(&st, k, seq),
					 model_acked(&m, k, seq));
			else
				CHECK_EQ(espgw_stall_sent(&st, k, seq, len,
							  large, now),
					 model_sent(&m, k, seq, len, large,
						    now));
			compare(&st, &m);
		}
	}
}

/* No number of them is too many. */
static void very_often(void)
{
	struct espgw_stall st = {};
	uint64_t t = 5000;
	uint32_t i;

	espgw_stall_sent(&st, key(1), 1, MSS, true, t);
	for (i = 1; i < 400; i++) {
		t += 200;
		espgw_stall_sent(&st, key(1), 1, MSS, true, t);
		CHECK_EQ(st.flows[key(1) % PLACES].tries, min(i, 255u));
	}
}

TESTS({ "acknowledgements that are not looked at", renewed },
      { "keys", keys },
      { "one flow", one_flow },
      { "two flows", two_flows },
      { "others that pass, or not", others_pass },
      { "a black hole, and its probes", black_hole },
      { "congestion and outages, and their probes", congested },
      { "loss alone", lossy },
      { "anything", anything },
      { "beside a model", modelled },
      { "a key that would be 0", never_0 },
      { "sent again very often", very_often });
