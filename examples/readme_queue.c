#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/queue.h>

static void work(struct weir_queue *tasks)
{
	struct weir_lease task;

	while (weir_queue_lease(tasks, WEIR_FOREVER, &task) == 0) {
		if (task.deliveries == 1)
			raise(SIGKILL); /* dies with the task in hand */
		printf("%.*s, delivery %u\n", (int)task.size,
		       (const char *)task.data, task.deliveries);
		weir_queue_done(tasks, &task);
	}
}

int main(void)
{
	struct weir_queue *tasks;

	if (weir_queue_create(&tasks, NULL, NULL) < 0)
		return 1;
	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			work(tasks);
			return 0;
		}
	}
	weir_queue_put(tasks, "hello", 5, WEIR_FOREVER);
	weir_queue_join(tasks, WEIR_FOREVER); /* until it is done */
	weir_queue_shutdown(tasks, false);    /* lease returns -ESHUTDOWN */
	while (wait(NULL) > 0)
		;
	weir_queue_close(tasks);
	return 0;
}
