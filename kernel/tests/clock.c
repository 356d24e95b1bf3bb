// SPDX-License-Identifier: GPL-2.0
/*
 * The clock that a test can put another in place of: see session.h.
 */
#include <kunit/static_stub.h>

#include "../session.h"

u32 nat64_now(void)
{
	KUNIT_STATIC_STUB_REDIRECT(nat64_now);
	return (u32)ktime_get_seconds();
}
