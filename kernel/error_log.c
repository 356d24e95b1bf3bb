// SPDX-License-Identifier: GPL-2.0
/*
 * The last refusals of an instance: see error_log.h.
 */
#include "error_log.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/timekeeping.h>

/* So many bytes of each are shown; one byte may become four: \xNN. */
#define PATH_SHOWN	128
#define VALUE_SHOWN	64
#define WHY_SHOWN	256
#define LINE_SIZE	(4 * (PATH_SHOWN + VALUE_SHOWN + WHY_SHOWN) + 80)

/** struct line - a line in the making */
struct line {
	size_t len;
	char text[LINE_SIZE];
};

/* errname() needs a configuration option; these are all that we return. */
static const char *const names[] = {
	[E2BIG] = "E2BIG",
	[EADDRINUSE] = "EADDRINUSE",
	[EBUSY] = "EBUSY",
	[EEXIST] = "EEXIST",
	[EINVAL] = "EINVAL",
	[ENODEV] = "ENODEV",
	[ENOMEM] = "ENOMEM",
	[ENOSPC] = "ENOSPC",
};

static const char *name_of(int err)
{
	if (-err < ARRAY_SIZE(names) && names[-err])
		return names[-err];
	return "error";
}

static __printf(2, 3) void append(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line->len += vscnprintf(line->text + line->len, LINE_SIZE - line->len,
				fmt, args);
	va_end(args);
}

/*
 * The first @shown bytes; what is not printable ASCII becomes \xNN, and so do
 * the characters of @also, so that a line is a line and has one reading.
 */
static void append_escaped(struct line *line, const char *from, size_t len,
			   size_t shown, const char *also)
{
	line->len += string_escape_mem(from, min(len, shown),
				       line->text + line->len,
				       LINE_SIZE - line->len,
				       ESCAPE_HEX | ESCAPE_NAP | ESCAPE_APPEND,
				       also);
	if (len > shown)
		append(line, "...");
}

/* Whole lines, oldest first, until there is room for @len bytes. */
static void make_room(struct nat64_error_log *log, size_t len)
{
	const char *end = log->text + log->len;
	const char *keep = log->text;

	while (end - keep + len > NAT64_ERROR_LOG_SIZE)
		keep = memchr(keep, '\n', end - keep) + 1;
	log->len = end - keep;
	memmove(log->text, keep, log->len);
}

void nat64_error_log_init(struct nat64_error_log *log)
{
	mutex_init(&log->lock);
	log->len = 0;
}

void nat64_error_log_add(struct nat64_error_log *log, const char *path,
			 const char *value, size_t len, int err,
			 const char *why)
{
	struct line *line = kmalloc(sizeof(*line), GFP_KERNEL);
	time64_t now = ktime_get_real_seconds();

	if (!line)
		return;
	line->len = 0;
	append(line, "%ptT%c ", &now, 'Z');
	append_escaped(line, path, strlen(path), PATH_SHOWN, "\\");
	if (value) {
		/* What echo adds tells nothing. */
		if (len && value[len - 1] == '\n')
			len--;
		append(line, " \"");
		append_escaped(line, value, len, VALUE_SHOWN, "\"\\");
		append(line, "\"");
	}
	append(line, " %s: ", name_of(err));
	append_escaped(line, why, strlen(why), WHY_SHOWN, "\\");
	append(line, "\n");

	mutex_lock(&log->lock);
	make_room(log, line->len);
	memcpy(log->text + log->len, line->text, line->len);
	log->len += line->len;
	mutex_unlock(&log->lock);
	kfree(line);
}

ssize_t nat64_error_log_show(struct nat64_error_log *log, char *page)
{
	size_t len;

	mutex_lock(&log->lock);
	len = log->len;
	memcpy(page, log->text, len);
	mutex_unlock(&log->lock);
	return len;
}
