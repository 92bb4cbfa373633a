/* After the client of seed 003: nothing checked, so that a refused connection ends in SIGPIPE. Changed: unistd.h, an address
   as argument, and messages. */
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    char client_message[] = "Hello, server", server_message[2000] = {0};

    int socket_desc = socket(AF_INET, SOCK_STREAM, 0);

    struct sockaddr_in server_addr;
    server_addr.sin_family = AF_INET;
    server_addr.sin_port = htons(2000);
    server_addr.sin_addr.s_addr = inet_addr(argc > 1 ? argv[1] : "127.0.0.1");
    connect(socket_desc, (struct sockaddr *)&server_addr, sizeof(server_addr));

    send(socket_desc, client_message, strlen(client_message), 0);
    recv(socket_desc, server_message, sizeof(server_message), 0);
    close(socket_desc);
    return 0;
}
