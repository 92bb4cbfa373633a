/* After client.c of seed 002, a C lab handout: port 12345, buffers of 32, a message typed by hand, exit(0) on every error.
   Changed: comments that ran over two lines; a declaration of gets(), which today's headers lack; the address to be replaced
   became an argument, and stays A.B.C.D without one. */
#include <stdio.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define BUFSIZE 32

char *gets(char *);

int main(int argc, char *argv[]) {
    int sock = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (sock < 0) { printf("Error in opening a socket"); exit(0); }
    printf("Client Socket Created\n");

    struct sockaddr_in serverAddr;
    memset(&serverAddr, 0, sizeof(serverAddr));
    serverAddr.sin_family = AF_INET;
    serverAddr.sin_port = htons(12345);
    serverAddr.sin_addr.s_addr = inet_addr(argc > 1 ? argv[1] : "A.B.C.D");
    printf("Address assigned\n");

    int c = connect(sock, (struct sockaddr *)&serverAddr, sizeof(serverAddr));
    printf("%d\n", c);
    if (c < 0) { printf("Error while establishing connection"); exit(0); }
    printf("Connection Established\n");

    printf("ENTER MESSAGE FOR SERVER with max 32 characters\n");
    char msg[BUFSIZE];
    gets(msg);
    int bytesSent = send(sock, msg, strlen(msg), 0);
    if (bytesSent != (int)strlen(msg)) { printf("Error while sending the message"); exit(0); }
    printf("Data Sent\n");

    char recvBuffer[BUFSIZE];
    int bytesRecv = recv(sock, recvBuffer, BUFSIZE - 1, 0);
    if (bytesRecv < 0) { printf("Error while receiving data from server"); exit(0); }
    recvBuffer[bytesRecv] = '\0';
    printf("%s\n", recvBuffer);
    close(sock);
}
