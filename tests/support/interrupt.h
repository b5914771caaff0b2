/* SPDX-License-Identifier: MIT */
/* A signal in the middle of something. */
#ifndef TESTS_SUPPORT_INTERRUPT_H
#define TESTS_SUPPORT_INTERRUPT_H

/*
 * This process gets SIGUSR1 once, in so many microseconds.  Ends the one before
 * it, which has come by then, or never comes.
 */
void interrupt_in(void (*handler)(int), int microseconds);

/* Likewise; before what the handler uses goes away, or another thread begins. */
void interrupt_end(void);

#endif
