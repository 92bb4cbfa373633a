# After server.py of seed 004: a datagram socket that is told to listen. With the argument "fixed" it is a stream socket, the
# one word that makes it work.
import socket
import sys
import time

kind = socket.SOCK_STREAM if "fixed" in sys.argv else socket.SOCK_DGRAM
ServerSocket = socket.socket(socket.AF_INET, kind)
host = socket.gethostname()
port = 9999
ServerSocket.bind((host, port))
ServerSocket.listen(5)
while True:
    ClientSocket, addr = ServerSocket.accept()
    print("Got a connection from %s" % str(addr))
    CurrentTime = time.ctime(time.time()) + "\r\n"
    ClientSocket.send(CurrentTime.encode('ascii'))
    ClientSocket.close()
