/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Never returns. */
static void be_script(const char *path, int from, int to,
                      const char *const arguments[3])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(from, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	execlp("python3", "python3", path, arguments[0], arguments[1],
	       arguments[2], NULL);
	perror("python3");
	_exit(1);
}

int script_start(struct script *script, const char *path,
                 const char *const arguments[3])
{
	int to[2];
	int from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -errno;
	script->process = fork();
	if (script->process < 0)
		return -errno;
	if (script->process == 0)
		be_script(path, to[0], from[1], arguments);
	close(to[0]);
	close(from[1]);
	script->to = fdopen(to[1], "w");
	script->from = fdopen(from[0], "r");
	return script->to && script->from ? 0 : -errno;
}

void script_end(struct script *script)
{
	fclose(script->to);
	fclose(script->from);
	waitpid(script->process, NULL, 0);
	*script = (struct script){ 0 };
}
