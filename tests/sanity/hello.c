/* SPDX-License-Identifier: MIT */
/* What install.sh and subproject.sh build and run. */
#include <stdio.h>
#include <weir/weir.h>

int main(void)
{
	struct weir_pipe *ends[2];
	char text[6] = "";

	if (weir_pipe_pair(ends, NULL) < 0 ||
	    weir_pipe_send(ends[1], "hello", 5, WEIR_NOWAIT) < 0 ||
	    weir_pipe_recv(ends[0], text, 5, WEIR_NOWAIT) != 5)
		return 1;
	printf("%s from weir %s\n", text, weir_version());
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
	return 0;
}
