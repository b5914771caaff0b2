#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/pipe.h>

int main(void)
{
	struct weir_pipe *ends[2];
	char text[64];
	ssize_t length;

	if (weir_pipe_pair(ends, NULL) < 0)
		return 1;
	if (fork() == 0)
		return weir_pipe_send(ends[1], "hello", 5, WEIR_FOREVER) != 0;
	weir_pipe_close(ends[1]);
	while ((length = weir_pipe_recv(ends[0], text, sizeof(text),
	                                WEIR_FOREVER)) >= 0)
		printf("%.*s\n", (int)length, text);
	weir_pipe_close(ends[0]);
	wait(NULL);
	return 0;
}
