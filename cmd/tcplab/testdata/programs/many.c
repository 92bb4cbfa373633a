/* A server for the tests: it answers "ok" to three clients, by a process or a thread for each, or one after the other. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *serve(void *arg) {
    int conn = *(int *)arg;
    char buf[64];
    if (read(conn, buf, sizeof buf) > 0)
        write(conn, "ok", 2);
    close(conn);
    return NULL;
}

int main(int argc, char *argv[]) {
    const char *model = argc > 1 ? argv[1] : "one";
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7000), .sin_addr.s_addr = htonl(INADDR_ANY)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, conn[3];
    pthread_t threads[3];
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 5) < 0) {
        perror("listen");
        return 1;
    }
    for (int i = 0; i < 3; i++) {
        conn[i] = accept(listener, NULL, NULL);
        if (strcmp(model, "fork") == 0) {
            if (fork() == 0) {
                close(listener);
                serve(&conn[i]);
                exit(0);
            }
            close(conn[i]); /* the child has its own */
        } else if (strcmp(model, "thread") == 0) {
            pthread_create(&threads[i], NULL, serve, &conn[i]);
        } else {
            serve(&conn[i]);
        }
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(model, "fork") == 0)
            wait(NULL);
        if (strcmp(model, "thread") == 0)
            pthread_join(threads[i], NULL);
    }
    close(listener);
    return 0;
}
