/* SPDX-License-Identifier: MIT */
/*
 * Python's multiprocessing.Queue.  All its processes are Python's own, see
 * python_queue.py.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../driver.h"
#include "../peer.h"

/* A script that runs. */
struct script {
	FILE *to;
	FILE *from;
	pid_t process;
};

/* Of the side that is here. */
static struct script echo;

/* Never returns. */
static void be_script(int from, int to, const char *const arguments[3])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(from, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	execlp("python3", "python3", BENCH_PYTHON, arguments[0], arguments[1],
	       arguments[2], NULL);
	perror("python3");
	_exit(1);
}

static int script_start(struct script *script, const char *const arguments[3])
{
	int to[2];
	int from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -errno;
	script->process = fork();
	if (script->process < 0)
		return -errno;
	if (script->process == 0)
		be_script(to[0], from[1], arguments);
	close(to[0]);
	close(from[1]);
	script->to = fdopen(to[1], "w");
	script->from = fdopen(from[0], "r");
	return script->to && script->from ? 0 : -errno;
}

static void script_end(struct script *script)
{
	fclose(script->to);
	fclose(script->from);
	waitpid(script->process, NULL, 0);
	*script = (struct script){ 0 };
}

static int one_way(size_t size, unsigned pairs, uint64_t length,
                   double *per_second)
{
	char texts[3][24];
	struct script script;
	int result;

	snprintf(texts[0], sizeof(texts[0]), "%zu", size);
	snprintf(texts[1], sizeof(texts[1]), "%u", pairs);
	snprintf(texts[2], sizeof(texts[2]), "%" PRIu64, length);
	result = script_start(
		&script, (const char *const[]){ texts[0], texts[1], texts[2] });
	if (result < 0)
		return result;
	if (fscanf(script.from, "%lf", per_second) != 1)
		result = -EIO;
	script_end(&script);
	return result;
}

/* The script does both sides; it is started when this is called first. */
static int ping(void *port, const struct run *run)
{
	char size[24];
	int result = 0;

	(void)port;
	snprintf(size, sizeof(size), "%zu", run->size);
	if (!echo.process)
		result = script_start(
			&echo, (const char *const[]){ size, NULL, NULL });
	if (result < 0)
		return result;
	fprintf(echo.to, "%" PRIu64 "\n", run->count);
	fflush(echo.to);
	for (uint64_t trip = 1; trip <= run->count; trip++) {
		uint64_t stamp;

		if (fscanf(echo.from, "%" SCNu64, &stamp) != 1)
			return -EIO;
		if (trip % run->every == 0)
			run->stamps[trip / run->every - 1] = stamp;
	}
	return 0;
}

static int pong(void *port, const struct run *run)
{
	(void)port;
	(void)run;
	return 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	(void)peer;
	(void)size;
	link->port[SENDER] = link->port[RECEIVER] = NULL;
	link->depth = 100;
	return 0;
}

static void drop_port(void *port)
{
	(void)port;
	if (echo.process)
		script_end(&echo);
}

static void close_link(struct link *link)
{
	(void)link;
}

const struct peer python_peers[] = {
	{
		.name = "multiprocessing.Queue",
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.ping = ping,
		.pong = pong,
		.one_way = one_way,
	},
	{ .name = NULL },
};
