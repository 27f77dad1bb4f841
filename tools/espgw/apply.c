// SPDX-License-Identifier: GPL-2.0
/*
 * apply - make the kernel's configuration that of files
 *
 * All of it or nothing: if the kernel refuses a step, those before it are undone.
 */
#include <linux/netlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "differ.h"
#include "save.h"
#include "say.h"
#include "secret.h"

/**
 * espgw_apply_parse - parse "apply"
 * @args: the words
 * @req: receives what they say
 *
 * Return: 0, or -1 (said).
 */
int espgw_apply_parse(struct espgw_args *args, struct espgw_request *req)
{
	const char *next = espgw_args_peek(args);

	req->apply.check = next && !strcmp(next, "--check");
	if (req->apply.check)
		espgw_args_next(args);
	req->apply.path = espgw_args_next(args);
	if (!req->apply.path)
		return espgw_say_error("the name of a file or a directory is missing");
	return espgw_args_none_left(args);
}

const char *const espgw_apply_changes[] = { "add", "change", "remove", NULL };

static int show_words(struct espgw_out *out, const char *key, const char *label,
		       void (*words)(FILE *to, const struct espgw_step *step),
		       const struct espgw_step *step)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int rc;

	if (!to)
		return espgw_say_error("out of memory");
	words(to, step);
	rc = ferror(to);
	/* It may have had no memory from the beginning. */
	if (fclose(to) || rc || !text) {
		free(text);
		return espgw_say_error("out of memory");
	}
	if (*text) {
		if (out->values)
			espgw_out_break(out);
		espgw_out_str(out, key, label, text + (*text == ' '), ESPGW_PLAIN);
	}
	free(text);
	return 0;
}

/* In text the command itself; for programs what it is about, too. */
static int show(struct espgw_out *out, const struct espgw_step *step)
{
	const struct espgw_config_row *row = step->want ? step->want : step->have;
	union espgw_any obj = row->obj;
	int rc;

	espgw_hide_keys(step->rule->object, &obj);
	espgw_out_row(out);
	espgw_out_str(out, "change", NULL,
		      espgw_apply_changes[!step->have ? 0 : step->want ? 1 : 2], ESPGW_PLAIN);
	espgw_out_str(out, "object", NULL, step->rule->word, ESPGW_PLAIN);
	rc = show_words(out, "command", "", espgw_step_command, step) ||
	     show_words(out, "was", "was", espgw_step_was, step) ? -1 : 0;
	if (step->want && step->want->file) {
		espgw_out_str(out, "file", NULL, step->want->file, ESPGW_PLAIN);
		espgw_out_num(out, "line", NULL, step->want->line, NULL);
	}
	if (out->json)
		espgw_object_show_given(out, step->rule->object, &obj);
	espgw_out_row_end(out);
	explicit_bzero(&obj, sizeof(obj));
	return rc;
}

static int ask(struct espgw_context *ctx, const struct espgw_config_rule *rule,
	       const struct espgw_change *change)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = espgw_nl_start(buf, change->cmd, NLM_F_ACK);
	int rc;

	espgw_object_put(nlh, rule->object, false, &change->obj);
	espgw_say_verb(rule->word, change->verb);
	rc = espgw_nl_talk(&ctx->nl, nlh, rule->object->set, NULL, NULL, NULL);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

/* With the guard off the kernel keeps a device for policies that need it, so it goes behind those. */
static bool attaches(const struct espgw_step *step)
{
	return step->rule->object == &espgw_dev_object && !step->have;
}

static unsigned int undo_some(struct espgw_context *ctx, const struct espgw_steps *steps,
			      unsigned int done, bool devices)
{
	unsigned int i, failed = 0;

	for (i = done; i--;)
		if (attaches(steps->step[i]) == devices)
			failed += !!ask(ctx, steps->step[i]->rule, &steps->step[i]->undo);
	return failed;
}

static void undo(struct espgw_context *ctx, const struct espgw_steps *steps, unsigned int done)
{
	unsigned int failed;

	espgw_say_line(NULL, 0);
	failed = undo_some(ctx, steps, done, false);
	failed += undo_some(ctx, steps, done, true);
	espgw_say_verb("apply", NULL);
	if (failed)
		espgw_say_error("%u of the %u changes before it could not be undone: \"apply --check\" "
				"says what differs", failed, done);
	else if (done)
		espgw_say_error("the %u changes before it are undone: all is as it was", done);
	else
		espgw_say_error("nothing is changed");
}

static int perform(struct espgw_context *ctx, const struct espgw_steps *steps)
{
	sigset_t block, before;
	unsigned int i;
	int rc = 0;

	/* Whoever is tired of waiting is not to leave half of it. */
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigaddset(&block, SIGPIPE);
	sigprocmask(SIG_BLOCK, &block, &before);
	for (i = 0; i < steps->count && !rc; i++) {
		const struct espgw_step *step = steps->step[i];

		if (step->want)
			espgw_say_line(step->want->file, step->want->line);
		else
			espgw_say_line(NULL, 0);
		rc = ask(ctx, step->rule, &step->make);
	}
	if (rc)
		undo(ctx, steps, i - 1);
	espgw_say_line(NULL, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int compare(struct espgw_context *ctx, const struct espgw_config *want,
		   struct espgw_config *have, struct espgw_steps *steps)
{
	struct espgw_secret text = { 0 };
	int rc = espgw_save_text(ctx, &text);

	if (!rc && espgw_secret_add(&text, "", 1))
		rc = espgw_say_error("out of memory") ? 1 : 0;
	if (!rc && (espgw_config_text(have, text.text) || espgw_differ(steps, want, have)))
		rc = 1;
	espgw_secret_free(&text);
	return rc;
}

/**
 * espgw_apply_run - make the kernel's configuration that of files
 * @ctx: context
 * @req: the request
 *
 * All files are read before the kernel is asked.
 *
 * Return: exit status: 0; 1 local error (said); 2 the kernel refused (said), and
 * nothing has changed; ESPGW_APPLY_DIFFERS.
 */
int espgw_apply_run(struct espgw_context *ctx, struct espgw_request *req)
{
	struct espgw_config want = { 0 }, have = { 0 };
	struct espgw_steps steps = { 0 };
	unsigned int i;
	int rc;

	rc = espgw_config_read(&want, req->apply.path, false) ? 1 : 0;
	espgw_say_verb("apply", NULL);
	if (!rc)
		rc = compare(ctx, &want, &have, &steps);
	if (!rc) {
		espgw_out_begin(&ctx->out);
		for (i = 0; i < steps.count && !rc; i++)
			rc = show(&ctx->out, steps.step[i]) ? 1 : 0;
		espgw_out_end(&ctx->out);
		if (!rc && !req->apply.check)
			rc = perform(ctx, &steps);
		else if (!rc && steps.count)
			rc = ESPGW_APPLY_DIFFERS;
	}
	espgw_steps_free(&steps);
	espgw_config_free(&have);
	espgw_config_free(&want);
	return rc;
}
