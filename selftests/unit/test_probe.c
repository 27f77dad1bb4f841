// SPDX-License-Identifier: GPL-2.0
/* The search for the path MTU, on simulated paths. */

#include "probe.h"
#include "stall.h"
#include "test.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define FLIGHT	64

/*
 * A path, and the machine at its near end. A probe that passes is answered after
 * @rtt_ms and up to @jitter_ms more; one that is too big is told of after half
 * of that, if @icmp.
 */
struct sim {
	struct espgw_probe p;
	struct espgw_probe_env env;
	uint64_t now;
	uint32_t mtu;
	uint32_t rtt_ms;
	uint32_t jitter_ms;
	uint32_t loss_ppm;	/* of what passes, there and back */
	uint32_t loss_ppm_1500;	/* and so much more at 1500 bytes */
	uint64_t good_ms;	/* mean lengths of good and bad times; 0: none */
	uint64_t bad_ms;
	uint64_t turn_ms;	/* the next change between them */
	bool bad;
	bool icmp;
	bool silent;
	/* what is under way */
	struct {
		uint64_t at;
		uint32_t token;
		uint32_t icmp_mtu;
	} flight[FLIGHT];
	/* what has happened */
	uint32_t events;	/* ever */
	uint32_t sizes[128];	/* of the probes, as sent */
	uint64_t gone;		/* given up */
	uint32_t found_probes;	/* sent when @size last changed or was found */
	uint64_t found_ms;
	uint32_t raised, lowered, smallest_size;
};

/* The invariants, at any time. */
static void legal(const struct sim *s)
{
	const struct espgw_probe *p = &s->p;
	uint32_t i, out = 0;

	if (p->state == ESPGW_PROBE_DISABLED)
		return;
	CHECK(p->state <= ESPGW_PROBE_ERROR);
	CHECK(p->max > s->env.max || p->size <= p->max);
	CHECK(p->size >= min(s->env.floor, p->max));
	CHECK(p->low <= p->max);
	CHECK(p->high <= p->max + 1);
	CHECK(p->low < p->high);
	for (i = 0; i < p->bound_count; i++)
		CHECK(p->bounds[i].size > (i + 1 < p->bound_count ?
					   p->bounds[i + 1].size : p->high));
	CHECK(!p->bound_count || p->bounds[0].size <= p->max);
	for (i = 0; i < ESPGW_PROBE_RING; i++)
		out += p->ring[i].out;
	CHECK_EQ(p->sent, p->answered + p->lost + out);
}

static void take(struct sim *s)
{
	uint32_t events = espgw_probe_take(&s->p);
	struct espgw_probe_sent gone;

	while (espgw_probe_take_lost(&s->p, &gone)) {
		CHECK(gone.token && gone.size && gone.sent_ms <= s->now);
		s->gone++;
	}
	/* One that is answered later was given up all the same. */
	CHECK(s->gone >= s->p.lost);

	s->events |= events;
	if (events & (ESPGW_PROBE_RAISED | ESPGW_PROBE_LOWERED |
		      ESPGW_PROBE_FOUND)) {
		s->found_probes = (uint32_t)s->p.sent;
		s->found_ms = s->now;
	}
	s->raised += !!(events & ESPGW_PROBE_RAISED);
	s->lowered += !!(events & ESPGW_PROBE_LOWERED);
	if (events & ESPGW_PROBE_LOWERED && s->p.size < s->smallest_size)
		s->smallest_size = s->p.size;
	legal(s);
}

/* The simulated world's luck. */
static bool lost(struct sim *s, uint32_t size)
{
	while (s->good_ms && s->now >= s->turn_ms) {
		uint64_t mean = s->bad ? s->good_ms : s->bad_ms;

		s->bad = !s->bad;
		s->turn_ms += 1 + rnd() % (2 * mean);
	}
	if (s->bad || s->silent)
		return true;
	return rnd_below(1000000) <
	       s->loss_ppm + s->loss_ppm_1500 * (uint64_t)size / 1500;
}

static void transmit(struct sim *s, uint32_t size, uint32_t token)
{
	uint32_t i;

	CHECK(token);
	CHECK(size <= s->env.max);
	CHECK_EQ(s->env.align < 2 ? 0 :
		 (size - s->env.overhead) % s->env.align, 0);
	if (s->p.sent <= ARRAY_SIZE(s->sizes))
		s->sizes[s->p.sent - 1] = size;
	if (lost(s, size) || (size > s->mtu && !s->icmp))
		return;
	for (i = 0; i < FLIGHT && s->flight[i].at; i++)
		;
	if (!CHECK(i < FLIGHT))
		return;
	s->flight[i].token = token;
	s->flight[i].at = s->now + s->rtt_ms + rnd_below(s->jitter_ms + 1);
	s->flight[i].icmp_mtu = 0;
	if (size > s->mtu) {
		s->flight[i].at = s->now + s->rtt_ms / 2;
		s->flight[i].icmp_mtu = s->mtu;
	}
}

/* Lets time go on to @end. */
static void run(struct sim *s, uint64_t end)
{
	for (;;) {
		uint32_t i, size = 0, token = 0, calls = 0;
		uint64_t due;

		for (i = 0; i < FLIGHT; i++) {
			uint32_t mtu = s->flight[i].icmp_mtu;

			if (!s->flight[i].at || s->flight[i].at > s->now)
				continue;
			s->flight[i].at = 0;
			if (mtu) {
				espgw_probe_icmp(&s->p, &s->env, mtu, s->now);
			} else {
				espgw_probe_reply(&s->p, &s->env,
						  s->flight[i].token, s->now);
			}
			take(s);
		}
		while (!(due = espgw_probe_next(&s->p, &s->env, s->now, &size,
						&token))) {
			take(s);
			transmit(s, size, token);
			if (!CHECK(++calls < 100))
				return;
		}
		take(s);
		if (!CHECK(due > s->now))
			return;
		for (i = 0; i < FLIGHT; i++)
			if (s->flight[i].at && s->flight[i].at < due)
				due = s->flight[i].at;
		if (due > end) {
			s->now = end;
			return;
		}
		s->now = max(due, s->now);
	}
}

static void begin(struct sim *s, uint32_t mtu, uint32_t max_mtu, bool on)
{
	memset(s, 0, sizeof(*s));
	s->now = 1000 + rnd_below(1000000);
	s->turn_ms = s->now;
	s->mtu = mtu;
	s->rtt_ms = 20;
	s->smallest_size = ~0u;
	s->env.max = max_mtu;
	s->env.floor = min(576u, max_mtu);
	s->env.pmtu = max_mtu;
	s->env.align = 4;
	s->env.overhead = 52;
	s->env.confirm_ms = ESPGW_PROBE_CONFIRM_MS;
	s->env.raise_ms = ESPGW_PROBE_RAISE_MS;
	s->env.on = on;
	s->env.may_raise = true;
}

static void start(struct sim *s)
{
	espgw_probe_start(&s->p, &s->env, s->now);
	take(s);
}

static void tell(const struct sim *s)
{
	uint32_t i;

	test_note("mtu %u max %u: size %u low %u high %u state %u, %u probes:",
		  s->mtu, s->env.max, s->p.size, s->p.low, s->p.high,
		  s->p.state, (uint32_t)s->p.sent);
	for (i = 0; i < s->p.sent && i < ARRAY_SIZE(s->sizes); i++)
		test_note("  %u", s->sizes[i]);
}

/* How often each value, up to a maximum. */
struct spread {
	const char *what;
	uint32_t count[41];
	uint32_t total;
};

static void spread_add(struct spread *d, uint64_t v)
{
	d->count[v < 40 ? v : 40]++;
	d->total++;
}

static uint32_t spread_max(const struct spread *d)
{
	uint32_t i, top = 0;

	for (i = 0; i < ARRAY_SIZE(d->count); i++)
		if (d->count[i])
			top = i;
	return top;
}

static void spread_print(const struct spread *d)
{
	uint32_t i;

	printf("# %s:", d->what);
	for (i = 0; i < ARRAY_SIZE(d->count); i++)
		if (d->count[i])
			printf(" %u:%u", i, d->count[i]);
	printf(" (of %u)\n", d->total);
}

/* What is found of this path, and how soon: in tenths of seconds. */
static void find(struct sim *s, struct spread *probes, struct spread *tenths,
		 struct spread *all)
{
	uint64_t from = s->now;
	uint32_t got;

	start(s);
	run(s, from + 20 * SECOND);
	got = s->p.size;
	if (!CHECK(got <= s->mtu) || !CHECK(got + 8 > s->mtu) ||
	    !CHECK_EQ(s->p.state, ESPGW_PROBE_COMPLETE) ||
	    !CHECK_EQ(s->p.lost + s->p.answered, s->p.sent))
		tell(s);
	spread_add(probes, s->found_probes);
	spread_add(tenths, (s->found_ms - from + 99) / 100);
	spread_add(all, s->p.sent);
}

static void every_mtu(void)
{
	static const uint32_t rtts[] = { 0, 1, 20, 100, 200 };
	static const char *const how[] = { "by hand", "probe on" };
	uint32_t mtu, r, on;

	for (on = 0; on < 2; on++)
	for (r = 0; r < ARRAY_SIZE(rtts); r++) {
		struct spread probes = { .what = "probes till found" };
		struct spread tenths = { .what = "tenths of seconds" };
		struct spread all = { .what = "probes with re-checks" };

		for (mtu = 576; mtu <= 1500; mtu++) {
			struct sim s;

			begin(&s, mtu, 1500, on);
			s.rtt_ms = rtts[r];
			find(&s, &probes, &tenths, &all);
			/* common ones to the byte */
			if (mtu == 1500 || mtu == 1492 || mtu == 1480 ||
			    mtu == 1460 || mtu == 1420 || mtu == 1400 ||
			    mtu == 1280 || mtu == 576)
				CHECK_EQ(s.p.size, mtu);
		}
		printf("# %s, round-trip time %u ms, MTU 576-1500\n", how[on],
		       rtts[r]);
		spread_print(&probes);
		spread_print(&tenths);
		spread_print(&all);
		CHECK(spread_max(&probes) < 10);
		CHECK(spread_max(&tenths) <= 50);
		CHECK(spread_max(&all) < 12);
	}
}

/* Devices other than Ethernet, other floors, other ciphers. */
static void every_limit(void)
{
	static const struct {
		uint32_t max, floor, align, overhead, probes;
	} cases[] = {
		{ 1492, 576, 4, 52, 9 },
		{ 1480, 576, 4, 60, 9 },
		{ 1400, 576, 4, 72, 9 },
		{ 1280, 576, 4, 52, 10 },
		{ 1000, 576, 4, 52, 9 },
		{ 576, 576, 4, 52, 2 },
		{ 1500, 1280, 4, 72, 9 },
		{ 1280, 1280, 16, 76, 2 },
		{ 1500, 1400, 4, 72, 7 },
		{ 1500, 576, 1, 0, 9 },
		{ 1500, 576, 8, 52, 9 },
		{ 1500, 576, 16, 56, 10 },
		{ 1500, 128, 4, 52, 11 },
		{ 9000, 576, 4, 52, 16 },
		{ 9216, 1280, 16, 76, 16 },
		{ 65535, 576, 4, 52, 19 },
	};
	uint32_t i, mtu, on;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spread probes = { .what = "probes till found" };
		struct spread low = { .what = "of MTUs up to 1500" };

		for (on = 0; on < 2; on++)
		for (mtu = cases[i].floor; mtu <= cases[i].max;
		     mtu += 1 + (mtu > 1600) * rnd_below(16)) {
			uint32_t lag = max(cases[i].align, 8u);
			struct sim s;

			begin(&s, mtu, cases[i].max, on);
			s.env.floor = cases[i].floor;
			s.env.align = cases[i].align;
			s.env.overhead = cases[i].overhead;
			/* paths that do not carry the least that can be sent */
			if ((mtu - s.env.overhead) % s.env.align &&
			    mtu < s.env.floor + s.env.align)
				continue;
			start(&s);
			run(&s, s.now + 30 * SECOND);
			if (!CHECK(s.p.size <= max(mtu, s.env.floor)) ||
			    !CHECK(s.p.size + lag > mtu) ||
			    !CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE))
				tell(&s);
			spread_add(&probes, s.found_probes);
			if (mtu <= 1500)
				spread_add(&low, s.found_probes);
		}
		printf("# up to %u, floor %u, cipher block %u\n", cases[i].max,
		       cases[i].floor, cases[i].align);
		spread_print(&probes);
		CHECK(spread_max(&probes) <= cases[i].probes);
		if (cases[i].max > 1500 && cases[i].align == 4)
			CHECK(spread_max(&low) < 11);
		if (cases[i].max > 1500)
			spread_print(&low);
	}
}

/* A router that tells: its word is the next size tried. */
static void told(void)
{
	uint32_t mtu, on;

	for (on = 0; on < 2; on++)
	for (mtu = 576; mtu < 1500; mtu++) {
		struct sim s;
		uint64_t from;

		begin(&s, mtu, 1500, on);
		s.icmp = true;
		from = s.now;
		start(&s);
		run(&s, from + 20 * SECOND);
		CHECK(s.p.size <= mtu && s.p.size + 4 > mtu);
		CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
		CHECK(s.found_probes <= 4);
		CHECK(s.found_ms - from <= 100);
		CHECK(s.p.sent <= 4);
		CHECK_EQ(s.p.holes, 0);
	}
}

/* With `probe on`, nothing is larger than what was answered or 1280. */
static void never_too_large(void)
{
	uint32_t i, n = rounds(2000);

	for (i = 0; i < n; i++) {
		struct sim s;
		uint64_t end;

		begin(&s, rnd_range(576, 1500), 1500, true);
		s.loss_ppm = one_in(2) ? 0 : rnd_below(200000);
		start(&s);
		for (end = s.now + 10 * SECOND; s.now < end;) {
			run(&s, s.now + 10);
			CHECK(s.p.size <= max(s.mtu, 1280u));
		}
	}
}

/* Nothing comes back: an error, no change, fewer and fewer probes. */
static void silent_peer(void)
{
	uint32_t sent, on;
	struct sim s;

	for (on = 0; on < 2; on++) {
		begin(&s, 1500, 1500, on);
		s.silent = true;
		start(&s);
		run(&s, s.now + 20 * SECOND);
		CHECK_EQ(s.p.state, ESPGW_PROBE_ERROR);
		CHECK(s.events & ESPGW_PROBE_SILENT);
		CHECK(!(s.events & ~(uint32_t)ESPGW_PROBE_SILENT));
		CHECK_EQ(s.p.size, on ? 1280 : 1500);
		CHECK_EQ(s.p.answered, 0);
		sent = (uint32_t)s.p.sent;
		run(&s, s.now + HOUR);
		CHECK_EQ(s.p.size, on ? 1280 : 1500);
		if (on)
			CHECK(s.p.sent - sent > 50 && s.p.sent - sent < 70);
		else
			CHECK_EQ(s.p.sent, sent);
		s.silent = false;
		run(&s, s.now + 90 * SECOND);
		if (on) {
			CHECK_EQ(s.p.size, 1500);
			CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
		}
		CHECK_EQ(s.lowered, 0);
	}
}

/* An outage long after: forgotten when it is over. */
static void outage(void)
{
	uint32_t i, n = rounds(1000);

	for (i = 0; i < n; i++) {
		uint32_t mtu = rnd_range(576, 1500), size;
		struct sim s;

		begin(&s, mtu, 1500, true);
		start(&s);
		run(&s, s.now + 20 * SECOND);
		size = s.p.size;
		s.lowered = 0;
		s.raised = 0;
		s.silent = true;
		if (one_in(2))
			espgw_probe_stalled(&s.p, &s.env, 4, s.now - 1, s.now);
		run(&s, s.now + rnd_below(one_in(2) ? 3000 : 300000));
		s.silent = false;
		run(&s, s.now + 2 * MINUTE);
		CHECK_EQ(s.p.size, size);
		CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
		CHECK_EQ(s.lowered + s.raised, 0);
	}
}

/* Bad luck of each kind, for a run. */
static void worsen(struct sim *s)
{
	s->rtt_ms = rnd_below(200);
	s->jitter_ms = one_in(3) ? rnd_below(300) : 0;
	s->loss_ppm = one_in(4) ? 0 : rnd_below(100000);
	s->loss_ppm_1500 = one_in(2) ? 0 : rnd_below(100000);
	if (one_in(2)) {
		s->good_ms = 100 + rnd_below(one_in(2) ? 100000 : 2000);
		s->bad_ms = 10 + rnd_below(one_in(2) ? 20000 : 500);
	}
	s->turn_ms = s->now;
}

static void congestion(void)
{
	static struct spread sent = { .what = "probes a minute" };
	uint32_t i, n = rounds(1000);

	for (i = 0; i < n; i++) {
		uint32_t mtu = one_in(2) ? 1500 : rnd_range(1280, 1500), size;
		uint64_t end, before;
		struct sim s;

		begin(&s, mtu, 1500, true);
		start(&s);
		run(&s, s.now + 10 * SECOND);
		size = s.p.size;
		CHECK(size + 8 > mtu);
		worsen(&s);
		s.lowered = 0;
		before = s.p.sent;
		/* now and then somebody speaks of something smaller */
		for (end = s.now + 10 * MINUTE; s.now < end;) {
			run(&s, s.now + rnd_below(MINUTE));
			if (one_in(2))
				espgw_probe_suspect(&s.p, &s.env,
						    rnd_range(600, 1499),
						    s.now);
		}
		if (!CHECK_EQ(s.lowered, 0) || !CHECK(s.p.size >= size))
			test_note("loss %u+%u ppm, good %u bad %u, rtt %u+%u",
				  s.loss_ppm, s.loss_ppm_1500,
				  (uint32_t)s.good_ms, (uint32_t)s.bad_ms,
				  s.rtt_ms, s.jitter_ms);
		spread_add(&sent, (s.p.sent - before) / 10);
	}
	spread_print(&sent);
}

/* One probe or answer in 20 is lost: the same value, a little later. */
static void random_loss(void)
{
	static struct spread tenths = { .what = "tenths of seconds" };
	static struct spread probes = { .what = "probes till found" };
	uint32_t i, on, n = rounds(2000), late = 0;
	uint32_t real = 0, few = 0, soon = 0;

	for (i = 0; i < n; i++) {
		uint32_t mtu = rnd_range(one_in(2) ? 576 : 1280, 1500);
		uint64_t from;
		struct sim s;

		on = i % 2;
		begin(&s, mtu, 1500, on);
		s.loss_ppm = 50000;
		from = s.now;
		start(&s);
		run(&s, from + 20 * SECOND);
		/* by hand, the smallest lost three times: nothing is known */
		if (!on && s.p.state == ESPGW_PROBE_ERROR)
			continue;
		if (!CHECK(s.p.size <= mtu))
			tell(&s);
		/* three losses by chance, once in 8000 */
		if (s.p.size + 8 <= mtu)
			late++;
		spread_add(&tenths, (s.found_ms - from + 99) / 100);
		spread_add(&probes, s.found_probes);
		if (mtu >= 1280) {
			real++;
			few += s.found_probes < 10;
			soon += s.found_ms - from <= 5 * SECOND;
		}
		if (!on)
			continue;
		run(&s, from + 30 * MINUTE);
		CHECK(s.p.size <= mtu);
		if (!CHECK(s.p.size + 8 > mtu))
			tell(&s);
	}
	spread_print(&tenths);
	spread_print(&probes);
	printf("# not yet found after 20 s: %u of %u\n", late, n);
	CHECK(late <= 1 + n / 200);
	/* No more is to be had: each loss costs three probes. */
	printf("# of %u from 1280: %u in under 10 probes, %u within 5 s\n",
	       real, few, soon);
	CHECK(few + 5 >= real * 80 / 100);
	CHECK(soon + 5 >= real * 98 / 100);
}

/* The path gets smaller while the machine thinks that all is found. */
static void holes(void)
{
	static const struct {
		const char *what;
		uint32_t worth;		/* of what a flow tells */
		bool hint;
		uint32_t probes;	/* down to 1280 */
	} how[] = {
		{ "confirmed", 0, false, 20 },
		{ "somebody speaks of it", 0, true, 17 },
		{ "a flow stalls that often has to", 1, false, 17 },
		{ "a flow stalls", ESPGW_STALL_WORTH, false, 9 },
	};
	uint32_t mtu, why;

	for (why = 0; why < ARRAY_SIZE(how); why++) {
		struct spread safe = { .what = "probes till lowered" };
		struct spread probes = { .what = "probes till found" };
		struct spread tenths = { .what = "tenths till lowered" };
		struct spread tenths2 = { .what = "tenths till found" };
		struct spread big = { .what = "probes till found, from 1280" };

		for (mtu = 576; mtu <= 1499; mtu++) {
			uint32_t before;
			uint64_t from;
			struct sim s;

			begin(&s, 1500, 1500, true);
			start(&s);
			run(&s, s.now + 20 * SECOND);
			CHECK_EQ(s.p.size, 1500);
			s.mtu = mtu;
			before = (uint32_t)s.p.sent;
			if (how[why].worth)
				espgw_probe_stalled(&s.p, &s.env, how[why].worth,
						    s.now, s.now);
			else if (how[why].hint)
				espgw_probe_suspect(&s.p, &s.env, mtu, s.now);
			from = why ? s.now : s.p.confirm_at_ms;
			while (s.p.size > mtu && s.now < from + MINUTE)
				run(&s, s.now + 1);
			spread_add(&safe, s.p.sent - before);
			spread_add(&tenths, (s.now - from + 99) / 100);
			run(&s, from + 20 * SECOND);
			CHECK(s.p.size <= mtu && s.p.size + 8 > mtu);
			CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
			CHECK_EQ(s.p.holes, 1);
			spread_add(&probes, s.found_probes - before);
			spread_add(&tenths2, (s.found_ms - from + 99) / 100);
			if (mtu >= 1280)
				spread_add(&big, s.found_probes - before);
		}
		printf("# %s\n", how[why].what);
		spread_print(&safe);
		spread_print(&tenths);
		spread_print(&probes);
		spread_print(&big);
		spread_print(&tenths2);
		CHECK(spread_max(&tenths2) <= (how[why].probes < 10 ? 20 : 40));
		CHECK(spread_max(&big) <= how[why].probes);
	}
}

/* The same, of a path that loses one in 20. */
static void lossy_holes(void)
{
	static struct spread probes = { .what = "probes till found" };
	static struct spread tenths = { .what = "tenths till lowered" };
	uint32_t i, n = rounds(1000), few = 0, soon = 0, late = 0;

	for (i = 0; i < n; i++) {
		uint64_t from, again;
		uint32_t before;
		struct sim s;

		begin(&s, 1450, 1500, true);
		start(&s);
		run(&s, s.now + 5 * SECOND);
		s.loss_ppm = 50000;
		run(&s, s.now + 5 * MINUTE);
		CHECK(s.p.size <= 1450 && s.p.size + 8 > 1450);
		s.mtu = rnd_range(1280, 1440);
		before = (uint32_t)s.p.sent;
		from = s.now;
		/* at each second time-out of a flow that began with 200 ms */
		for (again = 600; s.p.size > s.mtu && again < MINUTE;
		     again *= 4) {
			espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH,
					    s.now, s.now);
			while (s.p.size > s.mtu && s.now < from + again * 4)
				run(&s, s.now + 1);
		}
		if (!CHECK(s.p.size <= s.mtu))
			tell(&s);
		spread_add(&tenths, (s.now - from + 99) / 100);
		run(&s, from + 20 * SECOND);
		late += s.p.size > s.mtu || s.p.size + 8 <= s.mtu;
		spread_add(&probes, s.found_probes - before);
		few += s.found_probes - before < 10;
		soon += s.found_ms - from <= 5 * SECOND;
	}
	spread_print(&tenths);
	spread_print(&probes);
	printf("# of %u: %u in under 10 probes, %u within 5 s, not yet found after 20 s: %u\n",
	       n, few, soon, late);
	CHECK(few + 5 >= n * 70 / 100);
	CHECK(soon + 5 >= n * 98 / 100);
	CHECK(late <= 1 + n / 200);
}

/* The path gets larger: noticed at the raise timer, not before. */
static void larger(void)
{
	uint32_t mtu;

	for (mtu = 576; mtu <= 1492; mtu += 4) {
		uint64_t from;
		struct sim s;

		begin(&s, mtu, 1500, true);
		s.icmp = mtu & 4;
		start(&s);
		run(&s, s.now + 20 * SECOND);
		CHECK(s.p.size <= mtu && s.p.size + (s.icmp ? 1 : 8) > mtu);
		s.icmp = false;
		/* A router that tells late: what is found may be just below. */
		if (one_in(2)) {
			espgw_probe_icmp(&s.p, &s.env,
					 s.p.size + rnd_below(12), s.now);
			run(&s, s.now + 5 * SECOND);
			CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
		}
		s.mtu = rnd_range(mtu + 12, 1504);
		s.raised = 0;
		from = s.p.raise_at_ms;
		run(&s, from - 1);
		CHECK_EQ(s.raised, 0);
		/* held back */
		s.env.may_raise = false;
		run(&s, from + MINUTE);
		CHECK_EQ(s.raised, 0);
		s.env.may_raise = true;
		run(&s, s.now + ESPGW_PROBE_CONFIRM_MS + 5 * SECOND);
		CHECK(s.raised);
		CHECK(s.p.size <= s.mtu && s.p.size + 8 > min(s.mtu, 1500u));
	}
}

/* Asked for by hand. */
static void asked(void)
{
	uint32_t size, token, mtu, lose;
	uint64_t sent;
	struct sim s;

	/* with `probe on`: what is larger is tried, and what is in use */
	for (mtu = 1280; mtu < 1500; mtu += 4) {
		begin(&s, mtu, 1500, true);
		start(&s);
		run(&s, s.now + 20 * SECOND);
		sent = s.p.sent;
		s.mtu = 1500;
		espgw_probe_ask(&s.p, &s.env, s.now);
		CHECK(s.p.size <= mtu && s.p.size + 8 > mtu);
		run(&s, s.now + SECOND);
		CHECK_EQ(s.p.size, 1500);
		CHECK(s.p.sent - sent <= 2);
	}
	/* again and again: a few that are lost lower nothing */
	for (lose = 0; lose < 4; lose++) {
		begin(&s, 1500, 1500, true);
		start(&s);
		run(&s, s.now + MINUTE);
		s.lowered = 0;
		espgw_probe_ask(&s.p, &s.env, s.now);
		sent = s.p.sent;
		s.silent = true;
		while (s.p.sent < sent + lose)
			run(&s, s.now + 10);
		s.silent = false;
		espgw_probe_ask(&s.p, &s.env, s.now);
		run(&s, s.now + MINUTE);
		CHECK_EQ(s.lowered + s.p.holes, 0);
		CHECK_EQ(s.p.size, 1500);
		CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
	}
	/* nobody has answered for long: three more at once, to whom they now go */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + MINUTE);
	s.silent = true;
	run(&s, s.now + HOUR);
	CHECK_EQ(s.p.state, ESPGW_PROBE_ERROR);
	espgw_probe_ask(&s.p, &s.env, s.now);
	sent = s.p.sent;
	run(&s, s.now + 3 * SECOND);
	CHECK_EQ(s.p.sent - sent, 3);
	CHECK_EQ(s.p.size, 1500);
	s.silent = false;
	espgw_probe_ask(&s.p, &s.env, s.now);
	run(&s, s.now + SECOND);
	CHECK_EQ(s.p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(s.p.size, 1500);

	/* with `probe off` it is a search: what is in force stays meanwhile */
	begin(&s, 1500, 1500, false);
	s.env.pmtu = 1400;
	espgw_probe_ask(&s.p, &s.env, s.now);
	CHECK_EQ(s.p.size, 1400);
	CHECK(!espgw_probe_next(&s.p, &s.env, s.now, &size, &token));
	run(&s, s.now + 5 * SECOND);
	CHECK_EQ(s.p.size, 1500);
	/* and so with `probe on`, as long as nobody has answered */
	begin(&s, 1500, 1500, true);
	s.silent = true;
	start(&s);
	run(&s, s.now + 500);
	CHECK_EQ(s.p.state, ESPGW_PROBE_BASE_WAIT);
	s.silent = false;
	espgw_probe_ask(&s.p, &s.env, s.now);
	run(&s, s.now + 5 * SECOND);
	CHECK_EQ(s.p.size, 1500);
}

/* Where nothing changes: three probes in ten minutes, and the confirmations. */
static void quiet(void)
{
	struct sim s;
	uint64_t sent;

	begin(&s, 1400, 1500, true);
	start(&s);
	run(&s, s.now + MINUTE);
	sent = s.p.sent;
	s.raised = 0;
	s.lowered = 0;
	run(&s, s.now + HOUR);
	CHECK(s.p.sent - sent >= 6 * 3 + 119);
	CHECK(s.p.sent - sent <= 6 * 3 + 121);
	CHECK_EQ(s.raised + s.lowered, 0);
	CHECK_EQ(s.p.lost, s.p.sent - s.p.answered);

	/* by hand it is over */
	begin(&s, 1400, 1500, false);
	start(&s);
	run(&s, s.now + MINUTE);
	sent = s.p.sent;
	run(&s, s.now + HOUR);
	CHECK_EQ(s.p.sent, sent);
	CHECK_EQ(s.p.size, 1400);
}

/* Answers later than any timer: nothing is lowered, all is found. */
static void slow_path(void)
{
	uint32_t mtu;

	for (mtu = 1280; mtu <= 1500; mtu++) {
		struct sim s;

		begin(&s, mtu, 1500, mtu & 1);
		s.rtt_ms = 1500 + rnd_below(1000);
		start(&s);
		run(&s, s.now + 2 * MINUTE);
		CHECK(s.p.size <= mtu && s.p.size + 8 > mtu);
	}
}

static void limits_change(void)
{
	struct sim s;

	begin(&s, 9000, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	CHECK_EQ(s.p.size, 1500);
	/* the device's grows: tried, and confirmed first */
	s.env.max = 9000;
	run(&s, s.now + 10);
	CHECK_EQ(s.p.size, 1500);
	run(&s, s.now + 90 * SECOND);
	CHECK_EQ(s.p.size, 9000);
	/* it shrinks: at once */
	s.env.max = 1300;
	run(&s, s.now + MINUTE);
	CHECK_EQ(s.p.size, 1300);
	CHECK_EQ(s.p.holes, 0);
	CHECK_EQ(s.p.lost, 0);
}

static void tokens(void)
{
	uint32_t size, token, first, i;
	struct sim s;

	begin(&s, 1500, 1500, true);
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now, &size, &token),
		 ESPGW_PROBE_NEVER);
	CHECK(!espgw_probe_reply(&s.p, &s.env, 0, s.now));
	start(&s);
	CHECK(!espgw_probe_reply(&s.p, &s.env, 0, s.now));
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now, &size, &first), 0);
	CHECK_EQ(size, 1500);
	for (i = first + 1; i < first + 1000; i++)
		CHECK(!espgw_probe_reply(&s.p, &s.env, i, s.now));
	CHECK_EQ(s.p.answered, 0);
	CHECK_EQ(espgw_probe_size_of(&s.p, first), 1500);
	CHECK_EQ(espgw_probe_size_of(&s.p, first + ESPGW_PROBE_RING), 0);
	CHECK(espgw_probe_reply(&s.p, &s.env, first, s.now + 30));
	CHECK_EQ(espgw_probe_size_of(&s.p, first), 0);
	CHECK_EQ(espgw_probe_size_of(&s.p, 0), 0);
	CHECK(!espgw_probe_reply(&s.p, &s.env, first, s.now + 31));
	CHECK_EQ(s.p.size, 1500);
	CHECK_EQ(s.p.answered, 1);
	CHECK_EQ(s.p.srtt / 8, 30);

	/* not sent: not counted, and a pause */
	start(&s);
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now, &size, &token), 0);
	espgw_probe_unsent(&s.p, token);
	espgw_probe_unsent(&s.p, token);
	CHECK_EQ(s.p.sent, 1);
	CHECK(!espgw_probe_reply(&s.p, &s.env, token, s.now));
	CHECK(espgw_probe_next(&s.p, &s.env, s.now, &size, &token) > s.now);
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now + SECOND, &size, &token),
		 0);
	espgw_probe_stop(&s.p);
	CHECK(!espgw_probe_reply(&s.p, &s.env, token, s.now));
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now + HOUR, &size, &token),
		 ESPGW_PROBE_NEVER);
	CHECK_EQ(s.p.sent, s.p.answered + s.p.lost);
}

static void details(void)
{
	uint32_t size, token, first, i, n = 0;
	struct espgw_probe_sent gone;
	struct sim s;

	/* late is not lost */
	begin(&s, 1500, 1500, true);
	start(&s);
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now, &size, &first), 0);
	CHECK_EQ(size, 1500);
	while (!espgw_probe_next(&s.p, &s.env, s.now + 2 * SECOND, &size,
				 &token))
		;
	CHECK_EQ(s.p.lost, 1);
	CHECK_EQ(s.p.high, 1500);
	CHECK(espgw_probe_take_lost(&s.p, &gone));
	CHECK_EQ(gone.token, first);
	CHECK_EQ(gone.size, 1500);
	CHECK(!espgw_probe_take_lost(&s.p, &gone));
	CHECK(espgw_probe_reply(&s.p, &s.env, first, s.now + 2100));
	CHECK_EQ(s.p.lost, 0);
	CHECK_EQ(s.p.size, 1500);

	/* a small one is lost too: nothing is held against the large ones */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.silent = true;
	espgw_probe_stalled(&s.p, &s.env, 4, s.now, s.now);
	CHECK_EQ(s.p.told, 4);
	run(&s, s.now + 190);
	CHECK_EQ(s.p.told, 4);
	/* the base as well: less is thought of what TCP says */
	run(&s, s.now + 200);
	CHECK_EQ(s.p.told, 3);
	run(&s, s.now + 100);
	CHECK_EQ(s.p.told, 3);
	CHECK_EQ(s.p.mute, 1);
	run(&s, s.now + 400);
	CHECK_EQ(s.p.told, 0);
	CHECK_EQ(s.p.mute, 2);
	CHECK_EQ(s.p.evidence, 0);

	/* a path that loses a fifth of what fits: nothing is believed */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.p.history = ~0u;
	s.mtu = 1400;
	first = (uint32_t)s.p.answered;
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	for (i = 0; i < 1000 && s.p.answered < first + 20; i++)
		run(&s, s.now + 100);
	CHECK(s.p.answered >= first + 20);
	CHECK_EQ(s.p.size, 1500);
	run(&s, s.now + 30 * SECOND);
	CHECK_EQ(s.p.size, 1400);

	/* TCP goes on: what it spoke of does not count, but what was lost does */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.mtu = 1400;
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	run(&s, s.now + 250);
	CHECK_EQ(s.p.evidence, 2);
	espgw_probe_flowing(&s.p);
	CHECK_EQ(s.p.told, 0);
	run(&s, s.now + 400);
	CHECK_EQ(s.p.size, 1500);
	CHECK(s.p.evidence > 2);

	/* what it spoke of passes: lost by chance, then */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	CHECK_EQ(s.p.told, ESPGW_STALL_WORTH);
	run(&s, s.now + SECOND);
	CHECK_EQ(s.p.told, 0);
	CHECK_EQ(s.p.size, 1500);
	/* no more than one of them: the next fall is found as soon */
	for (n = 0, i = s.p.history; i; i &= i - 1)
		n++;
	CHECK_EQ(n, 1);
	n = 0;

	/* limits become smaller than what was in doubt: it is over */
	s.mtu = 1480;
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	run(&s, s.now + 300);
	CHECK_EQ(s.p.told, ESPGW_STALL_WORTH);
	CHECK_EQ(s.p.evidence, 2);
	s.env.max = 1400;
	run(&s, s.now + 5 * SECOND);
	CHECK_EQ(s.p.told, 0);
	CHECK_EQ(s.p.evidence, 0);
	CHECK_EQ(s.p.size, 1400);
	first = (uint32_t)s.p.sent;
	run(&s, s.now + 10 * SECOND);
	CHECK_EQ(s.p.sent, first);

	/* what TCP says lowers nothing by itself */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.p.low = 576;
	s.p.evidence = 7;
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	CHECK_EQ(s.p.size, 1500);
	CHECK_EQ(s.p.told, 0);

	/* a round of which one could not be sent is over */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	CHECK_EQ(espgw_probe_next(&s.p, &s.env, s.now, &size, &token), 0);
	CHECK_EQ(s.p.round_left, 2);
	espgw_probe_unsent(&s.p, token);
	CHECK_EQ(s.p.round_left, 0);

	/* a smaller size has passed, and does not any more */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.mtu = 1430;
	espgw_probe_stalled(&s.p, &s.env, 1, s.now, s.now);
	for (i = 0; i < 1000 && s.p.low < 1400; i++)
		run(&s, s.now + 1);
	CHECK(s.p.low >= 1400);
	CHECK_EQ(s.p.size, 1500);
	s.mtu = 1300;
	run(&s, s.now + 10 * SECOND);
	CHECK(s.p.size <= 1300 && s.p.size + 8 > 1300);

	/* too many were sent lately: a round waits, and is sent at once */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	s.p.paid_ms = s.now + (uint64_t)ESPGW_PROBE_LIMIT * ESPGW_PROBE_GAP_MS;
	first = (uint32_t)s.p.sent;
	espgw_probe_stalled(&s.p, &s.env, ESPGW_STALL_WORTH, s.now, s.now);
	for (i = 0; i < 3000 && s.p.sent == first; i++)
		run(&s, s.now + 1);
	CHECK_EQ(s.p.sent, first + 3);
	CHECK(i > ESPGW_PROBE_GAP_MS);

	/* in doubt: rounds of three, the last of which passes */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	first = (uint32_t)s.p.sent;
	s.mtu = 1300;
	espgw_probe_stalled(&s.p, &s.env, 9, s.p.passed_ms, s.now);
	CHECK_EQ(s.p.told, 0);	/* it has passed since */
	espgw_probe_stalled(&s.p, &s.env, 9, s.p.passed_ms + 1, s.now);
	CHECK_EQ(s.p.told, ESPGW_STALL_WORTH);
	run(&s, s.now + 1);
	CHECK_EQ(s.p.sent, first + 3);
	CHECK_EQ(s.sizes[first], 1480);
	CHECK_EQ(s.sizes[first + 1], 1420);
	CHECK_EQ(s.sizes[first + 2], 1280);
	for (i = 0; s.p.high == 1500 && i < 500; i++)
		run(&s, s.now + 1);
	CHECK_EQ(s.p.high, 1420);
	CHECK_EQ(s.p.evidence, 2);
	/* one loss is missing: two sizes, and nothing beside them */
	run(&s, s.now + 1);
	CHECK_EQ(s.p.sent, first + 5);
	CHECK_EQ(s.sizes[first + 3], 1400);
	CHECK_EQ(s.sizes[first + 4], 1312);
	/* both are lost, so neither counts; the next one does */
	run(&s, s.now + 250);
	CHECK_EQ(s.p.evidence, 2);
	CHECK_EQ(s.p.size, 1500);
	CHECK_EQ(s.sizes[first + 5], 1304);
	CHECK_EQ(s.sizes[first + 6], 1288);
	run(&s, s.now + 250);
	CHECK_EQ(s.p.size, 1296);
	CHECK_EQ(s.p.holes, 1);

	/* the base is lost with the rest: once more, beside something smaller */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + 5 * SECOND);
	first = (uint32_t)s.p.sent;
	s.mtu = 1000;
	espgw_probe_stalled(&s.p, &s.env, 9, s.now, s.now);
	run(&s, s.now + 250);
	CHECK_EQ(s.p.sent, first + 6);
	CHECK_EQ(s.sizes[first + 3], 1280);
	CHECK_EQ(s.sizes[first + 4], 1016);
	CHECK_EQ(s.sizes[first + 5], 576);
	CHECK_EQ(s.p.evidence, 0);
	run(&s, s.now + 2 * SECOND);
	CHECK(s.p.size <= 1000 && s.p.size + 8 > 1000);

	/* the smallest size lost passes after all: those above it were lost too */
	begin(&s, 1420, 1500, true);
	start(&s);
	run(&s, s.now + 1500);
	CHECK_EQ(s.p.size, 1420);
	first = (uint32_t)s.p.sent;
	s.mtu = 1432;
	run(&s, s.now + 5 * SECOND);
	CHECK(s.p.size > 1424);
	for (i = first; i < s.p.sent; i++)
		CHECK(s.sizes[i] < 1460);

	/* what is known is of another cipher's sizes, and the path has fallen */
	begin(&s, 1500, 1500, true);
	start(&s);
	run(&s, s.now + MINUTE);
	s.p.low = 1455;
	s.p.high = 1459;
	s.p.fails = 1;
	s.mtu = 850;
	run(&s, s.now + 2 * MINUTE);
	CHECK(s.p.size <= 850 && s.p.size + 8 > 850);

	/* however often it is begun anew, no more than that in a row */
	begin(&s, 1500, 1500, true);
	for (i = 0; i < 100; i++) {
		start(&s);
		n += !espgw_probe_next(&s.p, &s.env, s.now, &size, &token);
	}
	CHECK_EQ(n, ESPGW_PROBE_LIMIT);
	s.now += ESPGW_PROBE_GAP_MS;
	for (i = 0; i < 100; i++) {
		start(&s);
		n += !espgw_probe_next(&s.p, &s.env, s.now, &size, &token);
	}
	CHECK_EQ(n, ESPGW_PROBE_LIMIT + 1);
}

/* Once nothing happens any more: is the path's MTU found, and with `probe on`? */
static void calm_down(struct sim *s)
{
	uint32_t most, longest;

	s->env.on = true;
	s->env.may_raise = true;
	s->env.confirm_ms = ESPGW_PROBE_CONFIRM_MS;
	s->env.raise_ms = ESPGW_PROBE_RAISE_MS;
	s->good_ms = 0;
	s->bad = false;
	s->loss_ppm = 0;
	s->loss_ppm_1500 = 0;
	s->silent = false;
	s->icmp = false;
	s->mtu = rnd_range(s->env.floor + 16, max(s->env.floor + 16, 1600u));
	if (s->p.state == ESPGW_PROBE_DISABLED)
		start(s);
	run(s, s->now + HOUR);
	most = min(s->mtu, s->env.max);
	longest = s->p.size - (s->p.size - s->env.overhead) % s->env.align;
	if (!CHECK(longest <= s->mtu) ||
	    !CHECK(longest + 7 + s->env.align > most))
		tell(s);
}

/* Whatever happens, in whatever order: legal states, and a bounded rate. */
static void anything(void)
{
	static struct spread rate = { .what = "probes a minute" };
	uint32_t i = 0, n = rounds(1000000);

	while (i < n) {
		uint64_t from, sent;
		struct sim s;

		begin(&s, rnd_range(68, 9000), one_in(3) ? 9000 : 1500, one_in(2));
		s.env.floor = one_in(2) ? 576 : 1280;
		s.env.pmtu = rnd_range(s.env.floor, s.env.max);
		s.env.align = 1u << rnd_below(5);
		s.env.overhead = rnd_range(40, 100);
		s.env.confirm_ms = 1 + rnd_below(60000);
		s.env.raise_ms = 1 + rnd_below(100000);
		s.env.may_raise = !one_in(4);
		worsen(&s);
		from = s.now;
		sent = 0;
		while (s.now < from + 5 * MINUTE && i < n) {
			i++;
			switch (rnd_below(24)) {
			case 0:
				start(&s);
				break;
			case 13:
				espgw_probe_ask(&s.p, &s.env, s.now);
				break;
			case 1:
				espgw_probe_suspect(&s.p, &s.env,
						    one_in(2) ? 0 :
						    rnd_below(10000), s.now);
				break;
			case 12:
				espgw_probe_stalled(&s.p, &s.env, rnd_below(10),
						    s.now - rnd_below(500),
						    s.now);
				break;
			case 2:
				espgw_probe_icmp(&s.p, &s.env, rnd_below(10000),
						 s.now);
				break;
			case 3:
				s.mtu = rnd_range(68, 9000);
				break;
			case 4:
				s.env.max = one_in(2) ? 1500 :
					rnd_range(s.env.floor, 9000);
				break;
			case 5:
				s.env.on = one_in(2);
				break;
			case 6:
				s.env.align = 1u << rnd_below(5);
				s.env.overhead = rnd_range(40, 100);
				break;
			case 7:
				if (one_in(4))
					espgw_probe_stop(&s.p);
				break;
			case 8:
				s.icmp = one_in(2);
				s.silent = one_in(8);
				break;
			case 9:
				espgw_probe_reply(&s.p, &s.env,
						  s.p.token - rnd_below(20),
						  s.now);
				break;
			case 10:
				espgw_probe_unsent(&s.p, s.p.token -
						   rnd_below(4));
				break;
			case 11:
				worsen(&s);
				break;
			default:
				run(&s, s.now + rnd_below(one_in(9) ? 30000 : 500));
			}
			take(&s);
		}
		sent = s.p.token;
		CHECK(sent <= ESPGW_PROBE_LIMIT + 1 +
		      (s.now - from) / ESPGW_PROBE_GAP_MS);
		if (s.now >= from + MINUTE)
			spread_add(&rate, sent * MINUTE / (s.now - from));
		if (one_in(4))
			calm_down(&s);
	}
	spread_print(&rate);
}

TESTS({ "every MTU is found", every_mtu },
      { "other devices, floors and ciphers", every_limit },
      { "a router that tells", told },
      { "never larger than confirmed", never_too_large },
      { "a peer that does not answer", silent_peer },
      { "an outage lowers nothing", outage },
      { "congestion lowers nothing", congestion },
      { "5 % loss", random_loss },
      { "black holes", holes },
      { "black holes with 5 % loss", lossy_holes },
      { "the path gets larger", larger },
      { "asked for by hand", asked },
      { "little traffic where nothing changes", quiet },
      { "slow paths", slow_path },
      { "limits that change", limits_change },
      { "tokens", tokens },
      { "details", details },
      { "anything", anything });
