// SPDX-License-Identifier: GPL-2.0
/*
 * dev - attached devices, and the namespace's default MTU policy
 */
#include "dev.h"
#include "say.h"

/* What happened to a device, or to the default. */
static const struct espgw_choice event_words[] = {
	{ "attach", ESPGW_DEV_EVENT_ATTACH },
	{ "detach", ESPGW_DEV_EVENT_DETACH },
	{ "set", ESPGW_DEV_EVENT_SET },
	{ "loss", ESPGW_DEV_EVENT_LOSS },
	{ "return", ESPGW_DEV_EVENT_RETURN },
	{ NULL },
};

static const struct espgw_choice state_words[] = {
	{ "attached", ESPGW_DEV_STATE_ATTACHED, ESPGW_GOOD },
	{ "waiting", ESPGW_DEV_STATE_WAITING, ESPGW_CAUTION },
	{ NULL },
};

static int check_mtu(unsigned int in, const struct espgw_mtu_policy *mtu)
{
	if (in & ESPGW_IN_SET && !mtu->has)
		return espgw_say_error("nothing to set is given");
	return espgw_mtu_check(mtu);
}

static const struct espgw_field dev_fields[] = {
	{ .attr = ESPGW_DEV_A_IFNAME, .at = offsetof(struct espgw_dev, ifname),
	  .size = IFNAMSIZ, .in = ESPGW_IN_ADD | ESPGW_IN_SET | ESPGW_IN_DEL | ESPGW_IN_SHOW,
	  .key = "dev", .label = "dev", .flags = ESPGW_F_TOLD, .kind = &espgw_kind_device },
	{ .attr = ESPGW_DEV_A_IFINDEX, .key = "ifindex", .kind = &espgw_kind_ifindex },
	{ .attr = ESPGW_DEV_A_STATE, .key = "state", .label = "", .words = state_words,
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_DEV_A_PATTERN, .at = offsetof(struct espgw_dev, pattern),
	  .size = IFNAMSIZ, .key = "pattern", .label = "by", .kind = &espgw_kind_name },
	{ .attr = ESPGW_DEV_A_DEV_MTU, .key = "dev_mtu", .label = "mtu", .unit = "bytes",
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_DEV_A_MTU_FOLLOW, .word = "mtu-follow", .key = "mtu_follow",
	  .help = "on|off", .in = ESPGW_IN_ADD | ESPGW_IN_SET, .words = espgw_args_off_on, .line = 1,
	  .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_number },
	{ .attr = ESPGW_DEV_A_MTU, .at = offsetof(struct espgw_dev, mtu),
	  .in = ESPGW_IN_ADD | ESPGW_IN_SET, .flags = ESPGW_F_INLINE, .line = 1,
	  .nest = &espgw_mtu_object, .kind = &espgw_kind_nest },
	{ .attr = ESPGW_DEV_A_GUARDED, .word = "guarded", .help = "", .in = ESPGW_IN_DEL,
	  .flags = ESPGW_F_TYPED, .kind = &espgw_kind_flag },
	{ .attr = ESPGW_DEV_A_EVENT, .words = event_words },
};

/* DEV stands before the words, and often alone. */
static int begin_dev(struct espgw_args *args, unsigned int in, void *obj)
{
	const struct espgw_field *dev = dev_fields;

	if (in & ESPGW_IN_SHOW && !espgw_args_left(args))
		return 0;
	if (!espgw_args_left(args))
		return espgw_say_error("a device's name is missing");
	if (dev->kind->take(args, dev, obj, NULL))
		return -1;
	espgw_set(obj, dev->attr, 0);
	return in & ESPGW_IN_SHOW ? espgw_args_none_left(args) : 0;
}

static int check_dev(unsigned int in, void *obj)
{
	const struct espgw_dev *dev = obj;

	if (espgw_has(dev, ESPGW_DEV_A_MTU_FOLLOW))
		return espgw_mtu_check(&dev->mtu);
	return check_mtu(in, &dev->mtu);
}

/* What a pattern attached goes with the pattern. */
static uint64_t saved_dev(void *obj)
{
	const struct espgw_dev *dev = obj;

	return espgw_has(dev, ESPGW_DEV_A_PATTERN) ? 0 : dev->has;
}

const struct espgw_object espgw_dev_object = {
	.set = &espgw_dev_set, ESPGW_FIELDS(dev_fields), .size = sizeof(struct espgw_dev),
	.save = "dev attach", .event = ESPGW_DEV_A_EVENT, .begin = begin_dev,
	.check = check_dev, .saved = saved_dev,
};

static void show_title(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	(void)obj;
	espgw_out_label(out, f->label, ESPGW_PLAIN);
}

static const struct espgw_kind title_kind = { .show = show_title };

static const struct espgw_field default_fields[] = {
	{ .attr = ESPGW_DEFAULT_A_EVENT, .label = "default", .flags = ESPGW_F_ALWAYS,
	  .words = event_words, .kind = &title_kind },
	{ .attr = ESPGW_DEFAULT_A_MTU, .at = offsetof(struct espgw_default, mtu),
	  .in = ESPGW_IN_SET, .flags = ESPGW_F_INLINE, .line = 1,
	  .nest = &espgw_mtu_object, .kind = &espgw_kind_nest },
};

static int check_default(unsigned int in, void *obj)
{
	const struct espgw_default *def = obj;

	return check_mtu(in, &def->mtu);
}

/* An event has its title already. */
static bool hides_title(const struct espgw_out *out, const void *obj, unsigned int line)
{
	(void)obj;
	return !line && out->stream;
}

/* What the module does anyway was never set, or need not be. */
static uint64_t saved_default(void *obj)
{
	struct espgw_default *def = obj;

	espgw_mtu_drop_builtin(&def->mtu);
	return def->mtu.has ? ESPGW_BIT(ESPGW_DEFAULT_A_MTU) : 0;
}

const struct espgw_object espgw_default_object = {
	.set = &espgw_default_set, ESPGW_FIELDS(default_fields),
	.size = sizeof(struct espgw_default), .save = "default set",
	.event = ESPGW_DEFAULT_A_EVENT, .check = check_default, .hides = hides_title,
	.saved = saved_default,
};
