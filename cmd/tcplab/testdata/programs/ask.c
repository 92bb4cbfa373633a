/* A client for the tests: it says "hi" to a port and prints the answer. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 7000), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char buf[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("connect");
        return 3;
    }
    write(fd, "hi", 2);
    int n = read(fd, buf, sizeof buf);
    printf("%.*s\n", n > 0 ? n : 0, buf);
    close(fd);
    return 0;
}
