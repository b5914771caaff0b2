/* SPDX-License-Identifier: MIT */
/*
 * Fibers: stacks that take turns.  The common machine has its own switch, for a
 * ucontext switch makes a system call, and a schedule has hundreds of them.
 */
#include "sim/inside.h"

#include <stdlib.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

#ifdef ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

enum { STACK_SIZE = 256 * 1024 };

static void *stacks[SIM_ACTORS];

#ifdef __x86_64__

static void *main_saved;

/* Keeps what a call must keep, and changes stacks. */
__asm__(".text\n"
        ".type sim_change_stack,@function\n"
        "sim_change_stack:\n"
        "	pushq %rbp\n"
        "	pushq %rbx\n"
        "	pushq %r12\n"
        "	pushq %r13\n"
        "	pushq %r14\n"
        "	pushq %r15\n"
        "	movq %rsp, (%rdi)\n"
        "	movq %rsi, %rsp\n"
        "	popq %r15\n"
        "	popq %r14\n"
        "	popq %r13\n"
        "	popq %r12\n"
        "	popq %rbx\n"
        "	popq %rbp\n"
        "	ret\n"
        ".size sim_change_stack,.-sim_change_stack\n");

void sim_change_stack(void **from, void *to);

static void begin_here(void);

static void machine_prepare(struct fiber *fiber)
{
	void **top = (void **)fiber->stack + STACK_SIZE / sizeof(void *);

	/* A return address, aligned as after a call, and six registers. */
	*--top = NULL;
	*--top = (void *)(uintptr_t)begin_here;
	for (int i = 0; i < 6; i++)
		*--top = NULL;
	fiber->saved = top;
}

static void machine_switch(struct fiber *to)
{
	sim_change_stack(&main_saved, to->saved);
}

static void machine_leave(struct fiber *from)
{
	sim_change_stack(&from->saved, main_saved);
}

#else

#include <ucontext.h>

static ucontext_t main_context;
static ucontext_t contexts[SIM_ACTORS];

static void begin_here(void);

static void machine_prepare(struct fiber *fiber)
{
	ucontext_t *context = fiber->context;

	getcontext(context);
	context->uc_stack.ss_sp = fiber->stack;
	context->uc_stack.ss_size = STACK_SIZE;
	context->uc_link = NULL;
	makecontext(context, begin_here, 0);
}

static void machine_switch(struct fiber *to)
{
	swapcontext(&main_context, to->context);
}

static void machine_leave(struct fiber *from)
{
	swapcontext(from->context, &main_context);
}

#endif

#ifdef ADDRESS_SANITIZER
static const void *main_stack;
static size_t main_stack_size;

/*
 * Where the sanitizer has the frames of each stack.  They stay with it: who was
 * killed cannot give them back, and making new ones for each run is slow.
 */
static void *shadows[SIM_ACTORS];
#endif

static void begin_here(void)
{
#ifdef ADDRESS_SANITIZER
	__sanitizer_finish_switch_fiber(shadows[sim_self()], &main_stack,
	                                &main_stack_size);
	/* Frames of whoever stood here before are free. */
	__asan_handle_no_return();
#endif
	fiber_main();
}

void fiber_prepare(struct fiber *fiber, int number)
{
	if (!stacks[number]) {
		stacks[number] = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (stacks[number] == MAP_FAILED)
			abort();
	}
	fiber->stack = stacks[number];
#ifndef __x86_64__
	fiber->context = &contexts[number];
#endif
#ifdef ADDRESS_SANITIZER
	/* Whoever stood here before never returned. */
	__asan_unpoison_memory_region(fiber->stack, STACK_SIZE);
#endif
	machine_prepare(fiber);
}

void fiber_switch(struct fiber *to)
{
#ifdef ADDRESS_SANITIZER
	void *fake;

	__sanitizer_start_switch_fiber(&fake, to->stack, STACK_SIZE);
	machine_switch(to);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#else
	machine_switch(to);
#endif
}

void fiber_leave(struct fiber *from)
{
#ifdef ADDRESS_SANITIZER
	void **shadow = &shadows[sim_self()];

	__sanitizer_start_switch_fiber(shadow, main_stack, main_stack_size);
	machine_leave(from);
	__sanitizer_finish_switch_fiber(*shadow, &main_stack, &main_stack_size);
#else
	machine_leave(from);
#endif
}
