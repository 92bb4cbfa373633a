/* After the server of seed 003, lesson 93.202: bound to 127.0.0.1:2000, backlog 1, nothing checked. Changed: the parenthesis
   that bind lacks, socklen_t, and messages, which the lesson does not show. */
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <unistd.h>

int main() {
    char client_message[2000] = {0}, server_message[] = "Hello, client";

    int socket_desc = socket(AF_INET, SOCK_STREAM, 0);

    struct sockaddr_in server_addr;
    server_addr.sin_family = AF_INET;
    server_addr.sin_port = htons(2000);
    server_addr.sin_addr.s_addr = inet_addr("127.0.0.1");
    bind(socket_desc, (struct sockaddr *)&server_addr, sizeof(server_addr));
    listen(socket_desc, 1);

    struct sockaddr client_addr;
    socklen_t client_size = sizeof(client_addr);
    int client_sock = accept(socket_desc, (struct sockaddr *)&client_addr, &client_size);

    recv(client_sock, client_message, sizeof(client_message), 0);
    send(client_sock, server_message, strlen(server_message), 0);
    close(client_sock);
    close(socket_desc);
    return 0;
}
