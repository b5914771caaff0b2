/* SPDX-License-Identifier: MIT */
/* The calls that actors make, and what all of them know. */
#ifndef FUZZ_PIPE_SCHEDULE_CALLS_H
#define FUZZ_PIPE_SCHEDULE_CALLS_H

#include "pipe/handle.h"
#include "pipe_schedule.h"

enum { MESSAGES_MOST = 8, LONGEST = 6000 };

enum message_state { NOT_BEGUN, BEGUN, SENT };

struct role {
	int actor;
	struct weir_pipe *end;
	bool open; /* as far as the oracle knows */
};

enum { R, S, C, D, H, ROLES };

struct scene {
	const struct shape *shape;
	struct role role[ROLES];
	bool opened, calm;
	uint64_t opened_at; /* points */
	enum message_state state[MESSAGES_MOST];
	bool may_miss[MESSAGES_MOST + 1];
	int next;       /* message to be received */
	int64_t called; /* when the last receive began */
	unsigned char got[LONGEST];
};

extern struct scene scene;

size_t size_of(int number);
unsigned char byte_of(int number, size_t offset);

int send_one(struct weir_pipe *end, int number);

/* Into scene.got. */
ssize_t receive_one(struct weir_pipe *end);

void answer(struct weir_pipe *end, int number);
bool hear_answer(struct weir_pipe *end, int number);

/* Lets the others run for a while. */
void sim_rest(void);

/* The running actor forks; the child has a copy of its handle. */
void fork_role(const struct role *parent, struct role *child, const char *title,
               void (*body)(void *argument));

#endif
