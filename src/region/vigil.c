/* SPDX-License-Identifier: MIT */
#include "region/vigil.h"

#include "doors/clock.h"

#include <errno.h>

/* Relaxed here and below: threads of this process that look both do no harm. */
static bool is_due(const struct word64 *recovered_at, int64_t every)
{
	return clock_now() - (int64_t)load64_relaxed(recovered_at) >= every;
}

static void was_done(struct word64 *recovered_at)
{
	store64_relaxed(recovered_at, (uint64_t)clock_now());
}

int vigil_look(const struct home *home, struct word64 *recovered_at,
               int64_t every)
{
	int code;

	if (!is_due(recovered_at, every))
		return 0;
	code = home_recover(home);
	was_done(recovered_at);
	return code < 0 ? code : 0;
}

int vigil_nobody(void *call)
{
	(void)call;
	return 0;
}

static int recover(const struct vigil *vigil)
{
	int code;

	if (!vigil->recover)
		return vigil_look(vigil->home, vigil->recovered_at,
		                  RECOVER_EVERY);
	if (!is_due(vigil->recovered_at, RECOVER_EVERY))
		return 0;
	code = vigil->recover(vigil->call);
	was_done(vigil->recovered_at);
	return code < 0 ? code : 0;
}

static int look(void *subject, enum look how)
{
	const struct vigil *vigil = subject;
	int code = home_intact(vigil->home) ? 0 : -EUCLEAN;

	if (code == 0 && how == LOOK_HARD)
		code = recover(vigil);
	if (code == 0)
		code = vigil->attempt(vigil->call);
	return code == -EAGAIN ? 0 : code;
}

int vigil_keep(struct vigil *vigil, int64_t timeout)
{
	int code;

	if (timeout <= 0) {
		code = look(vigil, LOOK_HARD);
		return code == 0 ? -EAGAIN : code;
	}
	vigil->wait.look = look;
	vigil->wait.subject = vigil;
	if (vigil->wait.slice == 0)
		vigil->wait.slice = SLICE_LONG;
	vigil->wait.deadline = wait_deadline(timeout);
	return wait_for(&vigil->wait);
}
