// SPDX-License-Identifier: GPL-2.0
/*
 * netns - named network namespaces
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "netns.h"
#include "say.h"

/**
 * espgw_netns_enter - go to a named network namespace
 * @name: as "ip netns" lists it
 *
 * Return: 0, or -1 (said).
 */
int espgw_netns_enter(const char *name)
{
	static const char *const dirs[] = { "/run/netns", "/var/run/netns" };
	char path[320], shown[ESPGW_ARGS_QUOTE];
	int fd = -1, rc, err = 0;
	unsigned int i;

	espgw_args_quote(name, shown);
	if (!*name || strlen(name) > 255 || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return espgw_say_error("\"%s\" is no name of a network namespace", shown);
	for (i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			err = errno;
	}
	if (fd < 0)
		return espgw_say_error("cannot open network namespace \"%s\": %s", shown,
				       err ? strerror(err) : "there is none of this name");
	rc = setns(fd, CLONE_NEWNET);
	err = errno;
	close(fd);
	if (rc)
		return espgw_say_error("cannot enter network namespace \"%s\": %s", shown,
				       strerror(err));
	return 0;
}
